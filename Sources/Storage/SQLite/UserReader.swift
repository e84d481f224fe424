/// The statements that read users. The reader's.
final class UserReader {
    private static let columns = """
        id, login, email, name, status, role, parent, password_hash, created, updated, generation
        """

    private let byID: Statement
    private let byLogin: Statement
    private let byEmail: Statement
    private let page: Statement

    init(on connection: Connection) throws(StoreError) {
        func select(_ condition: String) throws(StoreError) -> Statement {
            try Statement("SELECT \(Self.columns) FROM users WHERE \(condition)", on: connection)
        }
        byID = try select("id = ?1")
        byLogin = try select("login = ?1")
        byEmail = try select("email = ?1")
        page = try select("id > ?1 ORDER BY id LIMIT ?2")
    }

    /// The user with this key.
    func user(_ key: UserKey) throws(StoreError) -> UserRow? {
        switch key {
        case .id(let id):
            try byID.bind(id, at: 1)
            return try only(byID)
        case .login(let login):
            try byLogin.bind(login, at: 1)
            return try only(byLogin)
        case .email(let email):
            try byEmail.bind(email, at: 1)
            return try only(byEmail)
        }
    }

    /// Up to `limit` users with higher ids than `id`, in the order of their ids.
    func users(after id: Int64, limit: Int) throws(StoreError) -> [UserRow] {
        try page.bind(id, at: 1)
        try page.bind(Int64(limit), at: 2)
        var users: [UserRow] = []
        while try page.step() { users.append(try Self.row(page)) }
        return users
    }

    private func only(_ statement: borrowing Statement) throws(StoreError) -> UserRow? {
        guard try statement.step() else { return nil }
        defer { statement.reset() }
        return try Self.row(statement)
    }

    private static func row(_ statement: borrowing Statement) throws(StoreError) -> UserRow {
        guard let status = UserStatus(rawValue: statement.integer(4)),
            let role = UserRole(rawValue: statement.integer(5))
        else { throw StoreError(.corrupt) }
        // No user has the id 0, and no hash is empty: both stand for NULL.
        let (parent, hash) = (statement.integer(6), statement.bytes(7))
        return UserRow(
            id: statement.integer(0), login: statement.text(1), email: statement.text(2),
            name: statement.text(3), status: status, role: role,
            parent: parent == 0 ? nil : parent, passwordHash: hash.isEmpty ? nil : hash,
            created: statement.integer(8), updated: statement.integer(9),
            generation: statement.integer(10))
    }
}
