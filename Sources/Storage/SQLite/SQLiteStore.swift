internal import Glibc
internal import SignetCounts
internal import Synchronization

/// A store in one SQLite database with a write-ahead log.
///
/// One thread writes: whatever arrives while it commits is the next commit. Another one reads. The
/// caller is suspended once, and no event loop ever waits for the disk.
package final class SQLiteStore: Store {
    private let writer = Inbox<WriteRequest>()
    private let reader = Inbox<ReadRequest>()
    private let counters = WriterCounters()

    /// Opens the store in `folder`, which is made with mode 0700 if it is missing, and brings it to
    /// the current schema.
    ///
    /// - Parameters:
    ///   - role: a server takes the folder's lock; a visitor works beside it.
    ///   - subjectBatchRows: how many sessions the subject index keeps in memory before it merges.
    ///   - busyTimeoutMilliseconds: how long another process may keep the database from being written before a
    ///     commit throws `busy`; 5 seconds unless told.
    ///   - clock: the Unix second, for what expires.
    ///   - answering: runs what resumes the callers of a commit, all of them in one step.
    /// - Throws: `locked`, `newerSchema`, `serverOfOlderSchema`, `notSignet`, `damaged`, `cannotOpen` and what SQLite
    ///   meets.
    package init(
        folder: String, durability: Durability = .full, role: StoreRole = .server,
        subjectBatchRows: Int = 131_072, busyTimeoutMilliseconds: Int32? = nil,
        clock: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
        answering: @escaping @Sendable (() -> Void) -> Void = { $0() }
    ) throws(StoreError) {
        let place = try StoreFolder(path: folder, role: role)
        let tail = role == .server ? SubjectTail(batchLength: subjectBatchRows) : nil
        let writing = try Connection(
            path: place.databasePath,
            busyTimeoutMilliseconds: busyTimeoutMilliseconds
                ?? Connection.standardBusyTimeoutMilliseconds)
        // Before anything is written to it.
        if role == .server { try StartCheck.rows(writing) }
        try writing.configure(durability)
        try Self.migrate(writing, place)
        place.noteDatabase()
        let committer = try GroupCommitter(
            on: writing, tail: tail, counters: counters, clock: clock, answering: answering)
        let reading = try Connection(path: place.databasePath)
        let sessionReader = try SessionReader(on: reading, tail: tail)

        let openWriter = Handover(committer)
        let openReader = Handover(sessionReader)
        try StoreThread.start { [writer] in
            Self.runWriter(openWriter, writer, place, sweeps: role == .server)
        }
        do throws(StoreError) {
            try StoreThread.start { [reader] in Self.runReader(openReader, reader) }
        } catch {
            writer.close()
            throw error
        }
    }

    /// Brings the database to the current schema, but not under a server that works by an earlier one.
    private static func migrate(
        _ connection: Connection, _ place: StoreFolder
    ) throws(StoreError) {
        let found = try Migrations.version(connection)
        // What is not there yet serves nobody.
        guard found > 0, found < Migrations.current else { return try Migrations.run(connection) }
        do throws(StoreError) {
            try place.whileUnserved { () throws(StoreError) in try Migrations.run(connection) }
        } catch {
            guard error.reason == .locked else { throw error }
            // Unless it was just about to do it itself.
            guard try Migrations.version(connection) < Migrations.current else { return }
            throw StoreError(.serverOfOlderSchema(found: found, known: Migrations.current))
        }
    }

    /// A store that is dropped without `close()` still commits what is queued.
    deinit {
        writer.close()
        reader.close()
    }

    /// The number of transactions committed since the store was opened.
    package var commitCount: Int { counters.commits.load(ordering: .relaxed) }

    package var activity: StoreActivity {
        StoreActivity(
            commits: commitCount, sessionRows: counters.sessionRows.load(ordering: .relaxed),
            waitingWrites: writer.count, waitingReads: reader.count,
            failedCommits: counters.failedCommits.load(ordering: .relaxed),
            commitTimes: counters.times.reading, commitSizes: counters.sizes.reading)
    }

    package func load() async throws(StoreError) -> StoreContents {
        try await read { .load($0) }
    }

    package func write(_ mutations: [Mutation]) async throws(StoreError) {
        guard !mutations.isEmpty else { return }
        try await write(.mutations(mutations))
    }

    package func commit(_ batch: SessionBatch) async throws(StoreError) {
        guard !batch.isEmpty else { return }
        try await write(.sessions(batch))
    }

    package func sessions(_ ids: [Int64]) async throws(StoreError) -> [SessionRow?] {
        try await read { .rows(ids, $0) }
    }

    package func renewedSessions() async throws(StoreError) -> [RenewedSession] {
        try await read { .renewedSessions($0) }
    }

    package func sessions(
        app: Int64, subject: UInt64
    ) async throws(StoreError) -> [SessionRow] {
        try await read { .sessions(app: app, subject: subject, $0) }
    }

    package func count(
        _ census: SessionCensus, limit: Int, at now: Int64
    ) async throws(StoreError) -> SessionCensus {
        try await read { .census(census, limit: limit, at: now, $0) }
    }

    package func user(_ key: UserKey) async throws(StoreError) -> UserRow? {
        try await read { .user(key, $0) }
    }

    package func users(after id: Int64, limit: Int) async throws(StoreError) -> [UserRow] {
        try await read { .users(after: id, limit: limit, $0) }
    }

    package func namedToken(_ id: RowID) async throws(StoreError) -> NamedTokenRow? {
        try await read { .namedToken(id, $0) }
    }

    package func namedTokens(user: Int64) async throws(StoreError) -> [NamedTokenRow] {
        try await read { .namedTokens(user: user, $0) }
    }

    package func userSession(_ id: RowID) async throws(StoreError) -> UserSessionRow? {
        try await read { .userSession(id, $0) }
    }

    package func userSessions(
        user: Int64, realm: Realm
    ) async throws(StoreError) -> [UserSessionRow] {
        try await read { .userSessions(user: user, realm, $0) }
    }

    package func apiToken(_ id: RowID) async throws(StoreError) -> APITokenRow? {
        try await read { .apiToken(id, $0) }
    }

    package func mainAPIToken(user: Int64) async throws(StoreError) -> APITokenRow? {
        try await read { .mainAPIToken(user: user, $0) }
    }

    package func apiTokens(user: Int64) async throws(StoreError) -> [APITokenRow] {
        try await read { .apiTokens(user: user, $0) }
    }

    package func mails(dueBy now: Int64, limit: Int) async throws(StoreError) -> [MailRow] {
        try await read { .mails(dueBy: now, limit: limit, $0) }
    }

    package func changes(after sequence: Int64) async throws(StoreError) -> [ChangeRow] {
        try await read { .changes(after: sequence, $0) }
    }

    package func maintain() async throws(StoreError) {
        try await write(.maintenance)
    }

    package func close() async {
        await withUnsafeContinuation { done in
            // A second close finds the inbox closed, and the first one at work.
            if !reader.put(.close(done), isLast: true) { done.resume() }
        }
        _ = await withUnsafeContinuation { done in
            let request = WriteRequest(work: .close, done: done)
            if !writer.put(request, isLast: true) { done.resume(returning: nil) }
        }
    }

    private func write(_ work: WriteRequest.Work) async throws(StoreError) {
        let failure = await withUnsafeContinuation { done in
            if !writer.put(WriteRequest(work: work, done: done)) {
                done.resume(returning: StoreError(.closed))
            }
        }
        if let failure { throw failure }
    }

    private func read<Value: Sendable>(
        _ request: (ReadRequest.Answer<Value>) -> ReadRequest
    ) async throws(StoreError) -> Value {
        let result = await withUnsafeContinuation { (answer: ReadRequest.Answer<Value>) in
            if !reader.put(request(answer)) {
                answer.resume(returning: .failure(StoreError(.closed)))
            }
        }
        return try result.get()
    }
}

