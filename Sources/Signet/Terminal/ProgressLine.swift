/// A line that says how far something is. On a terminal it is rewritten in place; anywhere else
/// each state is a line of its own, so that logs stay readable.
struct ProgressLine {
    private let isInteractive: Bool
    private let write: (String) -> Void
    private var shown = ""

    /// Writes to standard error, so that standard output stays clean for results.
    init() {
        self.init(isInteractive: Terminal.isInteractive(.error)) { Terminal.write($0, to: .error) }
    }

    init(isInteractive: Bool, write: @escaping (String) -> Void) {
        self.isInteractive = isInteractive
        self.write = write
    }

    /// Shows `text` in place of what was shown before.
    mutating func update(_ text: String) {
        guard text != shown else { return }
        shown = text
        let line = JSONText.printable(text)
        // ESC [ K clears what a longer line before has left.
        write(isInteractive ? "\r\(line)\u{1B}[K" : line + "\n")
    }

    /// Takes the line away, so that what follows starts in the first column.
    mutating func finish() {
        if isInteractive, !shown.isEmpty { write("\r\u{1B}[K") }
        shown = ""
    }
}
