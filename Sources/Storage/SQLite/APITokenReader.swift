/// The statements that read API tokens. The reader's.
final class APITokenReader {
    private let byID: Statement
    private let byUser: Statement
    private let mainByUser: Statement

    init(on connection: Connection) throws(StoreError) {
        byID = try Statement(
            "SELECT \(APITokenRow.columns) FROM api_tokens WHERE id = ?1", on: connection)
        byUser = try Statement(
            "SELECT \(APITokenRow.columns) FROM api_tokens WHERE user = ?1 ORDER BY number",
            on: connection)
        mainByUser = try Statement(
            "SELECT \(APITokenRow.columns) FROM api_tokens WHERE user = ?1 AND is_main = 1",
            on: connection)
    }

    /// The token with this id.
    func token(_ id: RowID) throws(StoreError) -> APITokenRow? {
        try byID.bind(id.bytes, at: 1)
        guard try byID.step() else { return nil }
        defer { byID.reset() }
        return try APITokenRow(byID)
    }

    /// The main token of a user.
    func mainToken(of user: Int64) throws(StoreError) -> APITokenRow? {
        try mainByUser.bind(user, at: 1)
        guard try mainByUser.step() else { return nil }
        defer { mainByUser.reset() }
        return try APITokenRow(mainByUser)
    }

    /// The tokens of a user, in the order in which they were added.
    func tokens(of user: Int64) throws(StoreError) -> [APITokenRow] {
        try byUser.bind(user, at: 1)
        var tokens: [APITokenRow] = []
        while try byUser.step() { tokens.append(try APITokenRow(byUser)) }
        return tokens
    }
}

extension APITokenRow {
    /// What `init(_: Statement)` reads.
    static let columns =
        "id, user, key, is_main, created, updated, expires, permissions, restrictions"

    /// The row that `statement` stands at.
    fileprivate init(_ statement: borrowing Statement) throws(StoreError) {
        guard let id = RowID(bytes: statement.bytes(0)) else { throw StoreError(.corrupt) }
        self.init(
            id: id, user: statement.integer(1), key: statement.integer(2),
            isMain: statement.integer(3) == 1, created: statement.integer(4),
            updated: statement.integer(5), expires: statement.integer(6),
            permissions: statement.integer(7), restrictions: statement.text(8))
    }
}
