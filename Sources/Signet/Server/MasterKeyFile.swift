internal import Glibc
internal import SignetCrypto

/// The file `master.key` of a data folder: 32 random bytes as base64, readable by its owner only.
enum MasterKeyFile {
    private static let name = "master.key"
    private static let textBytesMax = 256

    /// The master key of the data folder `folder`; a folder without a database gets a new one.
    ///
    /// Throws when a database is there and its key is not: no key made now could open it.
    static func load(from folder: String) throws(CommandFailure) -> MasterKey {
        let path = "\(folder)/\(name)"
        if let key = try read(path) { return key }
        guard access("\(folder)/signet.db", F_OK) != 0 else {
            throw CommandFailure(
                "\(path) is missing, and without it the keys in \(folder)/signet.db can't be opened; "
                    + "restore the file or set SIGNET_MASTER_KEY",
                status: .configuration)
        }
        try make(path, in: folder)
        guard let key = try read(path) else { throw unusable(path, "was removed") }
        return key
    }

    private static func read(_ path: String) throws(CommandFailure) -> MasterKey? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw unusable(path, String(cString: strerror(errno)))
        }
        defer { close(file) }

        var text = [UInt8](repeating: 0, count: textBytesMax)
        defer { wipe(&text) }
        let count = Glibc.read(file, &text, text.count)
        guard count >= 0 else { throw unusable(path, String(cString: strerror(errno))) }
        text.removeSubrange(count...)
        while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
        guard let key = try? MasterKey(base64: text) else {
            throw unusable(path, "it does not hold 32 bytes as base64")
        }
        return key
    }

    /// Writes a new key, whole or not at all: another process may do the same at this moment.
    private static func make(_ path: String, in folder: String) throws(CommandFailure) {
        if mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw unusable(folder, String(cString: strerror(errno)))
        }
        let draft = "\(path).\(getpid())"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw unusable(draft, String(cString: strerror(errno))) }
        defer {
            close(file)
            unlink(draft)
        }

        let text = MasterKey.generate().base64ForStorage() + [0x0A]
        guard write(file, text, text.count) == text.count, fsync(file) == 0 else {
            throw unusable(draft, String(cString: strerror(errno)))
        }
        // Whoever links first wins, and both then read the same key.
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw unusable(path, String(cString: strerror(errno)))
        }
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private static func unusable(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure("\(path) can't be used: \(reason)", status: .configuration)
    }
}
