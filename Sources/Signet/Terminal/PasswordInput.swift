internal import Glibc
internal import SignetAuthority

/// Reads a new password: from a person, twice and unseen, or from standard input.
enum PasswordInput {
    private static let bytesMax = 1024
    private static let interrupt: UInt8 = 3

    /// Throws a `CommandFailure` that says what is wrong with the password, or that nobody is there
    /// to be asked.
    static func read(fromStandardInput: Bool) throws(CommandFailure) -> Password {
        if fromStandardInput {
            let password = try line(of: bytes(untilNewLine: false))
            try check(password)
            return password
        }
        guard Terminal.hasPerson else {
            throw CommandFailure(
                "there is no terminal to ask for the password at; give it by --password-stdin",
                status: .usage)
        }
        let password = try ask("Password: ")
        try check(password)
        guard try ask("Again: ") == password else {
            throw CommandFailure("the two passwords differ; nothing was done")
        }
        return password
    }

    private static func check(_ password: Password) throws(CommandFailure) {
        guard password.isAcceptable else {
            let range = Password.characters
            throw CommandFailure(
                "a password has to be \(range.lowerBound) to \(range.upperBound) characters of "
                    + "UTF-8; nothing was done")
        }
    }

    /// Asks on standard error and reads a line that the terminal does not show.
    private static func ask(_ question: String) throws(CommandFailure) -> Password {
        var usual = termios()
        guard tcgetattr(STDIN_FILENO, &usual) == 0 else {
            throw CommandFailure("the terminal can't be asked for a password (errno \(errno))")
        }
        var silent = usual
        // Without signals nobody is left with a silent terminal: the key that interrupts ends the
        // line instead.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VEOL)] = interrupt }
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw CommandFailure("the terminal can't be asked for a password (errno \(errno))")
        }
        defer {
            tcsetattr(STDIN_FILENO, TCSADRAIN, &usual)
            Terminal.write("\n", to: .error)
        }

        Terminal.write(question, to: .error)
        let typed = try bytes(untilNewLine: true)
        guard !typed.withBytes({ $0.contains(interrupt) }) else {
            throw CommandFailure("interrupted; nothing was done")
        }
        return try line(of: typed)
    }

    /// What comes from standard input up to its end, or to the end of a line.
    private static func bytes(untilNewLine: Bool) throws(CommandFailure) -> Password {
        var isWhole = true
        let password = Password(capacity: bytesMax + 1) { buffer in
            var count = 0
            while count < buffer.count {
                let read = Glibc.read(
                    STDIN_FILENO, buffer.baseAddress.map { $0 + count }, buffer.count - count)
                if read < 0, errno == EINTR { continue }
                isWhole = read >= 0
                guard read > 0 else { break }
                count += read
                let last = buffer[count - 1]
                if untilNewLine, last == UInt8(ascii: "\n") || last == interrupt { break }
            }
            return count
        }
        guard isWhole else { throw CommandFailure("standard input can't be read") }
        guard password.byteCount <= bytesMax else {
            throw CommandFailure("what was given is too long for a password; nothing was done")
        }
        return password
    }

    /// A line without its end.
    private static func line(of bytes: Password) throws(CommandFailure) -> Password {
        let (length, isOneLine) = bytes.withBytes { bytes in
            var length = bytes.count
            if length > 0, bytes[length - 1] == UInt8(ascii: "\n") { length -= 1 }
            if length > 0, bytes[length - 1] == UInt8(ascii: "\r") { length -= 1 }
            return (length, !bytes[..<length].contains(UInt8(ascii: "\n")))
        }
        guard isOneLine else {
            throw CommandFailure("a password has to be one line; nothing was done")
        }
        return bytes.withBytes { Password(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    }
}
