import SignetCrypto
import SignetStorage
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

@Suite("Session registry")
struct SessionRegistryTests {
    private static let second = Bench.now / 1000

    // MARK: Commits

    @Test("answers only after the commit", arguments: [Algorithm.hs256, .es256])
    func afterCommit(_ algorithm: Algorithm) throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let app = try bench.createApp(algorithm).app
        let registry = bench.registry()
        store.holdCommits()
        let work = bench.issue(registry, app)
        #expect(work.result == nil)
        #expect(store.heldCount == 0)
        bench.endRound(registry)
        #expect(store.heldCount == 1)
        #expect(work.result == nil)
        store.release()
        bench.executor.runAll()
        let pair = try #require(try work.result?.get())
        let row = try #require(try bench.executor.run { try await store.session(pair.session) })
        #expect(row.claims == Array(#""sub":"a""#.utf8))
        #expect(row.app == app.number)
        #expect(row.issued == Self.second)
        #expect(row.authNotBefore == Self.second)
        #expect(row.authExpires == Self.second + 60)
        #expect(row.refreshNotBefore == Self.second)
        #expect(row.refreshExpires == Self.second + 120)
    }

    @Test("commits what one round brought in as one batch", arguments: [Algorithm.hs256, .es256])
    func oneRound(_ algorithm: Algorithm) throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let app = try bench.createApp(algorithm).app
        let registry = bench.registry()
        let works = (0..<500).map { _ in bench.issue(registry, app) }
        #expect(store.batchSizes.isEmpty)
        bench.endRound(registry)
        bench.endRound(registry)
        #expect(store.batchSizes == [500])
        let pairs = try works.map { try #require(try $0.result?.get()) }
        #expect(Set(pairs.map(\.session)).count == 500)
        #expect(Set(pairs.map(\.auth)).count == 500)
        if algorithm == .es256 { #expect(bench.workers.batchSizes.withLock { $0 } == [500]) }
    }

    @Test("sends eight commits at most, and gathers what arrives meanwhile for the next one")
    func duringCommit() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let app = try bench.createApp().app
        let registry = bench.registry()
        store.holdCommits()
        let works = (0..<11).map { _ in
            let works = (0..<4).map { _ in bench.issue(registry, app) }
            bench.endRound(registry)
            return works
        }
        // What the store does not take in one commit waits for the next one; the other three rounds gather.
        let sent = [Int](repeating: 4, count: 8)
        #expect(store.batchSizes == sent)
        #expect(works.joined().allSatisfy { $0.result == nil })
        store.release(andHold: true)
        bench.executor.runAll()
        // What gathered is sent at once, without another round.
        #expect(store.batchSizes == sent + [12])
        #expect(works[..<8].joined().allSatisfy { $0.result != nil })
        #expect(works[8...].joined().allSatisfy { $0.result == nil })
        store.release()
        bench.executor.runAll()
        #expect(works.joined().allSatisfy { $0.result != nil })
    }

    @Test("tells exactly those whose commit failed, and hands them nothing")
    func failedCommit() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let app = try bench.createApp().app
        let registry = bench.registry()
        for reason: StoreError.Reason? in [.diskFull, nil, .conflict, nil] {
            store.refuseCommits(reason)
            let works = (0..<3).map { _ in bench.issue(registry, app) }
            bench.endRound(registry)
            for work in works {
                let result = try #require(work.result)
                if reason == nil {
                    _ = try result.get()
                } else {
                    #expect(throws: AuthorityError.storeUnavailable) { try result.get() }
                }
            }
        }
    }

    @Test("refuses a round whose signatures no worker takes, and only that one")
    func overload() throws {
        let bench = try Bench()
        let app = try bench.createApp(.es256).app
        let registry = bench.registry()
        bench.workers.isFull.withLock { $0 = true }
        let work = bench.issue(registry, app)
        bench.endRound(registry)
        #expect(throws: AuthorityError.overloaded) { try work.result?.get() }
        #expect(throws: AuthorityError.overloaded) {
            // The header of a real token, so that the signature is looked at.
            let key = try #require(bench.authority.keyRing.keys.current.active(app: app.number))
            let header = String(decoding: key.headerSegment, as: UTF8.self)
            return try bench.verify("\(header)e30.AAAA", registry, app, at: Bench.now)
        }
        bench.workers.isFull.withLock { $0 = false }
        _ = try bench.pair(registry, app)
    }

    // MARK: Several apps and registries

    @Test("signs the pairs of many apps in one round, each with its own key")
    func manyApps() throws {
        let bench = try Bench()
        let apps = try [Algorithm.es256, .eddsa, .es384, .hs256, .es256].map {
            try bench.createApp($0).app
        }
        let registry = bench.registry()
        let works = (0..<40).map { index in
            (apps[index % 5], bench.issue(registry, apps[index % 5]))
        }
        bench.endRound(registry)
        bench.endRound(registry)
        for (app, work) in works {
            let pair = try #require(try work.result?.get())
            #expect(try bench.verify(pair.auth, registry, app, at: Bench.now))
            #expect(try bench.verify(pair.refresh, registry, app, at: Bench.now))
            for other in apps where other.number != app.number {
                #expect(try !bench.verify(pair.auth, registry, other, at: Bench.now))
            }
        }
    }

    @Test("verifies in every shard what one shard made, and ids name their shard")
    func shards() throws {
        let bench = try Bench()
        let app = try bench.createApp().app
        let registries = [0, 1, 2].map { bench.registry(shard: $0) }
        var sessions: Set<Int64> = []
        for (shard, registry) in registries.enumerated() {
            for _ in 0..<300 {
                let pair = try bench.pair(registry, app)
                sessions.insert(pair.session)
                #expect(SessionIDs.shard(of: pair.session) == shard)
            }
            let pair = try bench.pair(registry, app)
            for other in registries {
                #expect(try bench.verify(pair.auth, other, app, at: Bench.now))
            }
        }
        #expect(sessions.count == 900)
    }

    @Test("makes ids above those of the store after a restart with an earlier clock")
    func restart() throws {
        let store = MemoryStore()
        let bench = try Bench(store)
        let app = try bench.createApp().app
        let newest = try bench.pair(bench.registry(shard: 5), app).session
        let again = try Bench(store, masterKey: bench.masterKey)
        let sameApp = try #require(again.authority.apps.directory.current.app(app.id))
        for shard in [0, 5, 9] {
            let pair = try again.pair(
                again.registry(shard: shard), sameApp, at: Bench.now - 86_400_000)
            #expect(pair.session > newest)
        }
    }

    // MARK: Times

    @Test("accepts a token from nbf on, and refuses it from exp on")
    func times() throws {
        let bench = try Bench()
        let app = try bench.createApp {
            $0.tokenNotBefore = 10
            $0.refreshNotBefore = 20
        }.app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        for (token, from, until) in [(pair.auth, 10, 60), (pair.refresh, 20, 120)] {
            for (offset, isGood) in [
                (0, false), (from - 1, false), (from, true), (until - 1, true), (until, false),
                (until + 1, false), (1_000_000, false), (-1_000_000, false),
            ] {
                let now = Bench.now + Int64(offset) * 1000
                #expect(try bench.verify(token, registry, app, at: now) == isGood)
                // The last millisecond of a second belongs to it.
                #expect(try bench.verify(token, registry, app, at: now + 999) == isGood)
            }
        }
    }

    @Test("allows for the set clock skew on both sides")
    func skew() throws {
        let bench = try Bench()
        let app = try bench.createApp { $0.tokenNotBefore = 10 }.app
        let registry = bench.registry(skew: 5)
        let pair = try bench.pair(registry, app)
        for (offset, isGood) in [(4, false), (5, true), (64, true), (65, false)] {
            let now = Bench.now + Int64(offset) * 1000
            #expect(try bench.verify(pair.auth, registry, app, at: now) == isGood)
        }
    }

    @Test("ends a session within the clock skew, after its row is gone")
    func endWithinSkew() throws {
        let bench = try Bench()
        let app = try bench.createApp().app
        let registry = bench.registry(skew: 5)
        let sessions = Sessions([registry], own: 0, of: bench.authority)
        let pair = try bench.pair(registry, app)
        try bench.executor.run { [store = bench.store] in
            let batch = SessionBatch()
            batch.end(id: pair.session, app: app.number, expires: Bench.now / 1000)
            try await store.commit(batch)
        }
        let now = Bench.now + 122_000
        #expect(try bench.verify(pair.refresh, registry, app, at: now))
        let work = bench.executor.begin {
            let verification = Verification()
            Array(pair.refresh.utf8).withUnsafeBytes { verification.setToken($0) }
            _ = try await sessions.end(verification, for: app, at: now)
        }
        bench.executor.runAll()
        bench.endRound(registry)
        #expect(throws: Never.self) { try work.result?.get() }
        #expect(try !bench.verify(pair.refresh, registry, app, at: now))
        #expect(bench.authority.ended.count == 1)
    }

    // MARK: Keys

    @Test("refuses the tokens of a revoked key, and goes on verifying those of a replaced one")
    func revokedKey() throws {
        let bench = try Bench()
        let app = try bench.createApp(.es256).app
        let registry = bench.registry()
        let pair = try bench.pair(registry, app)
        for (phase, isGood) in [(KeyPhase.verifying, true), (.active, true), (.revoked, false)] {
            try bench.executor.run { [store = bench.store, authority = bench.authority] in
                var row = try #require(try await store.load().keys.first)
                row.phase = phase
                try await store.write([.updateKey(row)])
                try await authority.apps.followChanges()
            }
            #expect(try bench.verify(pair.auth, registry, app, at: Bench.now) == isGood)
        }
        // Without an active key there is nothing to sign with.
        #expect(throws: AuthorityError.cryptography) { try bench.pair(registry, app) }
    }

    // MARK: Memory

    @Test("makes the same tokens of a reused issuance, whatever it held before")
    func reuse() throws {
        let bench = try Bench()
        let app = try bench.createApp().app
        let registry = bench.registry()
        let sizes = [0, 1, 100, 2_000, 100_000, 10, 5_000_000, 3, 1_000]
        let work = bench.executor.begin { () -> [Bool] in
            let issuance = Issuance()
            let verification = Verification()
            var verdicts: [Bool] = []
            for size in sizes {
                issuance.claims = Array(#""x":"\#(String(repeating: "y", count: size))""#.utf8)
                try await registry.issue(issuance, for: app, at: Bench.now)
                for isAuth in [true, false] {
                    if isAuth {
                        issuance.withAuthToken { verification.setToken($0) }
                    } else {
                        issuance.withRefreshToken { verification.setToken($0) }
                    }
                    verdicts.append(
                        try await registry.verify(verification, for: app, at: Bench.now))
                    verification.reset()
                }
                issuance.reset()
            }
            return verdicts
        }
        bench.executor.runAll()
        for _ in sizes { bench.endRound(registry) }
        #expect(try work.result?.get() == Array(repeating: true, count: 2 * sizes.count))
    }
}
