import Testing

@testable import SignetStorage

/// The stores that must all behave alike.
enum StoreKind: String, CaseIterable, Sendable {
    case memory
    case sqlite
    case sqliteRelaxed

    func open(_ folder: TemporaryFolder, clock: ManualClock) throws -> any Store {
        switch self {
        case .memory: MemoryStore { clock.now }
        case .sqlite: try SQLiteStore(folder: folder.data) { clock.now }
        case .sqliteRelaxed:
            try SQLiteStore(folder: folder.data, durability: .relaxed) { clock.now }
        }
    }
}

@Suite("Every store")
struct StoreConformanceTests {
    let folder: TemporaryFolder
    let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("is empty at first", arguments: StoreKind.allCases)
    func empty(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        let contents = try await store.load()
        #expect(contents.apps.isEmpty)
        #expect(contents.keys.isEmpty)
        #expect(contents.properties.isEmpty)
        #expect(contents.newestSession == 0)
        #expect(contents.lastAppNumber == 0)
        #expect(contents.lastChange == 0)
        #expect(try await store.session(1) == nil)
        #expect(try await store.sessions(app: 1, subject: 1).isEmpty)
        #expect(try await store.changes(after: 0).isEmpty)
        await store.close()
    }

    @Test("returns apps, keys and properties as they were written", arguments: StoreKind.allCases)
    func smallTables(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        var key = Sample.key(2, app: 1, phase: .next)
        try await store.write([
            .insertApp(Sample.app(1)), .insertApp(Sample.app(5, name: "")),
            .insertKey(Sample.key(1, app: 1)), .insertKey(key),
            .setProperty(name: "root", value: [0, 1, 254]),
            .setProperty(name: "empty", value: []), .setProperty(name: "old", value: [9]),
        ])
        var app = Sample.app(1)
        app.name = "renamed"
        app.description = "d"
        app.tokenExpire = 101
        app.tokenNotBefore = 102
        app.refreshExpire = 103
        app.refreshNotBefore = 104
        app.rotationPeriod = 105
        app.refreshGrace = 106
        app.requiredClaims = 7
        app.updated = 108
        // These are not for an update to change.
        var update = app
        update.id = Sample.app(9).id
        update.keyHash = [1]
        update.algorithm = "none"
        update.added = 1
        update.lastKeyRotation = 1
        key.phase = .revoked
        key.sealedPrivateKey = []
        try await store.write([
            .updateApp(update), .updateKey(key), .removeProperty(name: "old"),
            .setProperty(name: "root", value: [7]),
        ])
        let contents = try await store.load()
        #expect(contents.apps == [app, Sample.app(5, name: "")])
        #expect(contents.keys == [Sample.key(1, app: 1), key])
        #expect(contents.properties == ["root": [7], "empty": []])
        #expect(contents.lastAppNumber == 5)
        #expect(contents.lastKeyNumber == 2)

        app.keyHash = [4, 5]
        app.updated = 109
        try await store.write([.replaceAppKey(app: 1, hash: [4, 5], at: 109)])
        #expect(try await store.load().apps == [app, Sample.app(5, name: "")])
        await store.close()
    }

    @Test(
        "deletes an app's keys with it, and never takes its number again",
        arguments: StoreKind.allCases)
    func deletesApp(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.write([
            .insertApp(Sample.app(1)), .insertApp(Sample.app(2)),
            .insertKey(Sample.key(1, app: 1)), .insertKey(Sample.key(2, app: 2)),
            .insertKey(Sample.key(3, app: 2)),
        ])
        try await store.write([.deleteApp(number: 2), .deleteApp(number: 99)])
        let contents = try await store.load()
        #expect(contents.apps == [Sample.app(1)])
        #expect(contents.keys == [Sample.key(1, app: 1)])
        #expect(contents.lastAppNumber == 2)
        #expect(contents.lastKeyNumber == 3)
        let again = await reason { () throws(StoreError) in
            try await store.write([.insertApp(Sample.app(2))])
        }
        #expect(again == .conflict)
        await store.close()
    }

    @Test(
        "moves a key out of the phase that it is in only, and notes a rotation without the rest",
        arguments: StoreKind.allCases)
    func movesKey(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        var key = Sample.key(1, app: 1, phase: .next)
        var app = Sample.app(1)
        try await store.write([.insertApp(app), .insertKey(key)])
        key.phase = .active
        try await store.write([.moveKey(key, from: .next)])
        // Another process that still takes it for the next one does nothing, nor does its write.
        var late = key
        late.phase = .revoked
        let refused = await reason { () throws(StoreError) in
            try await store.write([
                .noteKeyRotation(app: 1, at: 9), .moveKey(late, from: .next),
            ])
        }
        #expect(refused == .conflict)
        #expect(try await store.load().keys == [key])
        #expect(try await store.load().apps == [app])

        key.expires = 77
        try await store.write([
            .moveKey(key, from: .active), .noteKeyRotation(app: 1, at: 5),
            .noteKeyRotation(app: 99, at: 5),
        ])
        app.lastKeyRotation = 5
        #expect(try await store.load().keys == [key])
        #expect(try await store.load().apps == [app])
        let kinds = try await store.changes(after: 3).map(\.kind)
        #expect(kinds == [.keyUpdated, .appUpdated, .appUpdated])
        await store.close()
    }

