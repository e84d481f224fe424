/// The named tokens in memory, by the rules of the database.
struct NamedTokens: Sendable {
    private var byID: [RowID: NamedTokenRow] = [:]
    /// In the order in which they were added.
    private var byUser: [Int64: [RowID]] = [:]

    /// The token with this id.
    func token(_ id: RowID) -> NamedTokenRow? { byID[id] }

    /// The tokens of a user, in the order in which they were added.
    func tokens(of user: Int64) -> [NamedTokenRow] {
        (byUser[user] ?? []).compactMap { byID[$0] }
    }

    /// Adds a token.
    mutating func insert(_ token: NamedTokenRow) throws(StoreError) {
        // By the bytes, as the database compares: strings of Swift are the same in all of Unicode's
        // normal forms.
        let isTaken = tokens(of: token.user).contains {
            $0.description.utf8.elementsEqual(token.description.utf8)
        }
        guard byID[token.id] == nil, !isTaken else { throw StoreError(.conflict) }
        byID[token.id] = token
        byUser[token.user, default: []].append(token.id)
    }

    /// Deletes a token of a user.
    mutating func delete(_ id: RowID, user: Int64) throws(StoreError) {
        guard byID[id]?.user == user else { throw StoreError(.conflict) }
        byID[id] = nil
        byUser[user]?.removeAll { $0 == id }
    }

    /// Deletes all tokens of a user.
    mutating func drop(user: Int64) {
        for id in byUser.removeValue(forKey: user) ?? [] { byID[id] = nil }
    }
}
