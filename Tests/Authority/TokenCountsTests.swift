import SignetCounts
import SignetCrypto
import SignetStorage
import TestSupport
import Testing

@testable import SignetAuthority

@Suite("What metrics tell of the authority")
struct TokenCountsTests {
    @Test("pairs are counted by algorithm, as two tokens, when they are committed")
    func pairs() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let (first, second) = (try bench.createApp(.hs256).app, try bench.createApp(.es256).app)
        let registry = bench.registry()
        func counts() -> [Int] {
            [.hs256, .es256].map { bench.authority.tokens.count(of: .apps, $0) }
        }
        // In one round, one after the other.
        let work = [first, second, second, first, first].map { bench.issue(registry, $0) }
        #expect(counts() == [0, 0])
        bench.endRound(registry)
        for pair in work { _ = try #require(pair.result).get() }
        #expect(counts() == [6, 4])
        store.refuseCommits(.diskFull)
        #expect(throws: (any Error).self) { try bench.pair(registry, first) }
        #expect(counts() == [6, 4])
        #expect(bench.authority.tokens.count(of: .oauth, .hs256) == 0)
    }

    @Test("a signature is a stage of its own where it is made on the loop, and not by workers")
    func stages() throws {
        let bench = try Bench()
        let stages = StageTimes()
        let registry = bench.authority.sessionRegistry(
            shard: 0, on: bench.executor, clockSkewSeconds: 0, stages: stages)
        _ = try bench.pair(registry, try bench.createApp(.hs256).app)
        _ = try bench.pair(registry, try bench.createApp(.hs512).app)
        _ = try bench.pair(registry, try bench.createApp(.es256).app)
        #expect(stages.sign.reading.count == 2)
        #expect(stages.sign.reading.sum > 0)
    }

    @Test("keys that sign, of apps and realms, and since when")
    func keys() throws {
        let bench = try Bench()
        let apps = try (0..<3).map { _ in try bench.createApp(.hs256).app }
        let late = Bench.now + 5000
        _ = try bench.executor.run { [authority = bench.authority] in
            try await authority.apps.signingKey(of: .signIn, .hs256, at: late)
        }
        let signing = bench.authority.keyRing.keys.current.signing
        #expect(signing.count == 2)
        #expect(signing[nil]?.count == apps.count)
        #expect(signing[nil]?.since == Bench.now / 1000)
        #expect(signing[.signIn]?.count == 1)
        #expect(signing[.signIn]?.since == late / 1000)
    }

    @Test("keys are missing without a root key, and when no app has one that signs")
    func missing() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        #expect(!bench.authority.hasKeys)
        try bench.executor.run { [authority = bench.authority] in
            _ = try await authority.apps.rotateRootKey()
        }
        #expect(bench.authority.hasKeys)
        let apps = try (0..<2).map { _ in try bench.createApp(.hs256).app }
        #expect(bench.authority.hasKeys)
        for (index, app) in apps.enumerated() {
            let key = try #require(bench.authority.keyRing.keys.current.active(app: app.number))
            try bench.executor.run { [authority = bench.authority, number = key.number] in
                try await store.write([.deleteKey(number: number)])
                try await authority.apps.refresh()
            }
            // What one app lacks does not concern the other.
            #expect(bench.authority.hasKeys == (index == 0))
        }
    }

    @Test("the store takes something when it is written, and not when that fails")
    func touch() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        func takes() throws -> Bool {
            try bench.executor.run { [authority = bench.authority] in
                await authority.storeTakes(at: Bench.now)
            }
        }
        #expect(try takes())
        guard case .touch(at: Bench.now)? = store.writes.last?.last else {
            Issue.record("something else was written")
            return
        }
        store.refuseWrites(.diskFull)
        #expect(try !takes())
        store.refuseWrites(nil)
        #expect(try takes())
    }
}
