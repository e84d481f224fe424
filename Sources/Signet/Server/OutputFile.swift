internal import Glibc

/// Files that a command writes because a flag says so.
enum OutputFile {
    /// Writes `text` in place of what the file at `path` had.
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw CommandFailure("\(path) can't be written: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        guard FileOutput.write(Array(text.utf8), to: file) else {
            throw CommandFailure("\(path) can't be written: \(String(cString: strerror(errno)))")
        }
    }
}