    @Test("applies all mutations of a write or none", arguments: StoreKind.allCases)
    func atomicWrite(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.write([.insertApp(Sample.app(1))])
        let bad: [Mutation] = [
            .insertApp(Sample.app(1)), .updateApp(Sample.app(8)), .updateKey(Sample.key(8, app: 1)),
            .insertKey(Sample.key(1, app: 8)), .moveKey(Sample.key(8, app: 1), from: .active),
            .replaceAppKey(app: 8, hash: [1], at: 1),
        ]
        for mutation in bad {
            let refused = await reason { () throws(StoreError) in
                try await store.write([.setProperty(name: "p", value: [1]), mutation])
            }
            #expect(refused == .conflict, "\(mutation)")
        }
        let contents = try await store.load()
        #expect(contents.properties.isEmpty)
        #expect(contents.apps == [Sample.app(1)])
        #expect(try await store.changes(after: 0).count == 1)
        await store.close()
    }

    @Test("returns sessions as they were committed", arguments: StoreKind.allCases)
    func sessions(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        var odd = Sample.session(3, subject: .max, claims: [])
        odd.issued -= 100_000
        odd.refreshExpires = 1 << 50
        odd.authNotBefore = odd.issued
        let rows = [Sample.session(1), odd, Sample.session(2, claims: [0, 255, 0])]
        try await store.commit(Sample.batch(rows))
        for row in rows { #expect(try await store.session(row.id) == row) }
        #expect(try await store.session(Sample.id(4)) == nil)
        #expect(try await store.load().newestSession == Sample.id(3))
        await store.close()
    }

    @Test(
        "finds the sessions of a subject, oldest first, and nobody else's",
        arguments: StoreKind.allCases)
    func subjects(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        let high = UInt64.max - 5
        let mine = [5, 1, 3].map { Sample.session($0, subject: high) }
        try await store.commit(Sample.batch(mine + [Sample.session(2, subject: 5)]))
        try await store.commit(Sample.batch(Sample.session(4, app: 2, subject: high)))
        #expect(
            try await store.sessions(app: 1, subject: high).map(\.id) == [1, 3, 5].map(Sample.id))
        #expect(try await store.sessions(app: 2, subject: high).map(\.id) == [Sample.id(4)])
        #expect(try await store.sessions(app: 3, subject: high).isEmpty)
        await store.close()
    }

    @Test("applies a batch whole or not at all", arguments: StoreKind.allCases)
    func atomicBatch(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.commit(Sample.batch(Sample.session(1)))
        let batches = [
            Sample.batch(Sample.session(2), Sample.session(1)),
            Sample.batch(Sample.session(3), Sample.session(3)),
        ]
        for batch in batches {
            let refused = await reason { () throws(StoreError) in try await store.commit(batch) }
            #expect(refused == .conflict)
        }
        #expect(try await store.session(Sample.id(2)) == nil)
        #expect(try await store.session(Sample.id(3)) == nil)
        #expect(try await store.sessions(app: 1, subject: 77).count == 1)
        await store.close()
    }

    @Test("renews a session once per tag and tells the loser", arguments: StoreKind.allCases)
    func renews(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        var row = Sample.session(1)
        try await store.commit(Sample.batch(row))
        let batch = SessionBatch()
        let renewal = SessionRenewal(
            previousTag: row.tag, at: (row.issued + 4_000) * 1_000 + 7,
            replacedExpires: row.refreshExpires, successor: [0, 255, 1])
        row.key = 9
        row.issued += 4_000
        row.authNotBefore = row.issued + 1
        row.authExpires = row.issued + 2
        row.refreshNotBefore = row.issued + 3
        row.refreshExpires = row.issued + 4
        row.claims = Array(#""sub":"u1","ip":"::1""#.utf8)
        row.renewal = renewal
        for (id, tag) in [(row.id, UInt64(10)), (row.id, 11), (Sample.id(9), 12)] {
            var renewed = row
            renewed.id = id
            renewed.tag = tag
            batch.renew(renewed, isFirst: true)
        }
        #expect(try await store.renewedSessions().isEmpty)
        try await store.commit(batch)
        #expect((0..<3).map(batch.wasLost) == [false, true, true])
        row.tag = 10
        #expect(try await store.session(row.id) == row)
        #expect(
            try await store.renewedSessions() == [
                RenewedSession(id: row.id, tag: 10, replacedExpires: renewal.replacedExpires)
            ])
        #expect(try await store.session(Sample.id(9)) == nil)
        batch.removeAll()
        #expect(!batch.wasLost(1))
        await store.close()
    }

