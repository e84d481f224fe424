internal import Glibc
internal import Synchronization

/// A store that keeps nothing: everything is gone with the process. For tests, and for comparing
/// with servers that store nothing. No call ever suspends.
package final class MemoryStore: Store {
    private struct State {
        var tables = SmallTables()
        var changes: [ChangeRow] = []
        var lastChange: Int64 = 0
        var sessions = SessionChunks()
        var isClosed = false

        /// How many lines there may be before those are looked for that nobody needs.
        private var changesMax = 20_000

        mutating func log(_ mutation: Mutation, now: Int64) {
            guard let change = mutation.change(sequence: lastChange + 1) else { return }
            log(change, now: now)
        }

        /// - Parameter change: the next line.
        mutating func log(_ change: ChangeRow, now: Int64) {
            lastChange = change.sequence
            changes.append(change)
            guard changes.count > changesMax else { return }
            dropObsoleteChanges(now: now)
            changesMax = max(20_000, 2 * changes.count)
        }

        mutating func dropObsoleteChanges(now: Int64) {
            let newest = lastChange
            changes.removeAll { $0.isObsolete(now: now, newest: newest) }
        }
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> Int64

    /// Makes an empty store.
    ///
    /// - Parameter clock: the Unix second, for what expires.
    package init(clock: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }) {
        self.clock = clock
    }

    /// Nothing waits here, and nothing is committed.
    package var activity: StoreActivity { StoreActivity() }

    package func load() async throws(StoreError) -> StoreContents {
        try open { state in
            var contents = state.tables.contents
            contents.newestSession = state.sessions.newest
            contents.lastChange = state.lastChange
            return contents
        }
    }

    package func write(_ mutations: [Mutation]) async throws(StoreError) {
        let now = clock()
        try open { state throws(StoreError) in
            // On a copy, so that a mutation that fails leaves no trace of those before it.
            var changed = state.tables
            for mutation in mutations { try changed.apply(mutation) }
            let ended = changed.userSessions.takeEnded()
            state.tables = changed
            for session in ended {
                state.log(session.end(sequence: state.lastChange + 1, at: now), now: now)
            }
            for mutation in mutations {
                if case .endSession(let id, _, _) = mutation { state.sessions.end(id) }
                state.log(mutation, now: now)
            }
        }
    }

    package func commit(_ batch: SessionBatch) async throws(StoreError) {
        let now = clock()
        try open { state throws(StoreError) in
            guard !state.sessions.conflicts(with: batch) else { throw StoreError(.conflict) }
            batch.willCommit()
            for index in batch.entries.indices {
                let entry = batch.entries[index]
                switch entry.operation {
                case .insert: state.sessions.insert(entry, claims: batch.claims, now: now)
                case .renew:
                    if !state.sessions.renew(entry, bytes: batch.claims) { batch.didLose(index) }
                case .end:
                    state.sessions.end(entry.id)
                    let mutation = Mutation.endSession(
                        id: entry.id, app: entry.app, expires: entry.refreshExpires)
                    state.log(mutation, now: now)
                }
            }
        }
    }

    package func sessions(_ ids: [Int64]) async throws(StoreError) -> [SessionRow?] {
        try open { state in ids.map { state.sessions.row($0) } }
    }

    package func renewedSessions() async throws(StoreError) -> [RenewedSession] {
        try open { $0.sessions.renewedSessions }
    }

    package func sessions(
        app: Int64, subject: UInt64
    ) async throws(StoreError) -> [SessionRow] {
        try open { state in
            state.sessions.rows { $0.app == app && $0.subject == subject }
        }
    }

    package func count(
        _ census: SessionCensus, limit: Int, at now: Int64
    ) async throws(StoreError) -> SessionCensus {
        try open { state in
            var census = census
            switch census.place {
            case .sessions(let id, let last):
                let last = last ?? state.sessions.newest
                census.place = .userSessions(after: nil)
                let step = state.sessions.countLive(after: id, through: last, at: now)
                if let step {
                    census.ofApps += step.count
                    census.place = .sessions(after: step.last, through: last)
                }
            case .userSessions:
                census.ofUsers = state.tables.userSessions.countLive(at: now)
                census.place = .end
            case .end: break
            }
            return census
        }
    }

    package func user(_ key: UserKey) async throws(StoreError) -> UserRow? {
        try open { $0.tables.users.user(key) }
    }

    package func users(after id: Int64, limit: Int) async throws(StoreError) -> [UserRow] {
        try open { $0.tables.users.users(after: id, limit: limit) }
    }

    package func namedToken(_ id: RowID) async throws(StoreError) -> NamedTokenRow? {
        try open { $0.tables.namedTokens.token(id) }
    }

    package func namedTokens(user: Int64) async throws(StoreError) -> [NamedTokenRow] {
        try open { $0.tables.namedTokens.tokens(of: user) }
    }

    package func userSession(_ id: RowID) async throws(StoreError) -> UserSessionRow? {
        try open { $0.tables.userSessions.session(id) }
    }

    package func userSessions(
        user: Int64, realm: Realm
    ) async throws(StoreError) -> [UserSessionRow] {
        try open { $0.tables.userSessions.sessions(user: user, realm: realm) }
    }

    package func apiToken(_ id: RowID) async throws(StoreError) -> APITokenRow? {
        try open { $0.tables.apiTokens.token(id) }
    }

    package func mainAPIToken(user: Int64) async throws(StoreError) -> APITokenRow? {
        try open { $0.tables.apiTokens.mainToken(of: user) }
    }

    package func apiTokens(user: Int64) async throws(StoreError) -> [APITokenRow] {
        try open { $0.tables.apiTokens.tokens(of: user) }
    }

    package func mails(dueBy now: Int64, limit: Int) async throws(StoreError) -> [MailRow] {
        try open { $0.tables.mails.mails(dueBy: now, limit: limit) }
    }

    package func changes(after sequence: Int64) async throws(StoreError) -> [ChangeRow] {
        try open { state in state.changes.filter { $0.sequence > sequence } }
    }

    package func maintain() async throws(StoreError) {
        let now = clock()
        try open { state in
            var ended = EndedSessions(
                apps: Set(state.tables.apps.keys), lastApp: state.tables.lastAppNumber)
            for change in state.changes { ended.apply(change) }
            state.sessions.dropAll(now: now) { entry in
                ended.contains(
                    session: entry.id, app: entry.app,
                    subject: Int64(bitPattern: entry.subject))
            }
            state.tables.userSessions.dropExpired(at: now)
            state.dropObsoleteChanges(now: now)
        }
    }

    package func close() async {
        state.withLock { $0.isClosed = true }
    }

    private func open<Value: Sendable>(
        _ body: (inout State) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw StoreError(.closed) }
            return try body(&state)
        }
    }
}
