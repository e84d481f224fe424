import SignetStorage
import StoreSupport
import Synchronization

/// A store in memory that fails on demand.
final class FaultyStore: StoreWrapper {
    /// What may fail.
    enum Operation: Hashable, Sendable {
        case load, write, commit, user, namedToken, userSession, apiToken, changes
    }

    let base = MemoryStore()
    private let sizes = Mutex<[Int]>([])
    private let failures = Mutex<[Operation: (count: Int, reason: StoreError.Reason)]>([:])

    /// How many sessions each commit had so far.
    var commitSizes: [Int] { sizes.withLock { $0 } }

    /// Has the next `count` calls of `operation` throw.
    func fail(_ operation: Operation, _ reason: StoreError.Reason, times count: Int = 1) {
        failures.withLock { $0[operation] = (count, reason) }
    }

    private func check(_ operation: Operation) throws(StoreError) {
        let reason = failures.withLock { failures -> StoreError.Reason? in
            guard let failure = failures[operation], failure.count > 0 else { return nil }
            failures[operation] = (failure.count - 1, failure.reason)
            return failure.reason
        }
        if let reason { throw StoreError(reason) }
    }

    func load() async throws(StoreError) -> StoreContents {
        try check(.load)
        return try await base.load()
    }

    func write(_ mutations: [Mutation]) async throws(StoreError) {
        try check(.write)
        try await base.write(mutations)
    }

    func commit(_ batch: SessionBatch) async throws(StoreError) {
        try check(.commit)
        sizes.withLock { $0.append(batch.count) }
        try await base.commit(batch)
    }

    func user(_ key: UserKey) async throws(StoreError) -> UserRow? {
        try check(.user)
        return try await base.user(key)
    }

    func users(after id: Int64, limit: Int) async throws(StoreError) -> [UserRow] {
        try check(.user)
        return try await base.users(after: id, limit: limit)
    }

    func namedToken(_ id: RowID) async throws(StoreError) -> NamedTokenRow? {
        try check(.namedToken)
        return try await base.namedToken(id)
    }

    func namedTokens(user: Int64) async throws(StoreError) -> [NamedTokenRow] {
        try check(.namedToken)
        return try await base.namedTokens(user: user)
    }

    func userSession(_ id: RowID) async throws(StoreError) -> UserSessionRow? {
        try check(.userSession)
        return try await base.userSession(id)
    }

    func userSessions(
        user: Int64, realm: Realm
    ) async throws(StoreError) -> [UserSessionRow] {
        try check(.userSession)
        return try await base.userSessions(user: user, realm: realm)
    }

    func apiToken(_ id: RowID) async throws(StoreError) -> APITokenRow? {
        try check(.apiToken)
        return try await base.apiToken(id)
    }

    func mainAPIToken(user: Int64) async throws(StoreError) -> APITokenRow? {
        try check(.apiToken)
        return try await base.mainAPIToken(user: user)
    }

    func apiTokens(user: Int64) async throws(StoreError) -> [APITokenRow] {
        try check(.apiToken)
        return try await base.apiTokens(user: user)
    }

    func changes(after sequence: Int64) async throws(StoreError) -> [ChangeRow] {
        try check(.changes)
        return try await base.changes(after: sequence)
    }
}
