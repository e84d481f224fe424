/// Looks whether requirements hold. Used within a transaction.
struct RequirementReader {
    private let connection: Connection

    init(on connection: Connection) {
        self.connection = connection
    }

    /// Makes it a conflict if a requirement does not hold.
    func check(_ requirement: Requirement) throws(StoreError) {
        guard try holds(requirement) else { throw StoreError(.conflict) }
    }

    private func holds(_ requirement: Requirement) throws(StoreError) -> Bool {
        switch requirement {
        case .user(let id, let generation):
            let statement = try Statement(
                "SELECT 1 FROM users WHERE id = ?1 AND generation = ?2", on: connection)
            try statement.bind(id, at: 1)
            try statement.bind(generation, at: 2)
            return try statement.step()
        case .userSession(let id):
            let statement = try Statement(
                "SELECT 1 FROM user_sessions WHERE id = ?1", on: connection)
            try statement.bind(id.bytes, at: 1)
            return try statement.step()
        case .apiToken(let id, let time):
            let statement = try Statement(
                "SELECT 1 FROM api_tokens WHERE id = ?1 AND updated = ?2", on: connection)
            try statement.bind(id.bytes, at: 1)
            try statement.bind(time, at: 2)
            return try statement.step()
        case .app(let number, let hash):
            let statement = try Statement(
                "SELECT 1 FROM apps WHERE number = ?1 AND key_hash = ?2", on: connection)
            try statement.bind(number, at: 1)
            try statement.bind(hash, at: 2)
            return try statement.step()
        case .apiTokens(let user, let limit):
            return try count(in: "api_tokens", of: user) < limit
        case .namedTokens(let user, let limit):
            return try count(in: "named_tokens", of: user) < limit
        }
    }

    private func count(in table: StaticString, of user: Int64) throws(StoreError) -> Int64 {
        let statement = try Statement(
            "SELECT count(*) FROM \(table) WHERE user = ?1", on: connection)
        try statement.bind(user, at: 1)
        return try statement.step() ? statement.integer(0) : 0
    }
}