/// Something to be read, and where the answer goes.
private enum ReadRequest: Sendable {
    typealias Answer<Value> = UnsafeContinuation<Result<Value, StoreError>, Never>

    case load(Answer<StoreContents>)
    case rows([Int64], Answer<[SessionRow?]>)
    case renewedSessions(Answer<[RenewedSession]>)
    case sessions(app: Int64, subject: UInt64, Answer<[SessionRow]>)
    case census(SessionCensus, limit: Int, at: Int64, Answer<SessionCensus>)
    case user(UserKey, Answer<UserRow?>)
    case users(after: Int64, limit: Int, Answer<[UserRow]>)
    case namedToken(RowID, Answer<NamedTokenRow?>)
    case namedTokens(user: Int64, Answer<[NamedTokenRow]>)
    case userSession(RowID, Answer<UserSessionRow?>)
    case userSessions(user: Int64, Realm, Answer<[UserSessionRow]>)
    case apiToken(RowID, Answer<APITokenRow?>)
    case mainAPIToken(user: Int64, Answer<APITokenRow?>)
    case apiTokens(user: Int64, Answer<[APITokenRow]>)
    case mails(dueBy: Int64, limit: Int, Answer<[MailRow]>)
    case changes(after: Int64, Answer<[ChangeRow]>)
    case close(UnsafeContinuation<Void, Never>)
}

/// Hands something made on one thread over to another, which lets go of it when it chooses.
///
/// `@unchecked Sendable`: `take` is called once, by the thread that it was made for, after the
/// other has let go.
private final class Handover<Value: Sendable>: @unchecked Sendable {
    private var value: Value?

    init(_ value: Value) {
        self.value = value
    }

    func take() -> Value? {
        defer { value = nil }
        return value
    }
}

// MARK: - The two threads

extension SQLiteStore {
    /// How long the writer sleeps when nothing waits, so that it sees what has expired meanwhile.
    private static let restMilliseconds = 1_000
    /// The pause between two steps of work that can wait: half of the disk stays free at most.
    private static let idleMilliseconds = 10

