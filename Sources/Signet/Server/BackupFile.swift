internal import Glibc
#if DEBUG
    internal import SignetStorage
#endif

/// The file of a backup: written under another name and synchronised, so that under its own name it is
/// whole or not there, whenever the machine stops.
struct BackupFile: ~Copyable {
    /// Where it is written first.
    let draftPath: String
    private let path: String
    private let draft: Int32

    /// Makes an empty draft beside `path`, for its owner only. One that a killed command left is used again.
    ///
    /// Throws when there is a file at `path`, unless it may be replaced, and when `path` is within the data
    /// folder `folder`.
    init(at path: String, replaces: Bool, outside folder: String) throws(CommandFailure) {
        let name = "\(path).part"
        let parent = Self.parent(of: path)
        guard let place = Self.status(parent) else {
            throw Self.failure(parent, "it is not there")
        }
        let data = Self.status(folder)
        guard data?.st_ino != place.st_ino || data?.st_dev != place.st_dev else {
            throw CommandFailure(
                "\(path) is in the data folder, whose files are not to be replaced; choose another place"
            )
        }
        if let found = Self.status(path) {
            guard found.st_mode & S_IFMT == S_IFREG else {
                throw Self.failure(path, "it is no file")
            }
            guard replaces else {
                throw CommandFailure("\(path) is there already; --force replaces it")
            }
        }
        let file = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure(name) }
        // It may have become another command's backup just before the lock.
        var mine = stat()
        guard flock(file, LOCK_EX | LOCK_NB) == 0, fstat(file, &mine) == 0,
            Self.status(name)?.st_ino == mine.st_ino
        else {
            close(file)
            throw CommandFailure("another command is writing \(path); nothing was done")
        }
        guard ftruncate(file, 0) == 0, fchmod(file, 0o600) == 0 else {
            let failure = Self.failure(name)
            close(file)
            throw failure
        }
        self.path = path
        draftPath = name
        draft = file
    }

    deinit { close(draft) }

    /// Gives the draft, which is complete and which nobody has open any more, its name.
    ///
    /// - Returns: the bytes of the file.
    borrowing func finish(replaces: Bool) throws(CommandFailure) -> Int {
        var status = stat()
        guard fsync(draft) == 0, fstat(draft, &status) == 0 else { throw Self.failure(draftPath) }
        #if DEBUG
            FaultPoint.backupWhole.pass()
        #endif
        if replaces {
            guard rename(draftPath, path) == 0 else { throw Self.failure(path) }
        } else {
            // Unlike rename, link replaces nothing that was made meanwhile.
            guard link(draftPath, path) == 0 else { throw Self.failure(path) }
            unlink(draftPath)
        }
        #if DEBUG
            FaultPoint.backupNamed.pass()
        #endif
        let folder = open(Self.parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure(path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure(path) }
        return Int(status.st_size)
    }

    /// Removes the draft.
    borrowing func discard() { unlink(draftPath) }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }

    private static func failure(_ path: String, _ reason: String? = nil) -> CommandFailure {
        CommandFailure(
            "\(path) can't be written: \(reason ?? String(cString: strerror(errno)))")
    }
}
