package import SignetCounts

/// What a server reads when it starts.
package struct StoreContents: Sendable {
    /// Every app, by number.
    package var apps: [AppRow] = []
    /// Every key, by number.
    package var keys: [KeyRow] = []
    /// The named values of the whole server.
    package var properties: [String: [UInt8]] = [:]
    /// The highest session id, 0 if there is none. New ids must be higher.
    package var newestSession: Int64 = 0
    /// The highest number that an app ever had; the next one is higher.
    package var lastAppNumber: Int64 = 0
    /// The highest number that a key ever had; the next one is higher.
    package var lastKeyNumber: Int64 = 0
    /// The highest id that a user ever had; the next one is higher. The users are not in here: there
    /// may be millions.
    package var lastUserID: Int64 = 0
    /// The newest line of the change log that these contents include: follow it from here.
    package var lastChange: Int64 = 0

    /// Makes the contents of an empty store.
    package init() {}
}

/// What a store has done since it was opened, and what waits for it.
package struct StoreActivity: Sendable {
    /// Transactions committed.
    package var commits = 0
    /// Sessions of apps made, renewed and ended in them.
    package var sessionRows = 0
    /// Writes that wait for their commit: rounds of loops, or single changes.
    package var waitingWrites = 0
    package var waitingReads = 0
    /// Attempts to commit that failed.
    package var failedCommits = 0
    /// How long writes took, from when they were handed over until they were committed, in nanoseconds; each as often as
    /// it had sessions of apps, or once.
    package var commitTimes = Histogram.durations().reading
    /// What one commit wrote: sessions of apps and other changes.
    package var commitSizes = Histogram.sizes().reading
}

/// Where rows are kept. Any thread and any actor may call it.
///
/// What returned without an error is durable, as far as the store promises durability at all. What
/// threw has left no trace, with one exception that no store can rule out: after `inputOutput` the
/// rows may turn up again when the machine restarts. They were never told as done.
package protocol Store: Sendable {
    /// From any thread, without waiting for the disk.
    var activity: StoreActivity { get }

    /// Reads the small tables whole, as of one moment.
    func load() async throws(StoreError) -> StoreContents

    /// Applies all of the mutations, or none of them.
    func write(_ mutations: [Mutation]) async throws(StoreError)

    /// Applies all entries of the batch, or none of them. Many batches share one commit.
    func commit(_ batch: SessionBatch) async throws(StoreError)

    /// The sessions with these ids, in their order; nil for each that there is none of.
    ///
    /// A row may outlive its session for a while: the caller looks at its times, and at what was
    /// ended by app or by subject.
    func sessions(_ ids: [Int64]) async throws(StoreError) -> [SessionRow?]

    /// The sessions that were renewed and have replaced tokens that may not have expired.
    func renewedSessions() async throws(StoreError) -> [RenewedSession]

    /// The sessions of a subject, oldest first; like `sessions(_:)`, some may be over already.
    func sessions(app: Int64, subject: UInt64) async throws(StoreError) -> [SessionRow]

    /// A count of the sessions, gone on with by about `limit` of them.
    ///
    /// - Parameter now: the Unix second.
    func count(
        _ census: SessionCensus, limit: Int, at now: Int64
    ) async throws(StoreError) -> SessionCensus

    /// The user with this key; nil when there is none.
    func user(_ key: UserKey) async throws(StoreError) -> UserRow?

    /// Up to `limit` users with higher ids than `id`, in the order of their ids.
    func users(after id: Int64, limit: Int) async throws(StoreError) -> [UserRow]

    /// The named token with this id; nil when there is none.
    func namedToken(_ id: RowID) async throws(StoreError) -> NamedTokenRow?

    /// The named tokens of a user, in the order in which they were added.
    func namedTokens(user: Int64) async throws(StoreError) -> [NamedTokenRow]

    /// The session of a user with this id; nil when there is none. Like an app's, it may outlive its
    /// time for a while.
    func userSession(_ id: RowID) async throws(StoreError) -> UserSessionRow?

    /// The sessions of a user in a realm, oldest first; like `userSession`, some may be over already.
    func userSessions(user: Int64, realm: Realm) async throws(StoreError) -> [UserSessionRow]

    /// The API token with this id; nil when there is none.
    func apiToken(_ id: RowID) async throws(StoreError) -> APITokenRow?

    /// The main API token of a user; nil when there is none.
    func mainAPIToken(user: Int64) async throws(StoreError) -> APITokenRow?

    /// The API tokens of a user, in the order in which they were added.
    func apiTokens(user: Int64) async throws(StoreError) -> [APITokenRow]

    /// Up to `limit` mails that wait and are due at a time, in Unix milliseconds, those first that have
    /// been so for longest.
    func mails(dueBy now: Int64, limit: Int) async throws(StoreError) -> [MailRow]

    /// The lines of the change log after a sequence, oldest first. All that are in force: after 0.
    func changes(after sequence: Int64) async throws(StoreError) -> [ChangeRow]

    /// Does at once the housekeeping that otherwise goes on in small steps: deletes what has
    /// expired or was ended.
    func maintain() async throws(StoreError)

    /// Commits what is queued and closes the store; whatever comes later throws `closed`.
    func close() async
}

extension Store {
    /// The session with this id; nil when there is none. As `sessions(_:)`.
    package func session(_ id: Int64) async throws(StoreError) -> SessionRow? {
        try await sessions([id])[0]
    }
}
