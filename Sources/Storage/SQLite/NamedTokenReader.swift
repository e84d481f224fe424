/// The statements that read named tokens. The reader's.
final class NamedTokenReader {
    private static let columns = "id, user, description, issued, expires"

    private let byID: Statement
    private let byUser: Statement

    init(on connection: Connection) throws(StoreError) {
        byID = try Statement(
            "SELECT \(Self.columns) FROM named_tokens WHERE id = ?1", on: connection)
        byUser = try Statement(
            "SELECT \(Self.columns) FROM named_tokens WHERE user = ?1 ORDER BY number",
            on: connection)
    }

    /// The token with this id.
    func token(_ id: RowID) throws(StoreError) -> NamedTokenRow? {
        try byID.bind(id.bytes, at: 1)
        guard try byID.step() else { return nil }
        defer { byID.reset() }
        return try Self.row(byID)
    }

    /// The tokens of a user, in the order in which they were added.
    func tokens(of user: Int64) throws(StoreError) -> [NamedTokenRow] {
        try byUser.bind(user, at: 1)
        var tokens: [NamedTokenRow] = []
        while try byUser.step() { tokens.append(try Self.row(byUser)) }
        return tokens
    }

    private static func row(_ statement: borrowing Statement) throws(StoreError) -> NamedTokenRow {
        guard let id = RowID(bytes: statement.bytes(0)) else { throw StoreError(.corrupt) }
        return NamedTokenRow(
            id: id, user: statement.integer(1), description: statement.text(2),
            issued: statement.integer(3), expires: statement.integer(4))
    }
}
