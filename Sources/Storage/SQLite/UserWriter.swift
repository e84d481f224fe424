/// Writes users. Rare, so statements are compiled when they are needed. Used within a transaction.
struct UserWriter {
    private let connection: Connection

    init(on connection: Connection) {
        self.connection = connection
    }

    /// Adds a user.
    func insert(_ user: UserRow) throws(StoreError) {
        let statement = try Statement(
            """
            INSERT INTO users SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
            WHERE ?1 > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'users'), 0)
            """, on: connection)
        try statement.bind(user.id, at: 1)
        try statement.bind(user.login, at: 2)
        try statement.bind(user.email, at: 3)
        try statement.bind(user.name, at: 4)
        try statement.bind(user.status.rawValue, at: 5)
        try statement.bind(user.role.rawValue, at: 6)
        // What is not bound is NULL.
        if let parent = user.parent { try statement.bind(parent, at: 7) }
        if let hash = user.passwordHash { try statement.bind(hash, at: 8) }
        try statement.bind(user.created, at: 9)
        try statement.bind(user.updated, at: 10)
        try statement.bind(user.generation, at: 11)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Gives a user that has the status `from` another one.
    func move(
        _ id: Int64, from: UserStatus, to status: UserStatus, at now: Int64
    ) throws(StoreError) {
        let statement = try Statement(
            """
            UPDATE users SET status = ?3, updated = ?4, generation = generation + 1
            WHERE id = ?1 AND status = ?2
            """, on: connection)
        try statement.bind(id, at: 1)
        try statement.bind(from.rawValue, at: 2)
        try statement.bind(status.rawValue, at: 3)
        try statement.bind(now, at: 4)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Gives a user another password.
    func setPassword(_ id: Int64, hash: [UInt8], at now: Int64) throws(StoreError) {
        let statement = try Statement(
            """
            UPDATE users SET password_hash = ?2, updated = ?3, generation = generation + 1
            WHERE id = ?1
            """, on: connection)
        try statement.bind(id, at: 1)
        try statement.bind(hash, at: 2)
        try statement.bind(now, at: 3)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Gives a user that is pending another name and password.
    func replacePending(
        _ id: Int64, name: String, hash: [UInt8], at now: Int64
    ) throws(StoreError) {
        let statement = try Statement(
            """
            UPDATE users SET name = ?2, password_hash = ?3, updated = ?4, generation = generation + 1
            WHERE id = ?1 AND status = ?5
            """, on: connection)
        try statement.bind(id, at: 1)
        try statement.bind(name, at: 2)
        try statement.bind(hash, at: 3)
        try statement.bind(now, at: 4)
        try statement.bind(UserStatus.pending.rawValue, at: 5)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Activates a user that is pending and of this generation.
    func verify(_ id: Int64, generation: Int64, at now: Int64) throws(StoreError) {
        let statement = try Statement(
            """
            UPDATE users SET status = ?3, updated = ?4, generation = generation + 1
            WHERE id = ?1 AND generation = ?2 AND status = ?5
            """, on: connection)
        try statement.bind(id, at: 1)
        try statement.bind(generation, at: 2)
        try statement.bind(UserStatus.active.rawValue, at: 3)
        try statement.bind(now, at: 4)
        try statement.bind(UserStatus.pending.rawValue, at: 5)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Activates a user that is pending or anonymous, without a password.
    func adopt(_ id: Int64, at now: Int64) throws(StoreError) {
        let statement = try Statement(
            """
            UPDATE users SET status = ?2, password_hash = NULL, updated = ?3,
                generation = generation + 1
            WHERE id = ?1 AND status IN (?4, ?5)
            """, on: connection)
        try statement.bind(id, at: 1)
        try statement.bind(UserStatus.active.rawValue, at: 2)
        try statement.bind(now, at: 3)
        try statement.bind(UserStatus.pending.rawValue, at: 4)
        try statement.bind(UserStatus.anonymous.rawValue, at: 5)
        try statement.run()
        try connection.requireOneRow()
    }

    /// Keeps a password as another hash, if it is kept as `old`.
    func rehash(_ id: Int64, from old: [UInt8], to new: [UInt8]) throws(StoreError) {
        let statement = try Statement(
            "UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2",
            on: connection)
        try statement.bind(id, at: 1)
        try statement.bind(old, at: 2)
        try statement.bind(new, at: 3)
        try statement.run()
    }

    /// Deletes a user, if it is there. Its sub users' references make it a conflict.
    func delete(_ id: Int64) throws(StoreError) {
        let statement = try Statement("DELETE FROM users WHERE id = ?1", on: connection)
        try statement.bind(id, at: 1)
        try statement.run()
    }
}
