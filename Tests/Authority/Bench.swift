import SignetCrypto
import SignetStorage
import StoreSupport
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

/// A store in memory whose commits can be held, refused, and counted.
final class ObservedStore: StoreWrapper {
    private struct State {
        var holdsCommits = false
        var holdsWrites = false
        var holdsReads = false
        var held: [UnsafeContinuation<Void, Never>] = []
        var refusal: StoreError.Reason?
        var writeRefusal: StoreError.Reason?
        var batchSizes: [Int] = []
        var writes: [[Mutation]] = []
    }

    let base = MemoryStore()
    private let state = Mutex(State())

    /// How many sessions each commit had so far.
    var batchSizes: [Int] { state.withLock { $0.batchSizes } }
    /// Everything that was written to the small tables.
    var writes: [[Mutation]] { state.withLock { $0.writes } }
    /// How many commits and writes wait to be released.
    var heldCount: Int { state.withLock { $0.held.count } }

    func holdCommits() { state.withLock { $0.holdsCommits = true } }

    /// Holds what is written to the small tables.
    func holdWrites() { state.withLock { $0.holdsWrites = true } }

    /// Holds what was read of sessions.
    func holdReads() { state.withLock { $0.holdsReads = true } }

    func refuseCommits(_ reason: StoreError.Reason?) { state.withLock { $0.refusal = reason } }

    /// Refuses what is written to the small tables.
    func refuseWrites(_ reason: StoreError.Reason?) { state.withLock { $0.writeRefusal = reason } }

