internal import Glibc

/// The process's own standard output and standard error.
enum Terminal {
    /// One of the two.
    enum Stream: Int32 {
        case output = 1
        case error = 2
    }

    /// Whether a person sees the stream, rather than a file or a program.
    static func isInteractive(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Whether a person can be asked: they see what is said and their keys are read.
    static var hasPerson: Bool { isatty(STDIN_FILENO) == 1 && isInteractive(.error) }

    /// Asks on standard error, so that standard output stays clean for results; anything but `y` or
    /// `yes` is no.
    static func agrees(to question: String) -> Bool {
        write("\(JSONText.printable(question)) [y/N] ", to: .error)
        return ["y", "yes"].contains(readLine()?.lowercased())
    }

    /// Asks a person at a terminal; a script is taken to mean it.
    static func confirm(_ question: String, _ isConfirmed: Bool) throws(CommandFailure) {
        guard !isConfirmed, hasPerson else { return }
        guard agrees(to: question) else {
            throw CommandFailure("nothing was done; --yes leaves out the question")
        }
    }

    /// Writes `text` and a line feed to standard output: whether it could.
    @discardableResult
    static func show(_ text: String) -> Bool { write(text + "\n", to: .output) }

    /// Writes `signet: ` and `message` as one line to standard error, controls made visible.
    static func complain(_ message: String) {
        write("signet: \(JSONText.printable(message))\n", to: .error)
    }

    /// Writes `text` as it is: whether it could.
    @discardableResult
    static func write(_ text: String, to stream: Stream) -> Bool {
        FileOutput.write(Array(text.utf8), to: stream.rawValue)
    }
}
