@testable import SignetStorage

/// A store of the tests' own around one in memory: what it does not do in its own way, that one does.
protocol StoreWrapper: Store {
    var base: MemoryStore { get }
}

extension StoreWrapper {
    func load() async throws(StoreError) -> StoreContents { try await base.load() }

    func write(_ mutations: [Mutation]) async throws(StoreError) { try await base.write(mutations) }

    func commit(_ batch: SessionBatch) async throws(StoreError) { try await base.commit(batch) }

    func sessions(_ ids: [Int64]) async throws(StoreError) -> [SessionRow?] {
        try await base.sessions(ids)
    }

    func renewedSessions() async throws(StoreError) -> [RenewedSession] {
        try await base.renewedSessions()
    }

    func sessions(app: Int64, subject: UInt64) async throws(StoreError) -> [SessionRow] {
        try await base.sessions(app: app, subject: subject)
    }

    func user(_ key: UserKey) async throws(StoreError) -> UserRow? { try await base.user(key) }

    func users(after id: Int64, limit: Int) async throws(StoreError) -> [UserRow] {
        try await base.users(after: id, limit: limit)
    }

    func namedToken(_ id: RowID) async throws(StoreError) -> NamedTokenRow? {
        try await base.namedToken(id)
    }

    func namedTokens(user: Int64) async throws(StoreError) -> [NamedTokenRow] {
        try await base.namedTokens(user: user)
    }

    func userSession(_ id: RowID) async throws(StoreError) -> UserSessionRow? {
        try await base.userSession(id)
    }

    func userSessions(user: Int64, realm: Realm) async throws(StoreError) -> [UserSessionRow] {
        try await base.userSessions(user: user, realm: realm)
    }

    func apiToken(_ id: RowID) async throws(StoreError) -> APITokenRow? {
        try await base.apiToken(id)
    }

    func mainAPIToken(user: Int64) async throws(StoreError) -> APITokenRow? {
        try await base.mainAPIToken(user: user)
    }

    func apiTokens(user: Int64) async throws(StoreError) -> [APITokenRow] {
        try await base.apiTokens(user: user)
    }

    func mails(dueBy now: Int64, limit: Int) async throws(StoreError) -> [MailRow] {
        try await base.mails(dueBy: now, limit: limit)
    }

    func changes(after sequence: Int64) async throws(StoreError) -> [ChangeRow] {
        try await base.changes(after: sequence)
    }

    func maintain() async throws(StoreError) { try await base.maintain() }

    func close() async { await base.close() }
}
