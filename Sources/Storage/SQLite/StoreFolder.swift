internal import Glibc
internal import Synchronization

/// The data folder: made for its owner only, and locked by the one server that works on it.
final class StoreFolder: Sendable {
    /// The database file.
    let databasePath: String
    private let lockPath: String
    /// The open lock file, for a server until it is given back.
    private let lock: Mutex<Int32?>

    /// Makes the folder and an empty database file if they are missing, and takes the lock for a
    /// server.
    init(path: String, role: StoreRole) throws(StoreError) {
        try Self.makeFolder(path)
        try StartCheck.files(of: path)
        lockPath = "\(path)/lock"
        let file = role == .server ? try Self.takeLock(lockPath) : nil
        lock = Mutex(file)
        databasePath = "\(path)/signet.db"
        try Self.makePrivateFile(databasePath)
    }

    deinit { unlock() }

    /// Does what no server may work on the folder meanwhile. Throws `locked` when one does.
    func whileUnserved(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        // A server has the lock already.
        guard lock.withLock({ $0 == nil }) else { return try body() }
        let file = try Self.takeLock(lockPath)
        defer { Self.giveBack(file) }
        try body()
    }

    /// Notes in the server's lock file that there is a database, so that one that is gone or empty is not
    /// taken for a folder's first start. A note that is lost in a crash is made at the next start.
    func noteDatabase() {
        lock.withLock { file in
            let note = Array("signet.db is there\n".utf8)
            if let file { _ = pwrite(file, note, note.count, 0) }
        }
    }

    /// Gives the lock back.
    func unlock() {
        lock.withLock { file in
            if let open = file { Self.giveBack(open) }
            file = nil
        }
    }

    private static func makeFolder(_ path: String) throws(StoreError) {
        var parent = ""
        for component in path.split(separator: "/", omittingEmptySubsequences: true) {
            parent += parent.isEmpty && !path.hasPrefix("/") ? component : "/\(component)"
            // A mask can only take rights away from 0700, so no moment leaves it open to others.
            if mkdir(parent, 0o700) == 0 {
                try check(chmod(parent, 0o700))
            } else if errno != EEXIST {
                throw StoreError(.cannotOpen, systemError: errno)
            }
        }
    }

    private static func takeLock(_ path: String) throws(StoreError) -> Int32 {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try check(file)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            close(file)
            throw StoreError(error == EWOULDBLOCK ? .locked : .cannotOpen, systemError: error)
        }
        return file
    }

    /// Closing alone would leave the lock to a child process that has not called exec yet (flock(2)).
    private static func giveBack(_ file: Int32) {
        flock(file, LOCK_UN)
        close(file)
    }

    /// Makes the database file before SQLite would, which follows the mask; its log gets the same
    /// mode.
    ///
    /// An existing file is not even opened: closing it would drop the POSIX locks of every
    /// connection that this process has on it (SQLite's "How To Corrupt An SQLite Database File",
    /// section 2.2).
    private static func makePrivateFile(_ path: String) throws(StoreError) {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if file < 0 && errno == EEXIST { return }
        try check(file)
        let status = fchmod(file, 0o600)
        close(file)
        try check(status)
    }

    private static func check(_ status: Int32) throws(StoreError) {
        guard status >= 0 else { throw StoreError(.cannotOpen, systemError: errno) }
    }
}
