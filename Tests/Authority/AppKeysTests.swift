import SignetCrypto
import SignetStorage
import StoreSupport
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

@Suite("Keys of apps: what is done to them")
struct AppKeysTests {
    /// The terms of these tests: an hour's period, of which a next key is published for 15 minutes,
    /// and tokens that live for two minutes.
    private static let period: Int64 = 3600
    private static let published: Int64 = 900
    private static let life: Int64 = 120 + 600

    private let store = UnsteadyStore()
    private let bench: Bench

    init() throws {
        bench = try Bench(store)
    }

    /// The keys of an app as everybody sees them, oldest first.
    private func keys(_ app: App, _ bench: Bench? = nil) -> [RealmKey] {
        (bench ?? self.bench).authority.keyRing.keys.current.keys(app: app.number)
    }

    private func phases(_ app: App, _ bench: Bench? = nil) -> [String] {
        keys(app, bench).map(\.phaseName)
    }

    private func current(_ app: App, _ bench: Bench? = nil) throws -> App {
        try #require((bench ?? self.bench).authority.apps.directory.current.app(app.id))
    }

    /// One pass, `seconds` after the bench's beginning.
    @discardableResult
    private func pass(
        _ seconds: Int64, _ bench: Bench? = nil
    ) throws -> [Apps.KeyNews.Event] {
        let bench = bench ?? self.bench
        return try bench.executor.run { [authority = bench.authority] in
            try await authority.apps.rotateDueKeys(at: Bench.now + seconds * 1000).map(\.event)
        }
    }

    @discardableResult
    private func revoke(
        _ id: ULID, _ app: App, _ bench: Bench? = nil, after seconds: Int64 = 0
    ) throws -> Bool {
        let bench = bench ?? self.bench
        return try bench.executor.run { [authority = bench.authority] in
            try await authority.apps.revokeKey(id, of: app, at: Bench.now + seconds * 1000)
        }
    }

    private func rotateAll(
        _ app: App, through session: Int64 = Bench.now << 16 | 0xFFFF
    ) throws -> RealmKey {
        try bench.executor.run { [authority = bench.authority] in
            try await authority.apps.rotateKeys(
                of: app, endingSessionsThrough: session, at: Bench.now)
        }
    }

    private func importKey(
        _ key: PrivateKey, id: ULID? = nil, _ app: App
    ) throws -> Apps.KeyImport {
        try bench.executor.run { [authority = bench.authority] in
            try await authority.apps.importKey(key, id: id, into: app, at: Bench.now)
        }
    }

    private func publishNext(
        _ app: App, _ bench: Bench? = nil, after seconds: Int64 = 0
    ) throws -> (key: RealmKey, signsFrom: Int64) {
        let bench = bench ?? self.bench
        return try bench.executor.run { [authority = bench.authority] in
            try await authority.apps.publishNextKey(of: app, at: Bench.now + seconds * 1000)
        }
    }

    /// All keys as the store has them.
    private func stored() throws -> [KeyRow] {
        try bench.executor.run { [store] in try await store.load().keys }
    }

    private func isSigned(_ pair: Pair, by key: RealmKey) -> Bool {
        let header = String(decoding: key.headerSegment, as: UTF8.self)
        return pair.auth.hasPrefix(header) && pair.refresh.hasPrefix(header)
    }

    /// The state after a restart: the same store and master key.
    private func restarted() throws -> Bench { try Bench(store, masterKey: bench.masterKey) }

    // MARK: By themselves

