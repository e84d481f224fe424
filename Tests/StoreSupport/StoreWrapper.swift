package import SignetStorage

/// A store of the tests' own around one in memory: what it does not do in its own way, that one does.
package protocol StoreWrapper: Store {
    var base: MemoryStore { get }
}

extension StoreWrapper {
    package var activity: StoreActivity { base.activity }

    package func load() async throws(StoreError) -> StoreContents { try await base.load() }

    package func write(_ mutations: [Mutation]) async throws(StoreError) {
        try await base.write(mutations)
    }

    package func commit(_ batch: SessionBatch) async throws(StoreError) {
        try await base.commit(batch)
    }

    package func sessions(_ ids: [Int64]) async throws(StoreError) -> [SessionRow?] {
        try await base.sessions(ids)
    }

    package func renewedSessions() async throws(StoreError) -> [RenewedSession] {
        try await base.renewedSessions()
    }

    package func sessions(app: Int64, subject: UInt64) async throws(StoreError) -> [SessionRow] {
        try await base.sessions(app: app, subject: subject)
    }

    package func count(
        _ census: SessionCensus, limit: Int, at now: Int64
    ) async throws(StoreError) -> SessionCensus {
        try await base.count(census, limit: limit, at: now)
    }

    package func user(_ key: UserKey) async throws(StoreError) -> UserRow? {
        try await base.user(key)
    }

    package func users(after id: Int64, limit: Int) async throws(StoreError) -> [UserRow] {
        try await base.users(after: id, limit: limit)
    }

    package func namedToken(_ id: RowID) async throws(StoreError) -> NamedTokenRow? {
        try await base.namedToken(id)
    }

    package func namedTokens(user: Int64) async throws(StoreError) -> [NamedTokenRow] {
        try await base.namedTokens(user: user)
    }

    package func userSession(_ id: RowID) async throws(StoreError) -> UserSessionRow? {
        try await base.userSession(id)
    }

    package func userSessions(user: Int64, realm: Realm) async throws(StoreError)
        -> [UserSessionRow]
    {
        try await base.userSessions(user: user, realm: realm)
    }

    package func apiToken(_ id: RowID) async throws(StoreError) -> APITokenRow? {
        try await base.apiToken(id)
    }

    package func mainAPIToken(user: Int64) async throws(StoreError) -> APITokenRow? {
        try await base.mainAPIToken(user: user)
    }

    package func apiTokens(user: Int64) async throws(StoreError) -> [APITokenRow] {
        try await base.apiTokens(user: user)
    }

    package func mails(dueBy now: Int64, limit: Int) async throws(StoreError) -> [MailRow] {
        try await base.mails(dueBy: now, limit: limit)
    }

    package func changes(after sequence: Int64) async throws(StoreError) -> [ChangeRow] {
        try await base.changes(after: sequence)
    }

    package func maintain() async throws(StoreError) { try await base.maintain() }

    package func close() async { await base.close() }
}
