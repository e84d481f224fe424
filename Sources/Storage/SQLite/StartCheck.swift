internal import Glibc

/// What is looked at whenever a database is opened: so much that a file that was torn, cut off or
/// overwritten is noticed, and so little that it takes no longer with millions of sessions.
/// `DatabaseCheck` looks at all of it.
enum StartCheck {
    /// The tables without which nothing works and which stay small: every page and row of them is looked
    /// at. SQLite's own first: it names all others, and the free pages belong to it.
    private static let smallTables = [
        "sqlite_schema", "properties", "apps", "keys", "marks", "subject_runs",
    ]
    /// The tables that grow, and their keys. The way down to both ends of each is looked at.
    private static let largeTables = [
        "sessions": "id", "users": "id", "user_sessions": "id", "changes": "sequence",
    ]
    /// Both numbers that a write-ahead log may begin with, most significant byte first.
    private static let logMagic: [[UInt8]] = [[0x37, 0x7F, 0x06, 0x82], [0x37, 0x7F, 0x06, 0x83]]

    /// The least that a database has: its first page.
    private static let firstPageBytes = 4096

    /// Looks at the files of a data folder, before SQLite does: it takes a database that is hardly there for
    /// a new one, deletes the log of an empty one, and takes a log whose beginning it does not know for an
    /// empty one. Each would lose what was acknowledged without a word.
    static func files(of folder: String) throws(StoreError) {
        let databaseBytes = size(of: "\(folder)/signet.db") ?? 0
        let log = "\(folder)/signet.db-wal"
        let logBytes = size(of: log) ?? 0
        if databaseBytes == 0 && size(of: "\(folder)/lock") ?? 0 > 0 {
            throw StoreError(
                .damaged("signet.db is missing or empty; remove lock as well if you want a new one")
            )
        }
        if databaseBytes == 0 && logBytes > 0 {
            throw StoreError(
                .damaged("signet.db is empty, and there is a log of what was written to it"))
        }
        guard databaseBytes == 0 || databaseBytes >= firstPageBytes else {
            throw StoreError(.damaged("signet.db is cut off after \(databaseBytes) bytes"))
        }
        guard logBytes > 0 else { return }
        // SQLite locks other files, so nobody's lock is dropped when this one is closed.
        let file = open(log, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw StoreError(.cannotOpen, systemError: errno) }
        defer { close(file) }
        var head = [UInt8](repeating: 0, count: 4)
        let count = read(file, &head, head.count)
        // Shorter, or zeros: made just before the machine failed, and nothing in it was acknowledged.
        guard count == head.count, head != [0, 0, 0, 0] else { return }
        guard logMagic.contains(head) else {
            throw StoreError(.damaged("signet.db-wal does not begin as a write-ahead log does"))
        }
    }

    /// Looks at the pages and rows, of whichever schema.
    static func rows(_ connection: Connection) throws(StoreError) {
        try Migrations.refuseForeign(connection)
        let tables = Set(
            try connection.texts("SELECT name FROM sqlite_schema WHERE type = 'table'"))
        for table in smallTables where table == "sqlite_schema" || tables.contains(table) {
            if let fault = try connection.faults(in: table).first {
                throw StoreError(.damaged(fault))
            }
        }
        for (table, key) in largeTables where tables.contains(table) {
            _ = try connection.integer("SELECT min(\(key)) FROM \(table)")
            _ = try connection.integer("SELECT max(\(key)) FROM \(table)")
        }
    }

    /// Nil when there is no such file.
    private static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
