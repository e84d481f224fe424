/// The statements that read sessions of users. The reader's.
final class UserSessionReader {
    private let byID: Statement
    private let byUser: Statement

    init(on connection: Connection) throws(StoreError) {
        byID = try Statement(
            "SELECT \(UserSessionRow.columns) FROM user_sessions WHERE id = ?1", on: connection)
        byUser = try Statement(
            """
            SELECT \(UserSessionRow.columns) FROM user_sessions
            WHERE user = ?1 AND realm = ?2 ORDER BY id
            """, on: connection)
    }

    /// The session with this id.
    func session(_ id: RowID) throws(StoreError) -> UserSessionRow? {
        try byID.bind(id.bytes, at: 1)
        guard try byID.step() else { return nil }
        defer { byID.reset() }
        return try UserSessionRow(byID)
    }

    /// The sessions of a user in a realm, oldest first.
    func sessions(user: Int64, realm: Realm) throws(StoreError) -> [UserSessionRow] {
        try byUser.bind(user, at: 1)
        try byUser.bind(realm.rawValue, at: 2)
        var sessions: [UserSessionRow] = []
        while try byUser.step() { sessions.append(try UserSessionRow(byUser)) }
        return sessions
    }
}

extension UserSessionRow {
    /// What `init(_: Statement)` reads.
    static let columns =
        "id, realm, user, app, created, expires, token_life, address, user_agent, api_token"

    /// The row that `statement` stands at.
    init(_ statement: borrowing Statement) throws(StoreError) {
        guard let id = RowID(bytes: statement.bytes(0)),
            let realm = Realm(rawValue: statement.integer(1))
        else { throw StoreError(.corrupt) }
        // No user and no app has the number 0, which stands for NULL.
        let (user, app) = (statement.integer(2), statement.integer(3))
        self.init(
            id: id, realm: realm, user: user == 0 ? nil : user, app: app == 0 ? nil : app,
            created: statement.integer(4), expires: statement.integer(5),
            tokenLife: statement.integer(6), address: statement.text(7),
            userAgent: statement.text(8), apiToken: RowID(bytes: statement.bytes(9)))
    }
}
