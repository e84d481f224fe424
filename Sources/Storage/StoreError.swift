internal import CSQLite

/// A store that could not do what it was asked. Its text names no row and no secret.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    /// What went wrong.
    package enum Reason: Equatable, Sendable {
        /// No room left for data.
        case diskFull
        /// Reading, writing or synchronising failed.
        case inputOutput
        /// The database file is damaged.
        case corrupt
        /// A look at the files when they were opened found this wrong with them.
        case damaged(String)
        /// The file is not a Signet database.
        case notSignet
        /// A newer Signet made the database, with schema `found`; this one knows up to `known`.
        case newerSchema(found: Int64, known: Int64)
        /// A server works on the folder, and on a database with schema `found`: this Signet, which would
        /// bring it to `known`, must not while that one runs.
        case serverOfOlderSchema(found: Int64, known: Int64)
        /// Another server works on the folder.
        case locked
        /// Another process held the database for too long.
        case busy
        /// A row is there already, or one that it needs is not.
        case conflict
        /// A value is larger than the store takes.
        case tooLarge
        /// The store was closed.
        case closed
        /// The folder or a file in it could not be opened or made.
        case cannotOpen
        /// Anything else; the code tells what.
        case other
    }

    /// What went wrong.
    package let reason: Reason
    /// SQLite's extended result code, 0 if it was not SQLite.
    package let sqliteCode: Int32
    /// The system's `errno`, 0 if none was involved.
    package let systemError: Int32

    /// Makes an error; the codes are for the log.
    package init(_ reason: Reason, sqliteCode: Int32 = 0, systemError: Int32 = 0) {
        self.reason = reason
        self.sqliteCode = sqliteCode
        self.systemError = systemError
    }

    /// Translates an (extended) SQLite result code.
    init(sqlite code: Int32, systemError: Int32 = 0) {
        let reason: Reason =
            switch code & 0xff {
            case SQLITE_FULL: .diskFull
            case SQLITE_IOERR: .inputOutput
            case SQLITE_CORRUPT: .corrupt
            case SQLITE_NOTADB: .notSignet
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CONSTRAINT: .conflict
            case SQLITE_TOOBIG: .tooLarge
            case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY: .cannotOpen
            default: .other
            }
        self.init(reason, sqliteCode: code, systemError: systemError)
    }

    /// True when the file is not what was once written.
    package var isDamage: Bool {
        switch reason {
        case .corrupt, .damaged: true
        case .notSignet: sqliteCode == SQLITE_NOTADB
        default: false
        }
    }

    /// What to do with a damaged database.
    private static let remedy = "restore a backup; 'signet check' says what else is wrong"

    /// True when the fault lies in what was written, so that others' writes may still succeed.
    var isOfTheWriter: Bool { reason == .conflict || reason == .tooLarge }

    package var description: String {
        let text =
            switch reason {
            case .diskFull: "the disk of the data folder is full"
            case .inputOutput: "the database could not be read or written"
            case .corrupt: "the database is damaged; \(Self.remedy)"
            case .damaged(let fault): "the database is damaged (\(fault)); \(Self.remedy)"
            case .notSignet where sqliteCode == SQLITE_NOTADB:
                "signet.db is not a Signet database, or its beginning is damaged; restore a backup, or choose "
                    + "another data folder"
            case .notSignet: "signet.db is not a Signet database; choose another data folder"
            case .newerSchema(let found, let known):
                "the database was made by a newer Signet (schema \(found); this one knows "
                    + "\(known)); use that Signet, or a backup from before"
            case .serverOfOlderSchema(let found, let known):
                "a server of an older Signet works on this data folder (schema \(found); this one needs "
                    + "\(known)); use that Signet's command, or start the server anew with this one"
            case .locked: "another Signet server works on this data folder"
            case .busy: "another process keeps the database busy"
            case .conflict: "a row exists already, or one that is needed is missing"
            case .tooLarge: "a value is too large for the database"
            case .closed: "the store is closed"
            case .cannotOpen: "the data folder or a file in it cannot be opened"
            case .other: "the database failed"
            }
        var details: [String] = []
        if sqliteCode != 0 {
            details.append("SQLite \(sqliteCode): \(String(cString: sqlite3_errstr(sqliteCode)))")
        }
        if systemError != 0 && reason != .locked { details.append("errno \(systemError)") }
        return details.isEmpty ? text : "\(text) (\(details.joined(separator: "; ")))"
    }
}
