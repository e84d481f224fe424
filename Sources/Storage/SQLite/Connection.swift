internal import CSQLite

/// One open SQLite database; closed when the last reference goes. Used by one thread at a time.
final class Connection {
    static let standardBusyTimeoutMilliseconds: Int32 = 5_000

    private let handle: OpaquePointer

    /// Done before the first connection. SQLite refuses it when somebody else in this process was
    /// before us, which costs no more than some speed.
    private static let isConfigured = signet_sqlite_disable_memory_status() == SQLITE_OK

    /// Opens the file, which must exist.
    ///
    /// - Parameters:
    ///   - isReadOnly: nothing is changed, not even by closing it.
    ///   - busyTimeoutMilliseconds: how long another process may hold the write lock before `busy` is thrown.
    init(
        path: String, isReadOnly: Bool = false,
        busyTimeoutMilliseconds: Int32 = standardBusyTimeoutMilliseconds
    ) throws(StoreError) {
        _ = Self.isConfigured
        var handle: OpaquePointer?
        // NOMUTEX: no two threads ever use one connection, so SQLite need not lock it.
        let access = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        let flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let status = sqlite3_open_v2(path, &handle, flags, nil)
        guard status == SQLITE_OK, let handle else {
            let systemError = sqlite3_system_errno(handle)
            // SQLite wants a handle closed even when opening it failed.
            sqlite3_close_v2(handle)
            throw StoreError(sqlite: status, systemError: systemError)
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, busyTimeoutMilliseconds)
    }

    /// Statements that are still alive keep the database open until they are finalised.
    deinit { sqlite3_close_v2(handle) }

    /// Runs statements that return no rows.
    func execute(_ sql: String) throws(StoreError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Runs a statement that returns one integer; 0 when it returns no row.
    func integer(_ sql: String) throws(StoreError) -> Int64 {
        let statement = try Statement(sql, on: self)
        return try statement.step() ? statement.integer(0) : 0
    }

    /// Runs a statement and returns the first column of its rows as texts.
    func texts(_ sql: String) throws(StoreError) -> [String] {
        let statement = try Statement(sql, on: self)
        var texts: [String] = []
        while try statement.step() { texts.append(statement.text(0)) }
        return texts
    }

    /// What SQLite finds wrong with the whole database, or with the pages and rows of one table and its
    /// indexes. In SQLite's words, which name tables, columns and pages, and no value.
    func faults(in table: String? = nil) throws(StoreError) -> [String] {
        try texts("PRAGMA integrity_check\(table.map { "(\($0))" } ?? "")").filter { $0 != "ok" }
    }

    /// Copies the whole database into another one, which must be empty.
    ///
    /// - Parameters:
    ///   - stepPages: how many pages are copied between two calls of `progress`.
    ///   - progress: is told how many pages are copied, and of how many.
    func copy(
        to target: Connection, stepPages: Int32, progress: (Int, Int) -> Void
    ) throws(StoreError) {
        guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw target.failure(sqlite3_extended_errcode(target.handle))
        }
        var status = SQLITE_OK
        while status == SQLITE_OK {
            status = sqlite3_backup_step(backup, stepPages)
            let pages = sqlite3_backup_pagecount(backup)
            progress(Int(pages - sqlite3_backup_remaining(backup)), Int(pages))
            #if DEBUG
                FaultPoint.backupCopying.pass()
            #endif
        }
        // Says again what went wrong, if anything did.
        let end = sqlite3_backup_finish(backup)
        guard status == SQLITE_DONE, end == SQLITE_OK else { throw target.failure(status) }
    }

    /// Compiles one statement.
    func prepare(_ sql: String) throws(StoreError) -> OpaquePointer {
        var statement: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        try check(sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil))
        guard let statement else { throw StoreError(.other) }
        return statement
    }

    /// How many rows the last statement inserted, changed or deleted.
    var changedRows: Int { Int(sqlite3_changes64(handle)) }

    /// True between BEGIN and COMMIT. Some errors end a transaction by themselves.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Gives up what the current transaction did, if there is one.
    func rollback() {
        guard isInTransaction else { return }
        // A failed ROLLBACK leaves nothing to do: SQLite undoes the transaction when it can.
        _ = sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }

    /// Copies what it can of the write-ahead log into the database, without waiting for readers. A
    /// failure loses nothing: the log still has everything.
    func checkpoint() {
        _ = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }

    /// Has SQLite write the size of the log, in pages, into `pages` after each commit, and takes
    /// from it the task of checkpoints. `pages` must outlive the connection.
    func reportLogPages(to pages: UnsafeMutablePointer<Int32>) {
        let hook:
            @convention(c) (
                UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32
            ) -> Int32 = { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }
        sqlite3_wal_hook(handle, hook, pages)
    }

    /// Takes the hook away again.
    func stopReportingLogPages() { sqlite3_wal_hook(handle, nil, nil) }

    /// Turns a SQLite result into a thrown error.
    @inline(__always)
    func check(_ status: Int32) throws(StoreError) {
        guard status == SQLITE_OK else { throw failure(status) }
    }

    /// What a SQLite result that is none of success means.
    @inline(never)
    private func failure(_ status: Int32) -> StoreError {
        StoreError(sqlite: status, systemError: systemError(status))
    }

    /// The `errno` behind a failure of the file system.
    func systemError(_ status: Int32) -> Int32 {
        switch status & 0xff {
        case SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN: sqlite3_system_errno(handle)
        default: 0
        }
    }
}
