/// Writes API tokens. Used within a transaction.
struct APITokenWriter {
    private let connection: Connection

    init(on connection: Connection) {
        self.connection = connection
    }

    /// Adds a token, unless its key was revoked. Its user and the main one of the user make it a conflict by
    /// the table's rules.
    func insert(_ token: APITokenRow) throws(StoreError) {
        let statement = try Statement(
            """
            INSERT INTO api_tokens(\(APITokenRow.columns))
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
            WHERE NOT EXISTS (SELECT 1 FROM keys WHERE number = ?3 AND phase = ?10)
            """, on: connection)
        try statement.bind(token.id.bytes, at: 1)
        try statement.bind(token.user, at: 2)
        try statement.bind(token.key, at: 3)
        try statement.bind(token.isMain ? 1 : 0, at: 4)
        try statement.bind(token.created, at: 5)
        try statement.bind(token.updated, at: 6)
        try statement.bind(token.expires, at: 7)
        try statement.bind(token.permissions, at: 8)
        try statement.bind(token.restrictions, at: 9)
        try statement.bind(KeyPhase.revoked.rawValue, at: 10)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Replaces what the user of a token decides.
    func update(_ token: APITokenRow) throws(StoreError) {
        let statement = try Statement(
            """
            UPDATE api_tokens SET updated = max(?3, updated + 1), expires = ?4, permissions = ?5,
                restrictions = ?6
            WHERE id = ?1 AND user = ?2
            """, on: connection)
        try statement.bind(token.id.bytes, at: 1)
        try statement.bind(token.user, at: 2)
        try statement.bind(token.updated, at: 3)
        try statement.bind(token.expires, at: 4)
        try statement.bind(token.permissions, at: 5)
        try statement.bind(token.restrictions, at: 6)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Deletes a token of a user.
    func delete(_ id: RowID, user: Int64) throws(StoreError) {
        let statement = try Statement(
            "DELETE FROM api_tokens WHERE id = ?1 AND user = ?2", on: connection)
        try statement.bind(id.bytes, at: 1)
        try statement.bind(user, at: 2)
        try statement.run()
        try connection.requireOneRow()
    }
}