    /// Lets the commits and writes go on that wait, and holds no further ones unless `andHold`.
    func release(andHold: Bool = false) {
        let held = state.withLock { state in
            state.holdsCommits = andHold
            state.holdsWrites = false
            state.holdsReads = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func commit(_ batch: SessionBatch) async throws(StoreError) {
        let holds = state.withLock { state in
            state.batchSizes.append(batch.count)
            return state.holdsCommits
        }
        if holds { await hold() }
        if let reason = state.withLock({ $0.refusal }) { throw StoreError(reason) }
        try await base.commit(batch)
    }

    private func hold() async {
        await withUnsafeContinuation { continuation in
            state.withLock { $0.held.append(continuation) }
        }
    }

    func write(_ mutations: [Mutation]) async throws(StoreError) {
        if state.withLock({ $0.holdsWrites }) { await hold() }
        if let reason = state.withLock({ $0.writeRefusal }) { throw StoreError(reason) }
        try await base.write(mutations)
        state.withLock { $0.writes.append(mutations) }
    }

    func sessions(_ ids: [Int64]) async throws(StoreError) -> [SessionRow?] {
        let rows = try await base.sessions(ids)
        if state.withLock({ $0.holdsReads }) { await hold() }
        return rows
    }
}

/// Workers that work on the caller's thread, or not at all.
final class InlineWorkers: Workers {
    let count = 2
    let isFull = Mutex(false)
    let batchSizes = Mutex<[Int]>([])
    /// How many password hashes were made or compared.
    let hashCount = Mutex(0)
    /// Done while the next password hash is made, once.
    let duringHash = Mutex<(@Sendable () async -> Void)?>(nil)

    func run(_ batch: SignatureBatch) async throws(AuthorityError) {
        if isFull.withLock({ $0 }) { throw .overloaded }
        batchSizes.withLock { $0.append(batch.count) }
        // In two parts, as several workers share a batch.
        let middle = batch.count / 2
        batch.run(middle..<batch.count, worker: 1)
        batch.run(0..<middle, worker: 0)
    }

    func hash<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result {
        let result = try await run(work)
        hashCount.withLock { $0 += 1 }
        await duringHash.withLock { $0.take() }?()
        return result
    }

    func run<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result {
        if isFull.withLock({ $0 }) { throw .overloaded }
        return work()
    }
}

/// An authority on an executor that the test drives.
struct Bench {
    /// 2026-11-22 00:00:00 UTC in milliseconds.
    static let now: Int64 = 1_795_305_600_000

    let executor = ManualExecutor()
    let workers = InlineWorkers()
    let store: any Store
    let masterKey: MasterKey
    let authority: Authority

    /// - Parameter passwordCost: next to nothing unless given.
    init(
        _ store: any Store = MemoryStore(), masterKey: MasterKey = .generate(),
        passwordCost: PasswordHash.Cost = PasswordHash.Cost(memoryKiB: 8, iterations: 1)
    ) throws {
        self.store = store
        self.masterKey = masterKey
        let (workers, executor) = (workers, executor)
        authority = try executor.run {
            try await Authority(
                store: store, masterKey: masterKey, workers: workers, passwordCost: passwordCost,
                on: executor)
        }
    }

    func createApp(
        _ algorithm: Algorithm = .hs256, change: (inout App.Terms) -> Void = { _ in }
    ) throws -> Apps.Created {
        var terms = App.Terms(
            name: "shop", algorithm: algorithm, tokenExpire: 60, refreshExpire: 120,
            rotationPeriod: 3600)
        change(&terms)
        return try executor.run { [authority, terms] in
            try await authority.apps.create(terms, at: Self.now)
        }
    }

    func registry(shard: Int = 0, skew: Int64 = 0) -> SessionRegistry {
        authority.sessionRegistry(shard: shard, on: executor, clockSkewSeconds: skew)
    }

    /// Ends a round of the registry's loop: like the loop, once more for what the first turn
    /// brought.
    func endRound(_ registry: SessionRegistry) {
        for _ in 0..<2 {
            _ = executor.begin { await registry.endRound() }
            executor.runAll()
        }
    }

    /// Begins to issue a pair; it goes on when a round ends.
    func issue(
        _ registry: SessionRegistry, _ app: App, claims: String = #""sub":"a""#,
        at now: Int64 = Bench.now
    ) -> ManualExecutor.Work<Pair> {
        let work = executor.begin {
            let issuance = Issuance()
            issuance.claims = Array(claims.utf8)
            try await registry.issue(issuance, for: app, at: now)
            return Pair(issuance)
        }
        executor.runAll()
        return work
    }

    /// Issues a pair, to its end.
    func pair(
        _ registry: SessionRegistry, _ app: App, at now: Int64 = Bench.now
    ) throws -> Pair {
        let work = issue(registry, app, at: now)
        endRound(registry)
        guard let result = work.result else { throw ManualExecutor.Stuck() }
        return try result.get()
    }

    /// Verifies a token, to its end.
    func verify(
        _ token: String, _ registry: SessionRegistry, _ app: App, at now: Int64
    ) throws -> Bool {
        let work = executor.begin {
            let verification = Verification()
            Array(token.utf8).withUnsafeBytes { verification.setToken($0) }
            return try await registry.verify(verification, for: app, at: now)
        }
        executor.runAll()
        endRound(registry)
        guard let result = work.result else { throw ManualExecutor.Stuck() }
        return try result.get()
    }
}

/// The tokens of one issuance, copied.
struct Pair: Sendable {
    let auth: String
    let refresh: String
    let session: Int64

    init(_ issuance: Issuance) {
        auth = issuance.withAuthToken { String(decoding: $0, as: UTF8.self) }
        refresh = issuance.withRefreshToken { String(decoding: $0, as: UTF8.self) }
        session = issuance.session
    }
}

extension Bench {
    /// Makes a user with the password `<login>'s word`.
    func createUser(
        _ login: String, role: User.Role = .user, status: User.Status = .active
    ) throws -> User {
        try createUser(login, role: role, status: status, password: "\(login)'s word")
    }

    func createUser(
        _ login: String, role: User.Role = .user, status: User.Status = .active, password: String?
    ) throws -> User {
        let name = try #require(Login(login.utf8))
        let email = try #require(EmailAddress("\(login)@example.org".utf8))
        let outcome = try executor.run { [authority] in
            try await authority.accounts.create(
                Accounts.NewUser(login: name, email: email, role: role, status: status),
                password: password.map { Password(Array($0.utf8)) }, at: Self.now)
        }
        guard case .created(let user) = outcome else { throw ManualExecutor.Stuck() }
        return user
    }
}
