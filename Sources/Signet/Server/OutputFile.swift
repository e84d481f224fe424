internal import Glibc

/// Files that a command writes because a flag says so.
enum OutputFile {
    /// Throws when `path` could not be written now, so that nobody learns it after an hour's work. Leaves
    /// what is there as it is, and no file where none is.
    static func check(_ path: String) throws(CommandFailure) {
        var facts = stat()
        let exists = stat(path, &facts) == 0
        // To open a pipe may wait for its reader, and to close it again may end that one's work.
        guard !exists || facts.st_mode & S_IFMT == S_IFREG || facts.st_mode & S_IFMT == S_IFDIR
        else { return }
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(path) }
        close(file)
        if !exists { unlink(path) }
    }

    /// Writes `text` in place of what the file at `path` had.
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        guard FileOutput.write(Array(text.utf8), to: file) else { throw failure(path) }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure("\(path) can't be written: \(String(cString: strerror(errno)))")
    }
}