    @Test(
        "are published, sign, verify and go at their times, with a restart in every phase",
        arguments: [false, true])
    func life(restarts: Bool) throws {
        var bench = bench
        let app = try bench.createApp(.es256).app
        let start = Bench.now / 1000
        var registry = bench.registry()
        func restart() throws {
            guard restarts else { return }
            bench = try restarted()
            registry = bench.registry()
        }
        let first = try #require(keys(app, bench).first)
        let early = try bench.pair(registry, app)
        let due = Self.period - Self.published
        #expect(try pass(due - 1, bench).isEmpty)
        #expect(phases(app, bench) == ["active"])

        // One pass makes the key, the next one publishes it, with its own time.
        #expect(try pass(due, bench).isEmpty)
        #expect(try pass(due + 5, bench) == [.published])
        try restart()
        #expect(phases(app, bench) == ["active", "next"])
        #expect(keys(app, bench).map(\.published) == [start, start + due + 5])
        let signsFrom = due + 5 + Self.published
        #expect(keys(app, bench).map(\.activated) == [start, start + signsFrom])
        #expect(try current(app, bench).lastKeyRotation == 0)
        let next = try #require(keys(app, bench).last)

        let last = try bench.pair(registry, app, at: Bench.now + (signsFrom - 1) * 1000)
        #expect(isSigned(last, by: first))
        #expect(try pass(signsFrom - 1, bench).isEmpty)
        #expect(try pass(signsFrom, bench) == [.signs])
        try restart()
        #expect(phases(app, bench) == ["verifying", "active"])
        #expect(try current(app, bench).lastKeyRotation == start + signsFrom)
        let new = try bench.pair(registry, app, at: Bench.now + signsFrom * 1000)
        #expect(isSigned(new, by: next))
        for token in [last.auth, new.auth, new.refresh] {
            #expect(try bench.verify(token, registry, app, at: Bench.now + signsFrom * 1000))
        }
        #expect(!(try bench.verify(early.auth, registry, app, at: Bench.now + signsFrom * 1000)))

        #expect(try pass(signsFrom + Self.life - 1, bench).isEmpty)
        let end = Bench.now + (signsFrom + 118) * 1000
        #expect(try bench.verify(last.refresh, registry, app, at: end))
        #expect(try pass(signsFrom + Self.life, bench) == [.dropped])
        try restart()
        #expect(phases(app, bench) == ["active"])
        #expect(keys(app, bench).map(\.id) == [next.id])
        #expect(try stored().count == 1)
    }