    private static func runWriter(
        _ handover: Handover<GroupCommitter>, _ inbox: Inbox<WriteRequest>, _ place: StoreFolder,
        sweeps: Bool
    ) {
        var closing: [UnsafeContinuation<StoreError?, Never>] = []
        if let committer = handover.take() {
            closing = write(with: committer, from: inbox, sweeps: sweeps)
        }
        // The database is closed by now; the lock goes last, and then the caller may go on.
        place.unlock()
        for done in closing { done.resume(returning: nil) }
    }

    /// Runs until the inbox is closed and empty.
    ///
    /// - Returns: who waits for that.
    private static func write(
        with committer: GroupCommitter, from inbox: Inbox<WriteRequest>, sweeps: Bool
    ) -> [UnsafeContinuation<StoreError?, Never>] {
        var taken: [WriteRequest] = []
        var group: [WriteRequest] = []
        var maintenance: [WriteRequest] = []
        var closing: [UnsafeContinuation<StoreError?, Never>] = []
        var wait = restMilliseconds
        while inbox.take(into: &taken, waitingMilliseconds: wait) {
            for request in taken {
                switch request.work {
                case .sessions, .mutations: group.append(request)
                case .maintenance: maintenance.append(request)
                case .close: closing.append(request.done)
                }
            }
            let isIdle = taken.isEmpty
            taken.removeAll(keepingCapacity: true)
            if !group.isEmpty { committer.commit(group) }
            group.removeAll(keepingCapacity: true)
            for request in maintenance { request.done.resume(returning: maintain(committer)) }
            maintenance.removeAll(keepingCapacity: true)

            wait = restMilliseconds
            guard sweeps, committer.hasIdleWork else { continue }
            let didStep = isIdle || committer.sweepIsUrgent ? committer.idle() : true
            if didStep { wait = idleMilliseconds }
        }
        return closing
    }

    private static func maintain(_ committer: GroupCommitter) -> StoreError? {
        do throws(StoreError) {
            try committer.maintain()
            return nil
        } catch {
            return error
        }
    }

    private static func runReader(
        _ handover: Handover<SessionReader>, _ inbox: Inbox<ReadRequest>
    ) {
        var closing: [UnsafeContinuation<Void, Never>] = []
        if let reader = handover.take() { closing = read(with: reader, from: inbox) }
        for done in closing { done.resume() }
    }

    private static func read(
        with reader: SessionReader, from inbox: Inbox<ReadRequest>
    ) -> [UnsafeContinuation<Void, Never>] {
        var taken: [ReadRequest] = []
        var closing: [UnsafeContinuation<Void, Never>] = []
        while inbox.take(into: &taken, waitingMilliseconds: restMilliseconds) {
            for request in taken {
                switch request {
                case .load(let answer):
                    answer.resume(returning: result { () throws(StoreError) in try reader.load() })
                case .rows(let ids, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in try reader.sessions(ids) })
                case .renewedSessions(let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in try reader.renewedSessions() })
                case .sessions(let app, let subject, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.sessions(app: app, subject: subject)
                        })
                case .census(let census, let limit, let now, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            var census = census
                            try reader.census.step(&census, limit: limit, at: now)
                            return census
                        })
                case .user(let key, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in try reader.users.user(key) })
                case .users(let id, let limit, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.users.users(after: id, limit: limit)
                        })
                case .namedToken(let id, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.namedTokens.token(id)
                        })
                case .namedTokens(let user, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.namedTokens.tokens(of: user)
                        })
                case .userSession(let id, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.userSessions.session(id)
                        })
                case .userSessions(let user, let realm, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.userSessions.sessions(user: user, realm: realm)
                        })
                case .apiToken(let id, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.apiTokens.token(id)
                        })
                case .mainAPIToken(let user, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.apiTokens.mainToken(of: user)
                        })
                case .apiTokens(let user, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.apiTokens.tokens(of: user)
                        })
                case .mails(let time, let limit, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.mails.mails(dueBy: time, limit: limit)
                        })
                case .changes(let sequence, let answer):
                    answer.resume(
                        returning: result { () throws(StoreError) in
                            try reader.changes(after: sequence)
                        })
                case .close(let done):
                    closing.append(done)
                }
            }
            taken.removeAll(keepingCapacity: true)
        }
        return closing
    }

    private static func result<Value>(
        _ body: () throws(StoreError) -> Value
    ) -> Result<Value, StoreError> {
        Result { () throws(StoreError) in try body() }
    }
}

extension Connection {
    /// Sets what a connection of the store works by. Refuses a file that is not ours before it
    /// changes it.
    fileprivate func configure(_ durability: Durability) throws(StoreError) {
        try Migrations.refuseForeign(self)
        try execute("PRAGMA journal_mode = WAL")
        try execute("PRAGMA synchronous = \(durability == .full ? "FULL" : "NORMAL")")
        try execute("PRAGMA foreign_keys = ON")
        try execute("PRAGMA temp_store = MEMORY")
        // In KiB: the inner pages of the session and subject tables stay in memory, and the last ones, to
        // which all that is new goes.
        try execute("PRAGMA cache_size = -16384")
        try execute("PRAGMA journal_size_limit = 67108864")
    }
}
