import TestSupport
import Testing

@testable import SignetStorage

/// Drives the committer by hand, one transaction at a time.
struct SubjectIndexHarness {
    let folder: TemporaryFolder
    let connection: Connection
    let tail: SubjectTail
    let committer: GroupCommitter

    init(_ folder: TemporaryFolder, batchLength: Int = 64) throws {
        self.folder = folder
        let place = try StoreFolder(path: folder.data, role: .visitor)
        connection = try Connection(path: place.databasePath)
        try Migrations.run(connection)
        tail = SubjectTail(batchLength: batchLength)
        committer = try GroupCommitter(
            on: connection, tail: tail, counters: WriterCounters()
        ) { Sample.second }
    }

    func commit(_ rows: [SessionRow]) async -> StoreError? {
        await withUnsafeContinuation { done in
            committer.commit([.init(work: .sessions(Sample.batch(rows)), done: done)])
        }
    }

    func end(_ id: Int64) async {
        let batch = SessionBatch()
        batch.end(id: id, app: 1, expires: .max)
        _ = await withUnsafeContinuation { done in
            committer.commit([.init(work: .sessions(batch), done: done)])
        }
    }

    var watermark: Int64 {
        get throws {
            try connection.integer("SELECT value FROM marks WHERE name = 'subjects_through'")
        }
    }

    /// Runs that are registered, but for that of the entries that were in no batch.
    var runs: Int64 {
        get throws { try connection.integer("SELECT count(*) FROM subject_runs") - 1 }
    }

    /// Sessions that the watermark promises to be in the table and that are not.
    var missing: Int64 {
        get throws {
            try connection.integer(
                """
                SELECT count(*) FROM sessions s
                WHERE s.id <= (SELECT value FROM marks WHERE name = 'subjects_through')
                    AND (s.app, s.subject, s.id)
                        NOT IN (SELECT app, subject, session FROM subjects)
                """)
        }
    }

    /// Entries whose session is gone.
    var orphans: Int64 {
        get throws {
            try connection.integer(
                "SELECT count(*) FROM subjects WHERE session NOT IN (SELECT id FROM sessions)")
        }
    }

    /// Every session that a look-up finds, by the tail or by the table.
    func found(subject: UInt64) throws -> [Int64] {
        let reader = try SessionReader(on: Connection(path: folder.database), tail: tail)
        return try reader.sessions(app: 1, subject: subject).map(\.id)
    }
}

