/// The statements that count sessions. The reader's.
final class CensusReader {
    private let newest: Statement
    private let sessions: Statement
    private let userSessions: Statement

    init(on connection: Connection) throws(StoreError) {
        newest = try Statement("SELECT coalesce(max(id), 0) FROM sessions", on: connection)
        // The times of a row count from `issued`, and that from the second in the id (SessionReader).
        sessions = try Statement(
            """
            SELECT count(*), coalesce(max(id), 0), coalesce(sum(
                max(auth_expires, refresh_expires) + issued + (id >> 16) / 1000 > ?4), 0)
            FROM (
                SELECT id, issued, auth_expires, refresh_expires FROM sessions
                WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3)
            """, on: connection)
        userSessions = try Statement(
            "SELECT id, realm, expires FROM user_sessions WHERE id > ?1 ORDER BY id LIMIT ?2",
            on: connection)
    }

    /// Goes on with a count by at most `limit` rows.
    ///
    /// - Parameter now: the Unix second.
    func step(
        _ census: inout SessionCensus, limit: Int, at now: Int64
    ) throws(StoreError) {
        switch census.place {
        case .sessions(let id, let last?):
            try countSessions(&census, after: id, through: last, limit, now)
        case .sessions(let id, nil):
            try countSessions(&census, after: id, through: try newestID(), limit, now)
        case .userSessions(let id):
            try countUserSessions(&census, after: id, limit, now)
        case .end: break
        }
    }

    private func newestID() throws(StoreError) -> Int64 {
        guard try newest.step() else { return 0 }
        defer { newest.reset() }
        return newest.integer(0)
    }

    private func countSessions(
        _ census: inout SessionCensus, after id: Int64, through last: Int64, _ limit: Int,
        _ now: Int64
    ) throws(StoreError) {
        try sessions.bind(id, at: 1)
        try sessions.bind(last, at: 2)
        try sessions.bind(Int64(limit), at: 3)
        try sessions.bind(now, at: 4)
        guard try sessions.step() else { return }
        defer { sessions.reset() }
        census.ofApps += Int(sessions.integer(2))
        let isEnd = sessions.integer(0) < limit
        census.place =
            isEnd
            ? .userSessions(after: nil) : .sessions(after: sessions.integer(1), through: last)
    }

    private func countUserSessions(
        _ census: inout SessionCensus, after id: RowID?, _ limit: Int, _ now: Int64
    ) throws(StoreError) {
        try userSessions.bind(id?.bytes ?? [], at: 1)
        try userSessions.bind(Int64(limit), at: 2)
        var (count, last) = (0, id)
        while try userSessions.step() {
            guard let id = RowID(bytes: userSessions.bytes(0)),
                let realm = Realm(rawValue: userSessions.integer(1))
            else { throw StoreError(.corrupt) }
            count += 1
            last = id
            if userSessions.integer(2) > now { census.ofUsers[realm, default: 0] += 1 }
        }
        census.place = count < limit ? .end : .userSessions(after: last)
    }
}