    @Test("stay as they are while the store fails, and are not made anew for each attempt")
    func failingStore() throws {
        let app = try bench.createApp().app
        let due = Self.period - Self.published
        var moment = due
        try pass(moment)
        let spare = try bench.executor.run { [ring = bench.authority.keyRing] in
            await ring.spares[app.number]?.id
        }
        let id = ULID(try #require(spare))
        for event in [Apps.KeyNews.Event.published, .signs, .dropped] {
            let before = keys(app).map(\.row)
            store.refuseWrites(.inputOutput)
            for _ in 0..<3 {
                #expect(throws: AuthorityError.storeUnavailable) { try pass(moment) }
                #expect(keys(app).map(\.row) == before)
            }
            store.refuseWrites(nil)
            #expect(try pass(moment) == [event])
            moment += event == .published ? Self.published : Self.life
        }
        #expect(keys(app).map(\.id) == [id])
        _ = try bench.pair(bench.registry(), app)
    }

    @Test("are in force as written even when the store can't be read back")
    func unreadableStore() throws {
        let app = try bench.createApp().app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        store.refuseLoads(.inputOutput)
        let key = try rotateAll(app)
        #expect(phases(app) == ["revoked", "active"])
        #expect(try current(app).lastKeyRotation == Bench.now / 1000)
        #expect(!(try bench.verify(pair.auth, registry, app, at: Bench.now)))
        #expect(isSigned(try bench.pair(registry, app), by: key))
        #expect(try pass(Self.life) == [.dropped])
        #expect(phases(app) == ["active"])
    }

    @Test("are made one at a time, RSA keys one a pass, and stop nobody when the workers are full")
    func making() throws {
        let apps = try [Algorithm.rs256, .rs256, .es256].map { algorithm in
            try bench.createApp(algorithm).app
        }
        let due = Self.period - Self.published
        bench.workers.isFull.withLock { $0 = true }
        #expect(throws: AuthorityError.overloaded) { try pass(due) }
        bench.workers.isFull.withLock { $0 = false }
        #expect(try pass(due).isEmpty)
        #expect(try pass(due) == [.published])
        #expect(phases(apps[0]) == ["active", "next"])
        #expect(phases(apps[1]) == ["active"])
        #expect(try pass(due) == [.published])
        #expect(try pass(due) == [.published])
        #expect(apps.map { phases($0) } == Array(repeating: ["active", "next"], count: 3))
        #expect(try pass(due).isEmpty)
    }

    @Test("are never doubled by two processes that rotate at once")
    func twoServers() throws {
        let app = try bench.createApp().app
        let other = try restarted()
        for seconds in stride(from: Int64(0), to: 40_000, by: 60) {
            try pass(seconds)
            try pass(seconds, other)
            let rows = try stored()
            #expect(rows.count { $0.phase == .active } == 1)
            #expect(rows.count { $0.phase == .next } <= 1)
        }
        #expect(keys(app).map(\.number).max() ?? 0 >= 10)
    }

    @Test("that were revoked by another process a moment ago are not brought back")
    func race() throws {
        let created = try bench.createApp()
        let (app, key) = (created.app, created.signingKey)
        try pass(Self.period - Self.published)
        try pass(Self.period - Self.published)
        let other = try restarted()
        // The server has decided that the key is replaced, and is about to write it.
        store.beforeWrite { [other] in
            _ = try? self.revoke(key.id, app, other, after: Self.period)
        }
        #expect(try pass(Self.period).isEmpty)
        #expect(phases(app) == ["revoked", "active"])
        #expect(try pass(Self.period + 1).isEmpty)
        #expect(phases(app) == ["revoked", "active"])
    }

    @Test("of a deleted app are forgotten, and so is what was made ahead for it")
    func deletedApp() throws {
        let app = try bench.createApp().app
        try pass(Self.period - Self.published)
        try bench.executor.run { [store, authority = bench.authority] in
            try await store.write([.deleteApp(number: app.number)])
            try await authority.apps.followChanges()
        }
        #expect(try pass(Self.period).isEmpty)
        let spares = try bench.executor.run { [ring = bench.authority.keyRing] in
            await ring.spares
        }
        #expect(spares.isEmpty)
        #expect(keys(app).isEmpty)
    }

    @Test("verify for as long as tokens of earlier terms live")
    func shortenedTerms() throws {
        let app = try bench.createApp { $0.refreshExpire = 31_536_000 }.app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        for seconds in [Int64(5), 7] {
            var terms = app.terms
            terms.refreshExpire = 60 + seconds
            let isChanged = try bench.executor.run { [authority = bench.authority, terms] in
                try await authority.apps.update(app, terms, at: Bench.now + seconds * 1000)
            }
            #expect(isChanged)
        }
        let changed = try current(app)
        #expect(changed.terms.refreshExpire == 67)
        #expect(keys(app).first?.row.expires == Bench.now / 1000 + 5 + 31_536_000 + 600)
        let due = Self.period - Self.published
        for moment in [due, due, Self.period] { try pass(moment) }
        #expect(phases(app) == ["verifying", "active"])
        try pass(31_535_000)
        let late = Bench.now + 31_535_000 * 1000
        #expect(try bench.verify(pair.refresh, registry, changed, at: late))
        #expect(keys(app).contains { $0.phaseName == "verifying" && $0.number == 1 })
        try pass(5 + 31_536_000 + 599)
        #expect(keys(app).contains { $0.number == 1 })
        try pass(5 + 31_536_000 + 600)
        #expect(!keys(app).contains { $0.number == 1 })
    }

    @Test("are looked at again when another process moves them while the terms change")
    func changedBeside() throws {
        let app = try bench.createApp { $0.refreshExpire = 31_536_000 }.app
        let first = try #require(keys(app).first).id
        let other = try restarted()
        store.beforeWrite { [other] in _ = try? self.revoke(first, app, other) }
        var terms = app.terms
        terms.refreshExpire = 60
        let isChanged = try bench.executor.run { [authority = bench.authority, terms] in
            try await authority.apps.update(app, terms, at: Bench.now)
        }
        #expect(isChanged)
        #expect(phases(app) == ["revoked", "active"])
        #expect(keys(app).last?.row.expires == Bench.now / 1000 + 31_536_000 + 600)
        #expect(try current(app).terms.refreshExpire == 60)
    }

    // MARK: By their owner

    @Test("all die in an emergency, in one write, and a new one signs")
    func emergency() throws {
        let app = try bench.createApp(.es256).app
        let other = try bench.createApp(.es256).app
        let registry = bench.registry()
        let due = Self.period - Self.published
        for moment in [due, due, Self.period, 2 * Self.period, 2 * Self.period] {
            try pass(moment)
        }
        #expect(phases(app).contains("next") && phases(app).contains("active"))
        let pair = try bench.pair(registry, app)
        let count = keys(app).count
        let through = Sessions([registry], own: 0, of: bench.authority).newestID(at: Bench.now)
        let key = try rotateAll(app, through: through)
        #expect(bench.authority.ended.isEnded(session: pair.session, app: app.number))
        #expect(phases(app) == Array(repeating: "revoked", count: count) + ["active"])
        #expect(keys(app).last?.id == key.id)
        #expect(!(try bench.verify(pair.auth, registry, app, at: Bench.now)))
        #expect(!(try bench.verify(pair.refresh, registry, app, at: Bench.now)))
        let new = try bench.pair(registry, app)
        #expect(isSigned(new, by: key))
        #expect(try bench.verify(new.auth, registry, app, at: Bench.now))
        #expect(!bench.authority.ended.isEnded(session: new.session, app: app.number))
        #expect(try current(app).lastKeyRotation == Bench.now / 1000)
        #expect(phases(other).contains("active") && !phases(other).contains("revoked"))

        let last = try #require(store.writes.last)
        #expect(last.count == count + 3)
        guard case .endSessions(app.number, through, let expires) = last.last else {
            Issue.record("no sessions ended")
            return
        }
        #expect(expires == keys(app).dropLast().map(\.row.expires).max())
        #expect(try phases(app, restarted()) == phases(app))
    }

    @Test("leave everything as it was when an emergency can't be stored")
    func failedEmergency() throws {
        let app = try bench.createApp().app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        store.refuseWrites(.diskFull)
        #expect(throws: AuthorityError.storeUnavailable) { try rotateAll(app) }
        let id = try #require(keys(app).first).id
        #expect(throws: AuthorityError.storeUnavailable) { try revoke(id, app) }
        #expect(phases(app) == ["active"])
        #expect(try bench.verify(pair.auth, registry, app, at: Bench.now))
    }

    @Test("that sign are replaced when they are revoked: by the next key at once, or a new one")
    func revokeActive() throws {
        let app = try bench.createApp(.es256).app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        let first = try #require(keys(app).first)
        #expect(try revoke(first.id, app, after: 7))
        #expect(phases(app) == ["revoked", "active"])
        #expect(try current(app).lastKeyRotation == Bench.now / 1000 + 7)
        #expect(!(try bench.verify(pair.auth, registry, app, at: Bench.now)))

        let next = try publishNext(app).key
        let second = try #require(keys(app).first { $0.isActive })
        #expect(try revoke(second.id, app))
        #expect(phases(app) == ["revoked", "revoked", "active"])
        #expect(isSigned(try bench.pair(registry, app), by: next))
        // They are listed until the last token would have expired, and go then.
        #expect(try pass(Self.life + 6).isEmpty)
        #expect(try pass(Self.life + 7) == [.dropped, .dropped])
        #expect(phases(app) == ["active"])
    }

    @Test("that do not sign are revoked without any change to the one that does")
    func revokeOthers() throws {
        let created = try bench.createApp()
        let app = created.app
        let next = try publishNext(app).key
        #expect(try revoke(next.id, app))
        #expect(phases(app) == ["active", "revoked"])
        let imported = try importKey(PrivateKey.generate(.hs256), app)
        guard case .imported(let key) = imported else { throw UnexpectedImport() }
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        #expect(try revoke(created.signingKey.id, app))
        #expect(phases(app) == ["revoked", "revoked", "active"])
        #expect(keys(app).last?.id == key.id)
        #expect(try bench.verify(pair.auth, registry, app, at: Bench.now))
    }

    @Test("that are unknown, of another app or revoked already are not revoked")
    func revokeNothing() throws {
        let app = try bench.createApp().app
        let other = try bench.createApp()
        let count = store.writes.count
        #expect(!(try revoke(ULID(high: 1, low: 1), app)))
        #expect(!(try revoke(other.signingKey.id, app)))
        #expect(store.writes.count == count)
        let id = try #require(keys(app).first).id
        #expect(try revoke(id, app))
        #expect(!(try revoke(id, app)))
        #expect(store.writes.count == count + 1)
        #expect(phases(other.app) == ["active"])
        #expect(try current(other.app).lastKeyRotation == 0)
    }

    @Test("are rotated ahead of time by their owner, but not before they were published")
    func publishNext() throws {
        let app = try bench.createApp().app
        let next = try publishNext(app, after: 10)
        #expect(next.signsFrom == Bench.now / 1000 + 10 + Self.published)
        #expect(phases(app) == ["active", "next"])
        // Asked again, it is the same key and time.
        let again = try publishNext(app, after: 20)
        #expect(again.key.id == next.key.id)
        #expect(again.signsFrom == next.signsFrom)
        #expect(try pass(9 + Self.published).isEmpty)
        #expect(try pass(10 + Self.published) == [.signs])
        #expect(phases(app) == ["verifying", "active"])
    }

    @Test("made by a command are followed by the server, whose turn it is then")
    func beside() throws {
        let app = try bench.createApp(.es256).app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        let tool = try restarted()
        let next = try publishNext(app, tool)
        func follow() throws {
            try bench.executor.run { [authority = bench.authority] in
                try await authority.apps.followChanges()
            }
        }
        try follow()
        #expect(phases(app) == ["active", "next"])
        #expect(try pass(Self.published) == [.signs])
        #expect(try bench.verify(pair.auth, registry, app, at: Bench.now))
        let first = try #require(keys(app).first).id
        #expect(try revoke(first, app, tool))
        try follow()
        #expect(!(try bench.verify(pair.auth, registry, app, at: Bench.now)))
        #expect(isSigned(try bench.pair(registry, app), by: next.key))
    }

    // MARK: From outside

    @Test("from outside sign at once, and those before them verify", arguments: [false, true])
    func imported(keepsID: Bool) throws {
        let app = try bench.createApp(.es256).app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        _ = try publishNext(app)
        let own = try PrivateKey.generate(.es256)
        let id = keepsID ? ULID(high: 7, low: 9) : nil
        guard case .imported(let key) = try importKey(own, id: id, app) else {
            throw UnexpectedImport()
        }
        if let id { #expect(key.id == id) }
        #expect(phases(app) == ["verifying", "next", "active"])
        #expect(try current(app).lastKeyRotation == Bench.now / 1000)
        let new = try bench.pair(registry, app)
        #expect(isSigned(new, by: key))
        for token in [pair.auth, new.auth] {
            #expect(try bench.verify(token, registry, app, at: Bench.now))
        }
        // The next key, which was due soon, leaves it a whole period.
        #expect(try pass(Self.period - 1) == [.dropped])
        #expect(try pass(Self.period) == [.signs])
        #expect(try phases(app, restarted()) == phases(app))
    }

    @Test("from outside are refused with an id that is taken, or when they are there already")
    func importedTwice() throws {
        let app = try bench.createApp().app
        let other = try bench.createApp().app
        let own = try PrivateKey.generate(.hs256)
        let id = ULID(high: 7, low: 9)
        _ = try importKey(own, id: id, app)
        guard case .idIsTaken = try importKey(PrivateKey.generate(.hs256), id: id, other) else {
            throw UnexpectedImport()
        }
        try revoke(id, app)
        guard case .known(let key) = try importKey(own, app) else { throw UnexpectedImport() }
        #expect(key.id == id && key.isRevoked)
        // Another app may have the same key.
        guard case .imported = try importKey(own, other) else { throw UnexpectedImport() }
    }
}

private struct UnexpectedImport: Error {}

/// A store in memory that can be told to fail, and that lets another process go first.
private final class UnsteadyStore: StoreWrapper {
    private struct State {
        var writeRefusal: StoreError.Reason?
        var loadRefusal: StoreError.Reason?
        var beforeWrite: (@Sendable () -> Void)?
        var writes: [[Mutation]] = []
    }

    let base = MemoryStore()
    private let state = Mutex(State())

    /// What was written so far.
    var writes: [[Mutation]] { state.withLock { $0.writes } }

    func refuseWrites(_ reason: StoreError.Reason?) { state.withLock { $0.writeRefusal = reason } }

    func refuseLoads(_ reason: StoreError.Reason?) { state.withLock { $0.loadRefusal = reason } }

    /// Has `body` run before the next write is done, once.
    func beforeWrite(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.beforeWrite = body }
    }

    func write(_ mutations: [Mutation]) async throws(StoreError) {
        let first = state.withLock { state in
            defer { state.beforeWrite = nil }
            return state.beforeWrite
        }
        first?()
        if let reason = state.withLock({ $0.writeRefusal }) { throw StoreError(reason) }
        try await base.write(mutations)
        state.withLock { $0.writes.append(mutations) }
    }

    func load() async throws(StoreError) -> StoreContents {
        if let reason = state.withLock({ $0.loadRefusal }) { throw StoreError(reason) }
        return try await base.load()
    }
}
