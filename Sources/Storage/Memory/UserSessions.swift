/// The sessions of users in memory, by the rules of the database.
struct UserSessions: Sendable {
    private var byID: [RowID: UserSessionRow] = [:]
    private var byUser: [Int64: Set<RowID>] = [:]
    /// What was deleted since `takeEnded`, in order.
    private var ended: [UserSessionRow] = []

    /// The session with this id.
    func session(_ id: RowID) -> UserSessionRow? { byID[id] }

    /// The sessions of a user in a realm, oldest first.
    func sessions(user: Int64, realm: Realm) -> [UserSessionRow] {
        (byUser[user] ?? []).compactMap { byID[$0] }.filter { $0.realm == realm }.sorted {
            ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low)
        }
    }

    /// How many there are whose time is not over, by realm.
    ///
    /// - Parameter now: the Unix second.
    func countLive(at now: Int64) -> [Realm: Int] {
        var counts: [Realm: Int] = [:]
        for session in byID.values where session.expires > now {
            counts[session.realm, default: 0] += 1
        }
        return counts
    }

    /// Adds a session, whose user and app were looked at.
    mutating func insert(_ session: UserSessionRow) throws(StoreError) {
        guard byID[session.id] == nil else { throw StoreError(.conflict) }
        byID[session.id] = session
        if let user = session.user { byUser[user, default: []].insert(session.id) }
    }

    /// Deletes a session, if it is there.
    mutating func end(_ id: RowID) {
        if let session = remove(id) { ended.append(session) }
    }

    /// Deletes the oldest sessions of a user in a realm, beyond the newest `count`.
    mutating func endOldest(of user: Int64, in realm: Realm, keeping count: Int) {
        // Most users have few in all realms together: then nothing is sorted.
        guard byUser[user]?.count ?? 0 > count else { return }
        for session in sessions(user: user, realm: realm).dropLast(count) { end(session.id) }
    }

    /// Deletes the sessions for which `isOver` holds.
    mutating func end(where isOver: (UserSessionRow) -> Bool) {
        for session in byID.values where isOver(session) { end(session.id) }
    }

    /// What was deleted since the last call.
    mutating func takeEnded() -> [UserSessionRow] {
        defer { ended = [] }
        return ended
    }

    /// Deletes what had expired at the Unix second `now`, which nobody is told of.
    mutating func dropExpired(at now: Int64) {
        let latest = now - UserSessionRow.clockSkewMax
        for session in byID.values where session.expires < latest { _ = remove(session.id) }
    }

    private mutating func remove(_ id: RowID) -> UserSessionRow? {
        guard let session = byID.removeValue(forKey: id) else { return nil }
        guard let user = session.user else { return session }
        byUser[user]?.remove(id)
        if byUser[user]?.isEmpty ?? false { byUser[user] = nil }
        return session
    }
}