    @Test("ends a session and says so in the change log", arguments: StoreKind.allCases)
    func ends(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.commit(Sample.batch((1...3).map { Sample.session($0) }))
        let batch = SessionBatch()
        batch.end(id: Sample.id(1), app: 1, expires: clock.now + 50)
        batch.end(id: Sample.id(8), app: 2, expires: clock.now + 51)
        try await store.commit(batch)
        try await store.write([.endSession(id: Sample.id(2), app: 1, expires: clock.now + 52)])
        #expect(try await store.sessions(app: 1, subject: 77).map(\.id) == [Sample.id(3)])
        #expect(try await store.session(Sample.id(1)) == nil)
        #expect(try await store.session(Sample.id(2)) == nil)

        let changes = try await store.changes(after: 0)
        #expect(changes.map(\.kind) == [.sessionEnded, .sessionEnded, .sessionEnded])
        #expect(changes.map(\.subject) == [1, 8, 2].map(Sample.id))
        #expect(changes.map(\.app) == [1, 2, 1])
        #expect(changes.map { $0.expires - clock.now } == [50, 51, 52])
        await store.close()
    }

    @Test("logs every mutation in order", arguments: StoreKind.allCases)
    func changeLog(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.write([
            .insertApp(Sample.app(1)), .updateApp(Sample.app(1)),
            .insertKey(Sample.key(1, app: 1)), .updateKey(Sample.key(1, app: 1)),
            .deleteKey(number: 1), .setProperty(name: "p", value: [1]),
            .endSessions(app: 1, through: 55, expires: clock.now + 66),
            .endSubject(app: 1, subject: .max, through: 56, expires: clock.now + 67),
            .deleteApp(number: 1),
        ])
        let changes = try await store.changes(after: 0)
        #expect(
            changes.map(\.kind) == [
                .appInserted, .appUpdated, .keyInserted, .keyUpdated, .keyDeleted,
                .propertyChanged, .appSessionsEnded, .subjectSessionsEnded, .appDeleted,
            ])
        #expect(changes.map(\.subject) == [1, 1, 1, 1, 1, 0, 1, -1, 1])
        #expect(changes.map(\.app) == [1, 1, 1, 1, 0, 0, 1, 1, 1])
        #expect(changes.map(\.through) == [0, 0, 0, 0, 0, 0, 55, 56, 0])
        #expect(changes.map { max(0, $0.expires - clock.now) } == [0, 0, 0, 0, 0, 0, 66, 67, 0])
        #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.sequence < $1.sequence })

        let middle = changes[4].sequence
        #expect(try await store.changes(after: middle) == Array(changes[5...]))
        #expect(try await store.load().lastChange == changes[8].sequence)
        await store.close()
    }

    @Test("forgets what has expired or was ended by the many", arguments: StoreKind.allCases)
    func maintains(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.write([.insertApp(Sample.app(1)), .insertApp(Sample.app(2))])
        let short = (0..<1_500).map { Sample.session($0, subject: UInt64($0 % 10), life: 600) }
        let long = (1_500..<3_000).map { Sample.session($0, subject: UInt64($0 % 10)) }
        let other = (3_000..<3_010).map { Sample.session($0, app: 2, subject: 3) }
        try await store.commit(Sample.batch(short + long + other))

        clock.advance(seconds: 605)
        try await store.maintain()
        #expect(try await store.session(short[0].id) == nil)
        #expect(try await store.session(short[1_499].id) == nil)
        #expect(try await store.session(long[0].id) == long[0])
        #expect(try await store.sessions(app: 1, subject: 3).count == 150)

        try await store.write([
            .endSubject(
                app: 1, subject: 3, through: Sample.id(2_500), expires: clock.now + 7_200),
            .deleteApp(number: 2),
        ])
        try await store.maintain()
        #expect(try await store.sessions(app: 1, subject: 3).count == 50)
        #expect(try await store.sessions(app: 2, subject: 3).isEmpty)

        try await store.write([
            .endSessions(app: 1, through: Sample.id(2_999), expires: clock.now + 7_200)
        ])
        try await store.maintain()
        #expect(try await store.load().newestSession == 0)
        #expect(try await store.changes(after: 0).count == 5)
        clock.advance(seconds: 7_201)
        try await store.maintain()
        #expect(
            try await store.changes(after: 0).map(\.kind) == [
                .appInserted, .appInserted, .appDeleted,
            ])
        await store.close()
    }

    @Test("refuses everything once it is closed", arguments: StoreKind.allCases)
    func closed(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        await store.close()
        await store.close()
        let reasons = [
            await reason { () throws(StoreError) in _ = try await store.load() },
            await reason { () throws(StoreError) in
                try await store.write([.deleteKey(number: 1)])
            },
            await reason { () throws(StoreError) in
                try await store.commit(Sample.batch(Sample.session(1)))
            },
            await reason { () throws(StoreError) in _ = try await store.session(1) },
            await reason { () throws(StoreError) in _ = try await store.changes(after: 0) },
            await reason { () throws(StoreError) in try await store.maintain() },
        ]
        #expect(reasons.allSatisfy { $0 == .closed })
    }
}
