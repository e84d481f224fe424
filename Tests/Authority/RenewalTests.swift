import TestSupport
import Testing

@testable import SignetAuthority

/// Renewals that meet each other, or something else that happens to their session.
@Suite("Renewals")
struct RenewalTests {
    private func begin(
        _ token: String, _ app: App, _ registry: SessionRegistry, _ bench: Bench
    ) -> ManualExecutor.Work<Bool> {
        let sessions = Sessions([registry], own: 0, of: bench.authority)
        return bench.executor.begin {
            let renewal = Renewal()
            Array(token.utf8).withUnsafeBytes { renewal.setRefreshToken($0) }
            return try await registry.renew(renewal, for: app, among: sessions, at: Bench.now)
        }
    }

    @Test("of one used token are all answered, however many wait, and too many are refused")
    func manyWait() throws {
        let bench = try Bench()
        let app = try bench.createApp { $0.refreshGrace = 0 }.app
        let registry = bench.registry()
        let token = try bench.pair(registry, app).refresh
        let first = begin(token, app, registry, bench)
        bench.executor.runAll()
        bench.endRound(registry)
        #expect(try first.result?.get() == true)

        // The first of these ends the session, and finds that out for all the others.
        let works = (0..<2_000).map { _ in begin(token, app, registry, bench) }
        bench.executor.runAll()
        for _ in 0..<10 where works.contains(where: { $0.result == nil }) {
            bench.endRound(registry)
        }
        var overloaded = 0
        for work in works {
            switch try #require(work.result) {
            case .success(let isRenewed): #expect(!isRenewed)
            case .failure(let error):
                #expect(error as? AuthorityError == .overloaded)
                overloaded += 1
            }
        }
        #expect(overloaded == 2_000 - 1 - 256)
        let last = begin(token, app, registry, bench)
        bench.executor.runAll()
        bench.endRound(registry)
        #expect(try last.result?.get() == false)
    }

    @Test("come to nothing when the token's key is revoked while the session is read")
    func revokedMeanwhile() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let created = try bench.createApp()
        let registry = bench.registry()
        let token = try bench.pair(registry, created.app).refresh
        store.holdReads()
        let work = begin(token, created.app, registry, bench)
        bench.executor.runAll()
        bench.endRound(registry)
        #expect(store.heldCount == 1)
        _ = try bench.executor.run { [authority = bench.authority] in
            try await authority.apps.revokeKey(
                created.signingKey.id, of: created.app, at: Bench.now)
        }
        store.release()
        bench.executor.runAll()
        bench.endRound(registry)
        #expect(try work.result?.get() == false)
    }
}
