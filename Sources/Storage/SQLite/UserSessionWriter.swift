/// Writes sessions of users. Used within a transaction.
struct UserSessionWriter {
    private let connection: Connection

    init(on connection: Connection) {
        self.connection = connection
    }

    /// Adds a session, if its user is active. An unknown app or API token makes it a conflict by its
    /// reference.
    func insert(_ session: UserSessionRow) throws(StoreError) {
        let statement = try Statement(
            """
            INSERT INTO user_sessions(\(UserSessionRow.columns))
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
            WHERE ?3 IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = ?3 AND status = ?11)
            """, on: connection)
        try statement.bind(session.id.bytes, at: 1)
        try statement.bind(session.realm.rawValue, at: 2)
        // What is not bound is NULL.
        if let user = session.user { try statement.bind(user, at: 3) }
        if let app = session.app { try statement.bind(app, at: 4) }
        try statement.bind(session.created, at: 5)
        try statement.bind(session.expires, at: 6)
        try statement.bind(session.tokenLife, at: 7)
        try statement.bind(session.address, at: 8)
        try statement.bind(session.userAgent, at: 9)
        if let token = session.apiToken { try statement.bind(token.bytes, at: 10) }
        try statement.bind(UserStatus.active.rawValue, at: 11)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Deletes a session, if it is there.
    ///
    /// - Returns: what was deleted.
    func delete(_ id: RowID) throws(StoreError) -> [UserSessionRow] {
        let statement = try delete(where: "id = ?1")
        try statement.bind(id.bytes, at: 1)
        return try Self.rows(statement)
    }

    /// Deletes the sessions of a user.
    func delete(user: Int64) throws(StoreError) -> [UserSessionRow] {
        let statement = try delete(where: "user = ?1")
        try statement.bind(user, at: 1)
        return try Self.rows(statement)
    }

    /// Deletes the sessions of a user, those of one realm or of all, but for one.
    func delete(user: Int64, realm: Realm?, but id: RowID?) throws(StoreError) -> [UserSessionRow] {
        // No realm has the number 0, and no id is empty.
        let statement = try delete(where: "user = ?1 AND ?2 IN (0, realm) AND id <> ?3")
        try statement.bind(user, at: 1)
        try statement.bind(realm?.rawValue ?? 0, at: 2)
        try statement.bind(id?.bytes ?? [], at: 3)
        return try Self.rows(statement)
    }

    /// Deletes the oldest sessions of a user in a realm, beyond the newest `count`.
    func delete(
        user: Int64, realm: Realm, keeping count: Int
    ) throws(StoreError) -> [UserSessionRow] {
        let statement = try delete(
            where: """
                id IN (
                    SELECT id FROM user_sessions WHERE user = ?1 AND realm = ?2
                    ORDER BY id DESC LIMIT -1 OFFSET ?3)
                """)
        try statement.bind(user, at: 1)
        try statement.bind(realm.rawValue, at: 2)
        try statement.bind(Int64(count), at: 3)
        return try Self.rows(statement)
    }

    /// Deletes what was begun by API tokens that were made with a key.
    func delete(key: Int64) throws(StoreError) -> [UserSessionRow] {
        let statement = try delete(
            where: "api_token IN (SELECT id FROM api_tokens WHERE key = ?1)")
        try statement.bind(key, at: 1)
        return try Self.rows(statement)
    }

    /// Deletes what was begun by an API token.
    func delete(apiToken: RowID) throws(StoreError) -> [UserSessionRow] {
        let statement = try delete(where: "api_token = ?1")
        try statement.bind(apiToken.bytes, at: 1)
        return try Self.rows(statement)
    }

    /// Deletes what an app signed in by its key.
    func delete(app: Int64) throws(StoreError) -> [UserSessionRow] {
        let statement = try delete(where: "app = ?1")
        try statement.bind(app, at: 1)
        return try Self.rows(statement)
    }

    private func delete(where condition: String) throws(StoreError) -> Statement {
        try Statement(
            """
            DELETE FROM user_sessions WHERE \(condition) RETURNING \(UserSessionRow.columns)
            """, on: connection)
    }

    private static func rows(
        _ statement: borrowing Statement
    ) throws(StoreError) -> [UserSessionRow] {
        var rows: [UserSessionRow] = []
        while try statement.step() { rows.append(try UserSessionRow(statement)) }
        return rows
    }
}
