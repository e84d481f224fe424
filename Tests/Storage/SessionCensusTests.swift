import SignetCounts
import Testing

@testable import SignetStorage

/// What every store promises about the count of its sessions.
@Suite("The count of the sessions")
struct SessionCensusTests {
    let folder: TemporaryFolder
    let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A whole count, and how many steps it took.
    private func count(
        _ store: any Store, limit: Int, at now: Int64 = Sample.second
    ) async throws -> (census: SessionCensus, steps: Int) {
        var (census, steps) = (SessionCensus(), 0)
        while !census.isDone {
            census = try await store.count(census, limit: limit, at: now)
            steps += 1
        }
        return (census, steps)
    }

    @Test("has those of apps and of users whose time is not over", arguments: StoreKind.allCases)
    func all(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        #expect(try await count(store, limit: 10).census.ofApps == 0)

        try await store.write([.insertApp(Sample.app(1)), .insertUser(Sample.user(1))])
        // The lives of ten of them are over after 100 seconds, those of the others later.
        let rows = (0..<95).map { Sample.session($0, life: $0 < 10 ? 100 : 7200) }
        try await store.commit(Sample.batch(rows))
        for number: UInt64 in 0..<25 {
            let row = UserSessionRow(
                id: RowID(high: number, low: 1), realm: number < 5 ? .frontend : .signIn, user: 1,
                created: Sample.second * 1000,
                expires: number < 2 ? Sample.second + 50 : UserSessionRow.never, tokenLife: 60)
            try await store.write([.insertUserSession(row)])
        }
        for limit in [1, 7, 95, 1000] {
            let now = try await count(store, limit: limit).census
            #expect(now.ofApps == 95)
            #expect(now.ofUsers == [.frontend: 5, .signIn: 20])
            let later = try await count(store, limit: limit, at: Sample.second + 101).census
            #expect(later.ofApps == 85)
            #expect(later.ofUsers == [.frontend: 3, .signIn: 20])
        }

        let batch = SessionBatch()
        batch.end(id: Sample.id(50), app: 1, expires: Sample.second + 7200)
        try await store.commit(batch)
        try await store.write([.endUserSession(RowID(high: 3, low: 1))])
        let left = try await count(store, limit: 30).census
        #expect(left.ofApps == 94)
        #expect(left.ofUsers == [.frontend: 4, .signIn: 20])
        await store.close()
    }

    @Test("comes to an end though sessions come faster than it goes", arguments: StoreKind.allCases)
    func race(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.write([.insertApp(Sample.app(1))])
        try await store.commit(Sample.batch((0..<20).map { Sample.session($0) }))
        var (census, next) = (SessionCensus(), 20)
        while !census.isDone, next < 1000 {
            census = try await store.count(census, limit: 5, at: Sample.second)
            try await store.commit(Sample.batch((next..<next + 10).map { Sample.session($0) }))
            next += 10
        }
        #expect(census.isDone)
        // Those that were there when it began; a store in memory looks at more at a time.
        #expect(census.ofApps >= 20 && census.ofApps <= next)
        await store.close()
    }

    @Test("of a database goes on in steps of the size that was asked for")
    func steps() async throws {
        let store = try StoreKind.sqlite.open(folder, clock: clock)
        try await store.write([.insertApp(Sample.app(1))])
        try await store.commit(Sample.batch((0..<95).map { Sample.session($0) }))
        // 10 for the sessions of apps, and one for those of users.
        #expect(try await count(store, limit: 10).steps == 11)
        #expect(try await count(store, limit: 1000).steps == 2)
        await store.close()
    }

    @Test("a touch of the store is a commit that nobody is told of", arguments: StoreKind.allCases)
    func touch(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        let before = (try await store.load().lastChange, store.activity.commits)
        try await store.write([.touch(at: 1)])
        try await store.write([.touch(at: 2)])
        #expect(try await store.load().lastChange == before.0)
        // A database clears away in commits of its own, too.
        #expect(store.activity.commits >= before.1 + (kind == .memory ? 0 : 2))
        await store.close()
    }

    @Test("what a commit took and wrote is counted, and what failed")
    func activity() async throws {
        let store = try StoreKind.sqlite.open(folder, clock: clock)
        try await store.write([.insertApp(Sample.app(1)), .insertUser(Sample.user(1))])
        try await store.commit(Sample.batch((0..<30).map { Sample.session($0) }))
        let failure = await reason { () throws(StoreError) in
            try await store.write([.insertUser(Sample.user(1))])
        }
        #expect(failure == .conflict)
        let activity = store.activity
        #expect(activity.failedCommits == 1)
        // The two changes are one call, and each of the sessions is one.
        #expect(activity.commitTimes.count == 31)
        #expect(activity.commitTimes.sum > 0)
        #expect(activity.commitSizes.count == 2)
        #expect(activity.commitSizes.sum == 32)
        await store.close()
    }
}
