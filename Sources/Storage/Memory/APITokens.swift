/// The API tokens in memory, by the rules of the database.
struct APITokens: Sendable {
    private var byID: [RowID: APITokenRow] = [:]
    /// In the order in which they were added.
    private var byUser: [Int64: [RowID]] = [:]

    /// The token with this id.
    func token(_ id: RowID) -> APITokenRow? { byID[id] }

    /// The tokens of a user, in the order in which they were added.
    func tokens(of user: Int64) -> [APITokenRow] {
        (byUser[user] ?? []).compactMap { byID[$0] }
    }

    /// The main token of a user.
    func mainToken(of user: Int64) -> APITokenRow? { tokens(of: user).first(where: \.isMain) }

    /// Adds a token, whose key was looked at.
    mutating func insert(_ token: APITokenRow) throws(StoreError) {
        let hasMain = token.isMain && mainToken(of: token.user) != nil
        guard byID[token.id] == nil, !hasMain else { throw StoreError(.conflict) }
        byID[token.id] = token
        byUser[token.user, default: []].append(token.id)
    }

    /// Replaces what the user of a token decides.
    mutating func update(_ token: APITokenRow) throws(StoreError) {
        guard let known = byID[token.id], known.user == token.user else {
            throw StoreError(.conflict)
        }
        byID[token.id]?.updated = max(token.updated, known.updated + 1)
        byID[token.id]?.expires = token.expires
        byID[token.id]?.permissions = token.permissions
        byID[token.id]?.restrictions = token.restrictions
    }

    /// Deletes a token of a user.
    mutating func delete(_ id: RowID, user: Int64) throws(StoreError) {
        guard byID[id]?.user == user else { throw StoreError(.conflict) }
        byID[id] = nil
        byUser[user]?.removeAll { $0 == id }
    }

    /// Deletes the tokens that were made with a key.
    mutating func drop(key: Int64) {
        for token in byID.values where token.key == key {
            byID[token.id] = nil
            byUser[token.user]?.removeAll { $0 == token.id }
        }
    }

    /// Deletes all tokens of a user.
    mutating func drop(user: Int64) {
        for id in byUser.removeValue(forKey: user) ?? [] { byID[id] = nil }
    }
}
