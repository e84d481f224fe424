/// The statements that write sessions: the hot path of the store. Used within a transaction.
final class SessionWriter {
    private let connection: Connection
    private let subjects: SubjectMerger
    private let insert: Statement
    private let renew: Statement
    private let markRenewed: Statement
    private let delete: Statement
    private let log: Statement

    init(on connection: Connection, subjects: SubjectMerger) throws(StoreError) {
        self.connection = connection
        self.subjects = subjects
        insert = try Statement(
            """
            INSERT INTO sessions(id, app, key, issued, auth_not_before, auth_expires,
                refresh_not_before, refresh_expires, tag, subject, claims)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """, on: connection)
        renew = try Statement(
            """
            UPDATE sessions SET key = ?3, issued = ?4, auth_not_before = ?5, auth_expires = ?6,
                refresh_not_before = ?7, refresh_expires = ?8, tag = ?9, claims = ?10,
                previous_tag = ?2, renewed = ?11, replaced_expires = ?12, successor = ?13
            WHERE id = ?1 AND tag = ?2
            """, on: connection)
        markRenewed = try Statement(
            "UPDATE sessions SET was_renewed = 1 WHERE id = ?1", on: connection)
        delete = try Statement(
            "DELETE FROM sessions WHERE id = ?1 RETURNING app, subject", on: connection)
        log = try Statement(
            """
            INSERT INTO changes(kind, subject, app, through, expires) VALUES(?1, ?2, ?3, ?4, ?5)
            """, on: connection)
    }

    /// Inserts a new session.
    func insert(
        _ entry: borrowing SessionBatch.Entry, claims: UnsafeRawBufferPointer
    ) throws(StoreError) {
        try insert.bind(entry.id, at: 1)
        try insert.bind(entry.app, at: 2)
        try insert.bind(entry.key, at: 3)
        try bindTimes(of: entry, to: insert)
        try insert.bind(Int64(bitPattern: entry.tag), at: 9)
        try insert.bind(Int64(bitPattern: entry.subject), at: 10)
        try insert.bindInPlace(UnsafeRawBufferPointer(rebasing: claims[entry.claims]), at: 11)
        try insert.run()
    }

    /// Gives a session its new tokens.
    ///
    /// - Parameter bytes: the batch's buffer, with claims and successor.
    /// - Returns: false when the session is gone or was renewed by another.
    func renew(
        _ entry: borrowing SessionBatch.Entry, bytes: UnsafeRawBufferPointer
    ) throws(StoreError) -> Bool {
        try renew.bind(entry.id, at: 1)
        try renew.bind(Int64(bitPattern: entry.previousTag), at: 2)
        try renew.bind(entry.key, at: 3)
        try bindTimes(of: entry, to: renew)
        try renew.bind(Int64(bitPattern: entry.tag), at: 9)
        try renew.bindInPlace(UnsafeRawBufferPointer(rebasing: bytes[entry.claims]), at: 10)
        try renew.bind(entry.renewed, at: 11)
        try renew.bind(entry.replacedExpires &- entry.issued, at: 12)
        try renew.bindInPlace(UnsafeRawBufferPointer(rebasing: bytes[entry.successor]), at: 13)
        try renew.run()
        guard connection.changedRows == 1 else { return false }
        guard entry.isFirstRenewal else { return true }
        try markRenewed.bind(entry.id, at: 1)
        try markRenewed.run()
        return true
    }

    /// Deletes a session and its entry in the subject index, if it is there. The caller tells the index
    /// what became of the transaction.
    func delete(_ id: Int64) throws(StoreError) {
        try delete.bind(id, at: 1)
        guard try delete.step() else { return }
        let entry = SubjectEntry(app: delete.integer(0), subject: delete.integer(1), session: id)
        try delete.run()
        try subjects.remove(entry)
    }

    /// Writes a line of the change log; its sequence is the table's.
    func log(_ change: ChangeRow) throws(StoreError) {
        try log.bind(change.kind.rawValue, at: 1)
        try log.bind(change.subject, at: 2)
        try log.bind(change.app, at: 3)
        try log.bind(change.through, at: 4)
        try log.bind(change.expires, at: 5)
        try log.run()
    }

    /// Small differences take a byte or two each in the row, and none when 0.
    private func bindTimes(
        of entry: borrowing SessionBatch.Entry, to statement: borrowing Statement
    ) throws(StoreError) {
        try statement.bind(entry.issued &- SessionID.second(entry.id), at: 4)
        try statement.bind(entry.authNotBefore &- entry.issued, at: 5)
        try statement.bind(entry.authExpires &- entry.issued, at: 6)
        try statement.bind(entry.refreshNotBefore &- entry.issued, at: 7)
        try statement.bind(entry.refreshExpires &- entry.issued, at: 8)
    }
}
