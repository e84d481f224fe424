/// The users in memory, by the rules of the database.
struct Users: Sendable {
    private var byID: [Int64: UserRow] = [:]
    /// By the bytes of login and e-mail in small letters.
    private var byLogin: [[UInt8]: Int64] = [:]
    private var byEmail: [[UInt8]: Int64] = [:]
    /// The ids in their order.
    private var ids: [Int64] = []
    private var subUsers: [Int64: Int] = [:]
    /// The highest id that a user ever had.
    private(set) var lastID: Int64 = 0

    /// The user with this key.
    func user(_ key: UserKey) -> UserRow? {
        switch key {
        case .id(let id): byID[id]
        case .login(let login): byLogin[Self.folded(login)].flatMap { byID[$0] }
        case .email(let email): byEmail[Self.folded(email)].flatMap { byID[$0] }
        }
    }

    /// Up to `limit` users with higher ids than `id`, in the order of their ids.
    func users(after id: Int64, limit: Int) -> [UserRow] {
        ids.drop { $0 <= id }.prefix(limit).compactMap { byID[$0] }
    }

    /// Adds a user.
    mutating func insert(_ user: UserRow) throws(StoreError) {
        let (login, email) = (Self.folded(user.login), Self.folded(user.email))
        try require(user.id > lastID && byLogin[login] == nil && byEmail[email] == nil)
        try require(user.parent.map { byID[$0] != nil } ?? true)
        lastID = user.id
        byID[user.id] = user
        byLogin[login] = user.id
        byEmail[email] = user.id
        ids.append(user.id)
        if let parent = user.parent { subUsers[parent, default: 0] += 1 }
    }

    /// Gives a user that has the status `from` another one.
    mutating func move(
        _ id: Int64, from: UserStatus, to status: UserStatus, at now: Int64
    ) throws(StoreError) {
        try require(byID[id]?.status == from)
        try change(id, at: now) { $0.status = status }
    }

    /// Gives a user another password.
    mutating func setPassword(_ id: Int64, hash: [UInt8], at now: Int64) throws(StoreError) {
        try change(id, at: now) { $0.passwordHash = hash }
    }

    /// Gives a user that is pending another name and password.
    mutating func replacePending(
        _ id: Int64, name: String, hash: [UInt8], at now: Int64
    ) throws(StoreError) {
        try require(byID[id]?.status == .pending)
        try change(id, at: now) { user in
            user.name = name
            user.passwordHash = hash
        }
    }

    /// Activates a user that is pending and of this generation.
    mutating func verify(_ id: Int64, generation: Int64, at now: Int64) throws(StoreError) {
        try require(byID[id]?.generation == generation)
        try move(id, from: .pending, to: .active, at: now)
    }

    /// Activates a user that is pending or anonymous, without a password.
    mutating func adopt(_ id: Int64, at now: Int64) throws(StoreError) {
        try require(byID[id]?.status == .pending || byID[id]?.status == .anonymous)
        try change(id, at: now) { user in
            user.status = .active
            user.passwordHash = nil
        }
    }

    /// Keeps a password as another hash, if it is kept as `old`.
    mutating func rehash(_ id: Int64, from old: [UInt8], to new: [UInt8]) {
        guard byID[id]?.passwordHash == old else { return }
        byID[id]?.passwordHash = new
    }

    /// Deletes a user, if it is there.
    mutating func delete(_ id: Int64) throws(StoreError) {
        guard let user = byID[id] else { return }
        try require(subUsers[id] == nil)
        byID[id] = nil
        byLogin[Self.folded(user.login)] = nil
        byEmail[Self.folded(user.email)] = nil
        ids.removeAll { $0 == id }
        guard let parent = user.parent, let others = subUsers[parent].map({ $0 - 1 }) else {
            return
        }
        subUsers[parent] = others > 0 ? others : nil
    }

    private mutating func change(
        _ id: Int64, at now: Int64, _ body: (inout UserRow) -> Void
    ) throws(StoreError) {
        guard var user = byID[id] else { throw StoreError(.conflict) }
        body(&user)
        user.updated = now
        user.generation += 1
        byID[id] = user
    }

    private func require(_ holds: Bool) throws(StoreError) {
        guard holds else { throw StoreError(.conflict) }
    }

    /// As SQLite's NOCASE compares: the 26 letters of ASCII alone have two cases.
    private static func folded(_ text: String) -> [UInt8] {
        text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