@Suite("The subject index")
struct SubjectIndexTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("keeps its promise after every commit, with ids that come out of order")
    func outOfOrder() async throws {
        let harness = try SubjectIndexHarness(folder)
        var random = SeededGenerator(seed: 42)
        // Every id once, each up to 200 places after its turn: far more than a batch holds.
        let order = (0..<1_500).map { ($0 + Int(random.next() % 200), $0) }.sorted { $0 < $1 }
        var committed: [UInt64: [Int64]] = [:]
        var watermarks: Set<Int64> = []
        var stragglers = 0
        for (_, n) in order {
            let subject = random.next() % 7
            if Sample.id(n) <= (try harness.watermark) { stragglers += 1 }
            #expect(await harness.commit([Sample.session(n, subject: subject)]) == nil)
            committed[subject, default: []].append(Sample.id(n))
            #expect(try harness.missing == 0)
            #expect(harness.tail.count <= 2 * 64 + 64)
            watermarks.insert(try harness.watermark)
        }
        // Otherwise the test would prove nothing.
        #expect(watermarks.count > 10)
        #expect(stragglers > 100)
        for (subject, ids) in committed {
            #expect(try harness.found(subject: subject) == ids.sorted())
        }
    }

    @Test("finds everything again when its process dies at any moment")
    func rebuilds() async throws {
        var random = SeededGenerator(seed: 7)
        var committed: [Int64] = []
        for life in 0..<40 {
            // A harness that is dropped leaves the tail's memory behind, as a crash does.
            let harness = try SubjectIndexHarness(folder)
            #expect(try harness.found(subject: 1) == committed.sorted())
            for n in 0..<Int(random.next() % 100) {
                let straggler = Int(random.next() % 50) * 100
                let id = Sample.session(life * 100 + 5_000 + n - straggler, subject: 1)
                if await harness.commit([id]) == nil { committed.append(id.id) }
                #expect(try harness.missing == 0)
            }
            if life % 3 == 0 { while harness.committer.hasIdleWork && harness.committer.idle() {} }
        }
        #expect(committed.count > 1_000)
        #expect(try SubjectIndexHarness(folder).watermark > 0)
    }

    @Test("keeps its promise when transactions are rolled back")
    func rollsBack() async throws {
        let harness = try SubjectIndexHarness(folder)
        for n in 0..<500 {
            #expect(await harness.commit([Sample.session(n)]) == nil)
            let refused = await harness.commit([Sample.session(n + 10_000), Sample.session(n)])
            #expect(refused?.reason == .conflict)
            #expect(try harness.missing == 0)
        }
        #expect(try harness.watermark > Sample.id(300))
        #expect(try harness.watermark < Sample.id(10_000))
        #expect(try harness.found(subject: 77).count == 500)
    }

    @Test("keeps no entry of a session that ended, wherever the entry was")
    func ends() async throws {
        let harness = try SubjectIndexHarness(folder)
        for n in 0..<400 {
            #expect(await harness.commit([Sample.session(n)]) == nil)
            if n % 3 == 0 { await harness.end(Sample.id(n)) }
            if n % 3 == 1 && n > 90 { await harness.end(Sample.id(n - 90)) }
            #expect(try harness.orphans == 0)
        }
        while harness.committer.hasIdleWork && harness.committer.idle() {}
        #expect(try harness.orphans == 0)
        #expect(try harness.missing == 0)
        let ids = try harness.connection.integer("SELECT count(*) FROM sessions")
        #expect(try Int64(harness.found(subject: 77).count) == ids)
    }

    @Test("merges a frozen batch when there is nothing else to do")
    func idles() async throws {
        let harness = try SubjectIndexHarness(folder, batchLength: 1_000)
        #expect(await harness.commit((0..<1_000).map { Sample.session($0) }) == nil)
        #expect(try harness.watermark == 0)
        while harness.committer.hasIdleWork { #expect(harness.committer.idle()) }
        #expect(try harness.watermark == Sample.id(999))
        #expect(harness.tail.count == 0)
        #expect(try harness.missing == 0)
    }

    @Test("has a run for each batch, and forgets one of which no session is left")
    func runs() async throws {
        let harness = try SubjectIndexHarness(folder)
        for n in 0..<64 * 5 { #expect(await harness.commit([Sample.session(n)]) == nil) }
        while harness.committer.hasIdleWork && harness.committer.idle() {}
        let runs = try harness.connection.integer("SELECT count(*) FROM subject_runs") - 1
        #expect(runs >= 4)
        #expect(try harness.found(subject: 77).count == 64 * 5)
        // All but the last one, and half of that before it.
        let second = try harness.connection.integer(
            "SELECT through FROM subject_runs ORDER BY run DESC LIMIT 1 OFFSET 2")
        for n in 0..<64 * 5 where Sample.id(n) <= second { await harness.end(Sample.id(n)) }
        try harness.committer.maintain()
        #expect(try harness.connection.integer("SELECT count(*) FROM subject_runs") - 1 == 2)
        #expect(try harness.orphans == 0)
        #expect(try harness.missing == 0)
        let left = try harness.connection.integer("SELECT count(*) FROM sessions")
        #expect(try Int64(harness.found(subject: 77).count) == left)
        // Runs that come later are found, too.
        for n in 1_000..<1_100 { #expect(await harness.commit([Sample.session(n)]) == nil) }
        #expect(try Int64(harness.found(subject: 77).count) == left + 100)
    }

    @Test("keeps no entry of a session that ended before a crash in the middle of its batch")
    func endsAroundCrash() async throws {
        var random = SeededGenerator(seed: 11)
        var left: Set<Int64> = []
        for life in 0..<30 {
            let harness = try SubjectIndexHarness(folder)
            #expect(try Set(harness.found(subject: 77)) == left)
            for n in 0..<Int(random.next() % 150) {
                let row = Sample.session(life * 200 + n)
                #expect(await harness.commit([row]) == nil)
                left.insert(row.id)
                if random.next() % 3 == 0, let ended = left.randomElement(using: &random) {
                    await harness.end(ended)
                    left.remove(ended)
                }
                #expect(try harness.orphans == 0)
                #expect(try harness.missing == 0)
            }
        }
        #expect(left.count > 500)
    }

    @Test("forgets with its run what a visitor left of it")
    func visitorEnds() async throws {
        let harness = try SubjectIndexHarness(folder)
        for n in 0..<50 { #expect(await harness.commit([Sample.session(n)]) == nil) }
        let visitor = try SQLiteStore(folder: folder.data, role: .visitor) { Sample.second }
        try await visitor.write([.endSession(id: Sample.id(7), app: 1, expires: .max)])
        await visitor.close()
        for n in 50..<200 { #expect(await harness.commit([Sample.session(n)]) == nil) }
        while harness.committer.hasIdleWork && harness.committer.idle() {}
        // The server's memory still had it. Otherwise the test would prove nothing.
        #expect(try harness.orphans == 1)
        #expect(try harness.found(subject: 77).count == 199)
        for n in 0..<200 where n != 7 { await harness.end(Sample.id(n)) }
        try harness.committer.maintain()
        #expect(try harness.orphans == 0)
        #expect(try harness.connection.integer("SELECT count(*) FROM subject_runs") == 1)
    }

    @Test("comes to a database of schema 9 with all its entries")
    func migration() async throws {
        do {
            let harness = try SubjectIndexHarness(folder)
            for n in 0..<300 { #expect(await harness.commit([Sample.session(n)]) == nil) }
        }
        let visitor = try SQLiteStore(folder: folder.data, role: .visitor) { Sample.second }
        try await visitor.commit(Sample.batch(Sample.session(1_000)))
        await visitor.close()
        try folder.goBack(toSchema: 9)
        let entries = try folder.sql("SELECT count(*) FROM subjects")

        let harness = try SubjectIndexHarness(folder)
        #expect(try folder.sql("SELECT count(*) FROM subjects") == entries)
        #expect(try harness.missing == 0)
        #expect(try harness.found(subject: 77).count == 301)
        for n in Array(0..<300) + [1_000] {
            await harness.end(Sample.id(n))
            #expect(try harness.orphans == 0)
        }
        #expect(try harness.found(subject: 77).isEmpty)
        #expect(try folder.sql("SELECT count(*) FROM subjects") == ["0"])
    }

    @Test("of a visitor is in the table at once")
    func visitor() async throws {
        let store = try SQLiteStore(folder: folder.data, role: .visitor) { Sample.second }
        try await store.commit(Sample.batch((0..<10).map { Sample.session($0) }))
        #expect(try folder.sql("SELECT count(*) FROM subjects") == ["10"])
        #expect(try folder.sql("SELECT value FROM marks") == ["0"])
        await store.close()
    }

    @Test("goes on with the run that a crash left half, though those before it are forgotten")
    func halfRunAfterForgottenRuns() async throws {
        do {
            let harness = try SubjectIndexHarness(folder)
            #expect(await harness.commit((0..<100).map { Sample.session($0) }) == nil)
            for n in 0..<100 { await harness.end(Sample.id(n)) }
            try harness.committer.maintain()
            #expect(try harness.runs == 0)
            // The second batch has its first slice, with which a straggler goes, and no more.
            #expect(await harness.commit((100..<300).map { Sample.session($0 * 2) }) == nil)
            #expect(await harness.commit([Sample.session(201)]) == nil)
            #expect(try harness.runs == 1)
            #expect(try harness.watermark == Sample.id(99))
        }
        let harness = try SubjectIndexHarness(folder)
        #expect(await harness.commit([Sample.session(203)]) == nil)
        try harness.committer.maintain()
        #expect(try harness.runs == 1)
        #expect(try harness.watermark == Sample.id(598))
        for id in try harness.found(subject: 77) { await harness.end(id) }
        #expect(try harness.orphans == 0)
    }

    @Test("keeps its promise with runs that are forgotten between crashes")
    func forgetsAroundCrash() async throws {
        var random = SeededGenerator(seed: 5)
        var left: Set<Int64> = []
        var forgotten = 0
        for life in 0..<60 {
            let harness = try SubjectIndexHarness(folder)
            #expect(try harness.orphans == 0)
            #expect(try Set(harness.found(subject: 77)) == left)
            for n in 0..<Int(random.next() % 250) {
                let row = Sample.session(life * 300 + n)
                try #require(await harness.commit([row]) == nil)
                left.insert(row.id)
                guard random.next() % 64 == 0 else { continue }
                for id in left where random.next() % 16 != 0 {
                    await harness.end(id)
                    left.remove(id)
                }
                let runs = try harness.runs
                // All of the batch and the sweep, or some steps of them.
                if random.next() % 2 == 0 {
                    try harness.committer.maintain()
                } else {
                    for _ in 0..<6 { _ = harness.committer.idle() }
                }
                if try harness.runs < runs { forgotten += 1 }
                #expect(try harness.orphans == 0)
                #expect(try harness.missing == 0)
            }
        }
        // Otherwise the test would prove nothing.
        #expect(forgotten > 5)
    }
}
