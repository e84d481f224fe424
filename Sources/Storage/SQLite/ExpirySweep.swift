/// Deletes what has expired or was ended, in small steps: a pass walks once along the time-ordered
/// sessions, then takes the users' sessions by expiry, then walks along the change log. The writer's; each step is a transaction of its own.
final class ExpirySweep {
    /// The rows that one step looks at.
    static let stepRows: Int64 = 500
    /// Passes begin at least so far apart, however much expires.
    static let pauseSeconds: Int64 = 60

    private enum State {
        case waiting
        /// Walking along the sessions, past `cursor`, up to `last`.
        case sessions(cursor: Int64, last: Int64)
        /// Taking the users' sessions that have expired.
        case userSessions
        /// Walking along the change log, past `cursor`.
        case changes(cursor: Int64)
    }

    private let connection: Connection
    private let next: Statement
    private let deleteUserSessions: Statement
    private let nextChanges: Statement
    private let deleteChange: Statement
    private var state: State = .waiting
    private var ended = EndedSessions()
    /// When the last pass began, so that the next one can wait.
    private var began: Int64 = .min
    /// No session expires before this Unix second, as far as is known. The past means: look.
    private var earliestExpiry: Int64 = .min
    /// Lines of the change log that were written since the last pass began.
    private var newChanges: Int64 = 0

    init(on connection: Connection) throws(StoreError) {
        self.connection = connection
        next = try Statement(
            """
            SELECT id, app, subject,
                issued + max(auth_expires, refresh_expires, coalesce(replaced_expires, 0))
            FROM sessions
            WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT \(Self.stepRows)
            """, on: connection)
        deleteUserSessions = try Statement(
            """
            DELETE FROM user_sessions WHERE id IN (
                SELECT id FROM user_sessions WHERE expires < ?1 LIMIT \(Self.stepRows))
            """, on: connection)
        nextChanges = try Statement(
            """
            SELECT sequence, kind, subject, app, through, expires FROM changes
            WHERE sequence > ?1 ORDER BY sequence LIMIT \(Self.stepRows)
            """, on: connection)
        deleteChange = try Statement("DELETE FROM changes WHERE sequence = ?1", on: connection)
    }

    /// True in the middle of a pass.
    var isWalking: Bool {
        if case .waiting = state { false } else { true }
    }

    /// True when there is a step to do: in the middle of a pass, or when the next one should begin.
    func isDue(now: Int64) -> Bool {
        if isWalking { return true }
        // A clock that was set back must not keep the sweep waiting.
        let isRested = began > now || now >= began.addingReportingOverflow(Self.pauseSeconds).0
        return isRested && earliestExpiry < now
    }

    /// Notes that a session expires at this Unix second.
    func sessionExpires(_ second: Int64) {
        earliestExpiry = min(earliestExpiry, second)
    }

    /// Has the next pass begin as soon as passes may: sessions were ended by the many.
    func lookSoon() {
        earliestExpiry = .min
    }

    /// Notes a new line of the change log. When so many are new that as many old ones are of no use,
    /// the next pass begins as soon as passes may, although nothing expires.
    func changeWasLogged() {
        newChanges += 1
        if newChanges >= ChangeRow.announcementsKept { lookSoon() }
    }

    /// Begins a pass from the start, whatever the time.
    func begin(now: Int64) throws(StoreError) {
        let last = try connection.integer("SELECT coalesce(max(id), 0) FROM sessions")
        ended = try EndedSessions(on: connection)
        began = now
        earliestExpiry = .max
        newChanges = 0
        state = .sessions(cursor: .min, last: last)
    }

    /// Does one step within the current transaction; begins a pass if none is under way.
    func step(now: Int64, writer: SessionWriter) throws(StoreError) {
        switch state {
        case .waiting:
            try begin(now: now)
        case .sessions(let cursor, let last):
            state = try walkSessions(past: cursor, last: last, now: now, writer: writer)
        case .userSessions:
            state = try dropUserSessions(now: now)
        case .changes(let cursor):
            state = try walkChanges(past: cursor, now: now)
        }
    }

    /// Notes that the transaction of the last step was rolled back: the pass begins again when it
    /// may.
    func didRollBack() {
        state = .waiting
        earliestExpiry = .min
    }

    private func walkSessions(
        past cursor: Int64, last: Int64, now: Int64, writer: SessionWriter
    ) throws(StoreError) -> State {
        try next.bind(cursor, at: 1)
        try next.bind(last, at: 2)
        var cursor = cursor
        var rows: Int64 = 0
        var over: [Int64] = []
        while try next.step() {
            cursor = next.integer(0)
            rows += 1
            let expires = next.integer(3) &+ SessionID.second(cursor)
            let isEnded = ended.contains(
                session: cursor, app: next.integer(1), subject: next.integer(2))
            if expires < now || isEnded {
                over.append(cursor)
            } else {
                earliestExpiry = min(earliestExpiry, expires)
            }
        }
        for id in over { try writer.delete(id) }
        return rows < Self.stepRows
            ? .userSessions : .sessions(cursor: cursor, last: last)
    }

    private func dropUserSessions(now: Int64) throws(StoreError) -> State {
        try deleteUserSessions.bind(now - UserSessionRow.clockSkewMax, at: 1)
        try deleteUserSessions.run()
        guard connection.changedRows < Self.stepRows else { return .userSessions }
        let earliest = try connection.integer(
            "SELECT coalesce(min(expires), \(UserSessionRow.never)) FROM user_sessions")
        let (due, isNever) = earliest.addingReportingOverflow(UserSessionRow.clockSkewMax)
        if !isNever { earliestExpiry = min(earliestExpiry, due) }
        return .changes(cursor: .min)
    }

    private func walkChanges(past cursor: Int64, now: Int64) throws(StoreError) -> State {
        let newest = try connection.integer("SELECT coalesce(max(sequence), 0) FROM changes")
        try nextChanges.bind(cursor, at: 1)
        var cursor = cursor
        var rows: Int64 = 0
        var obsolete: [Int64] = []
        while try nextChanges.step() {
            cursor = nextChanges.integer(0)
            rows += 1
            guard let kind = ChangeKind(rawValue: nextChanges.integer(1)) else { continue }
            let change = ChangeRow(
                sequence: cursor, kind: kind, subject: nextChanges.integer(2),
                app: nextChanges.integer(3), through: nextChanges.integer(4),
                expires: nextChanges.integer(5))
            if change.isObsolete(now: now, newest: newest) { obsolete.append(cursor) }
        }
        for sequence in obsolete {
            try deleteChange.bind(sequence, at: 1)
            try deleteChange.run()
        }
        return rows < Self.stepRows ? .waiting : .changes(cursor: cursor)
    }
}
