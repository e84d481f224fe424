import Testing

@testable import SignetStorage

@Suite("The expiry sweep")
struct ExpirySweepTests {
    let folder: TemporaryFolder
    let clock = ManualClock()
    let connection: Connection
    let writer: SessionWriter
    let sweep: ExpirySweep

    init() throws {
        folder = try TemporaryFolder()
        let place = try StoreFolder(path: folder.data, role: .visitor)
        connection = try Connection(path: place.databasePath)
        try Migrations.run(connection)
        writer = try SessionWriter(
            on: connection, subjects: SubjectMerger(tail: nil, on: connection))
        sweep = try ExpirySweep(on: connection)
    }

    private func insert(_ rows: [SessionRow]) throws {
        let batch = Sample.batch(rows)
        try connection.execute("BEGIN")
        try batch.claims.withUnsafeBytes { claims in
            for entry in batch.entries { try writer.insert(entry, claims: claims) }
        }
        try connection.execute("COMMIT")
    }

    private var count: Int64 {
        get throws { try connection.integer("SELECT count(*) FROM sessions") }
    }

    @Test("looks at no more rows per step than it says, and takes what has expired only")
    func steps() throws {
        // Every third one outlives the others.
        try insert((0..<2_000).map { Sample.session($0, life: $0 % 3 == 0 ? 9_000 : 600) })
        clock.advance(seconds: 700)
        var counts: [Int64] = []
        repeat {
            let before = try count
            try sweep.step(now: clock.now, writer: writer)
            counts.append(before - (try count))
        } while sweep.isWalking
        #expect(counts.max() == 334)
        #expect(counts.reduce(0, +) == 1_333)
        #expect(try connection.integer("SELECT max(refresh_expires) FROM sessions") == 9_000)
        #expect(try connection.integer("SELECT min(refresh_expires) FROM sessions") == 9_000)
    }

    @Test("rests when nothing can have expired, and at least its pause between passes")
    func rests() throws {
        try insert([Sample.session(0, life: 600), Sample.session(1, life: 900)])
        #expect(sweep.isDue(now: clock.now))
        repeat { try sweep.step(now: clock.now, writer: writer) } while sweep.isWalking
        #expect(try count == 2)
        #expect(!sweep.isDue(now: clock.now + 600))
        #expect(sweep.isDue(now: clock.now + 601))

        clock.advance(seconds: 601)
        repeat { try sweep.step(now: clock.now, writer: writer) } while sweep.isWalking
        #expect(try count == 1)
        sweep.sessionExpires(clock.now + 1)
        #expect(!sweep.isDue(now: clock.now + 59))
        #expect(sweep.isDue(now: clock.now + 60))
        #expect(sweep.isDue(now: clock.now - 100_000) == false)
    }

    @Test("takes the rows of deleted apps, but of none that came while it walked")
    func deletedApps() throws {
        let mutations = MutationWriter(on: connection)
        for n in [1, 2] as [Int64] { _ = try mutations.apply(.insertApp(Sample.app(n))) }
        try insert((0..<10).map { Sample.session($0, app: Int64($0 % 2 + 1)) })
        _ = try mutations.apply(.deleteApp(number: 2))
        // Ids below the newest one, as a clock that was set back would make them.
        try insert([Sample.session(500, app: 1)])
        try sweep.begin(now: clock.now)
        _ = try mutations.apply(.insertApp(Sample.app(3)))
        try insert([Sample.session(100, app: 3)])
        while sweep.isWalking { try sweep.step(now: clock.now, writer: writer) }
        #expect(try connection.integer("SELECT count(*) FROM sessions WHERE app = 1") == 6)
        #expect(try connection.integer("SELECT count(*) FROM sessions WHERE app = 2") == 0)
        #expect(try connection.integer("SELECT count(*) FROM sessions WHERE app = 3") == 1)
    }

    @Test("looks at the change log when it has grown, although no session expires")
    func growingLog() throws {
        func pass() throws {
            repeat { try sweep.step(now: clock.now, writer: writer) } while sweep.isWalking
        }
        try pass()
        clock.advance(seconds: ExpirySweep.pauseSeconds)
        try connection.execute("BEGIN")
        for sequence in 1...(2 * ChangeRow.announcementsKept) {
            let change = try #require(Mutation.deleteUser(id: sequence).change(sequence: 0))
            try writer.log(change)
            sweep.changeWasLogged()
            #expect(sweep.isDue(now: clock.now) == (sequence >= ChangeRow.announcementsKept))
        }
        try connection.execute("COMMIT")
        try pass()
        #expect(!sweep.isDue(now: clock.now + ExpirySweep.pauseSeconds))
        #expect(
            try connection.integer("SELECT count(*) FROM changes") == ChangeRow.announcementsKept)
    }

    @Test("keeps the newest announcements of the change log and drops what has expired")
    func changeLog() throws {
        try connection.execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10200)
            INSERT INTO changes(kind, subject, app, through, expires)
            SELECT 7, 0, 0, 0, CASE i % 100 WHEN 0 THEN \(clock.now) + i - 5100 ELSE 0 END FROM n
            """)
        repeat { try sweep.step(now: clock.now, writer: writer) } while sweep.isWalking
        let counts = try connection.integer("SELECT count(*) FROM changes WHERE expires = 0")
        #expect(counts == 10_000 - 100)
        #expect(
            try connection.integer("SELECT min(expires) FROM changes WHERE expires > 0")
                == clock.now)
    }
}

@Suite("Housekeeping beside the load")
struct HousekeepingTests {
    @Test("sweeps under a load that never pauses")
    func underLoad() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let store = try SQLiteStore(folder: folder.data) { clock.now }
        try await store.commit(Sample.batch((0..<5_000).map { Sample.session($0, life: 60) }))
        clock.advance(seconds: 200)
        // A step each second, though there is one new row for it to look at. Each round waits for a
        // commit, and their number is bounded: no real clock decides how this ends.
        var n = 10_000
        while try await store.session(Sample.id(4_999)) != nil, n < 10_100 {
            try await store.commit(Sample.batch(Sample.session(n, life: 1 << 40)))
            clock.advance(seconds: 1)
            n += 1
        }
        #expect(try await store.session(Sample.id(4_999)) == nil)
        #expect(try await store.session(Sample.id(10_000)) != nil)
        await store.close()
    }
}
