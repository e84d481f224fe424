/// The sessions of users in memory, by the rules of the database.
struct UserSessions: Sendable {
    private var byID: [RowID: UserSessionRow] = [:]
    /// What was deleted since `takeEnded`, in order.
    private var ended: [UserSessionRow] = []

    /// The session with this id.
    func session(_ id: RowID) -> UserSessionRow? { byID[id] }

    /// The sessions of a user in a realm, oldest first.
    func sessions(user: Int64, realm: Realm) -> [UserSessionRow] {
        byID.values.filter { $0.user == user && $0.realm == realm }.sorted {
            ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low)
        }
    }

    /// Adds a session, whose user and app were looked at.
    mutating func insert(_ session: UserSessionRow) throws(StoreError) {
        guard byID[session.id] == nil else { throw StoreError(.conflict) }
        byID[session.id] = session
    }

    /// Deletes a session, if it is there.
    mutating func end(_ id: RowID) {
        if let session = byID.removeValue(forKey: id) { ended.append(session) }
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
        byID = byID.filter { $0.value.expires >= now }
    }
}
