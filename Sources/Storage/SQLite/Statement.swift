internal import CSQLite

/// A compiled SQL statement. Noncopyable: one owner, finalised exactly once. Parameters count from
/// 1, columns from 0, as in SQLite. A length beyond Int32 is clamped, which SQLite refuses as too
/// large.
struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let connection: Connection

    /// Compiles `sql`, one statement.
    init(_ sql: String, on connection: Connection) throws(StoreError) {
        handle = try connection.prepare(sql)
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    /// Binds an integer.
    func bind(_ value: Int64, at index: Int32) throws(StoreError) {
        try connection.check(sqlite3_bind_int64(handle, index, value))
    }

    /// Binds a copy of a text.
    func bind(_ text: String, at index: Int32) throws(StoreError) {
        var text = text
        let status = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                signet_sqlite_bind_text_copy(
                    handle, index, characters.baseAddress, Int32(clamping: characters.count))
            }
        }
        try connection.check(status)
    }

    /// Binds a copy of a blob.
    func bind(_ bytes: [UInt8], at index: Int32) throws(StoreError) {
        let status = bytes.withUnsafeBytes { bytes in
            bytes.isEmpty
                ? sqlite3_bind_zeroblob(handle, index, 0)
                : signet_sqlite_bind_blob_copy(
                    handle, index, bytes.baseAddress, Int32(clamping: bytes.count))
        }
        try connection.check(status)
    }

    /// Binds a blob without copying it: the bytes must stay where they are until the statement is
    /// reset.
    func bindInPlace(_ bytes: UnsafeRawBufferPointer, at index: Int32) throws(StoreError) {
        // An empty buffer may have no address, which SQLite would take for NULL.
        let status =
            bytes.isEmpty
            ? sqlite3_bind_zeroblob(handle, index, 0)
            : sqlite3_bind_blob(
                handle, index, bytes.baseAddress, Int32(clamping: bytes.count), nil)
        try connection.check(status)
    }

    /// Goes to the next row.
    ///
    /// - Returns: false when there is none; the statement is then ready for the next use.
    func step() throws(StoreError) -> Bool {
        let status = sqlite3_step(handle)
        switch status {
        case SQLITE_ROW:
            return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        default:
            let systemError = connection.systemError(status)
            sqlite3_reset(handle)
            throw StoreError(sqlite: status, systemError: systemError)
        }
    }

    /// Runs a statement to its end, past any rows.
    func run() throws(StoreError) {
        while try step() {}
    }

    /// Makes the statement ready for the next use before its rows are used up.
    func reset() { sqlite3_reset(handle) }

    /// The integer in a column.
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// The text in a column.
    func text(_ column: Int32) -> String {
        guard let characters = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(
            decoding: UnsafeBufferPointer(start: characters, count: count), as: UTF8.self)
    }

    /// The blob in a column.
    func bytes(_ column: Int32) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column))
        return [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
    }
}
