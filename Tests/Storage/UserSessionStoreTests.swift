import TestSupport
import Testing

@testable import SignetStorage

/// What every store promises about the sessions of users.
@Suite("Sessions of users in every store")
struct UserSessionStoreTests {
    let folder: TemporaryFolder
    let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ kind: StoreKind) async throws -> any Store {
        let store = try kind.open(folder, clock: clock)
        try await store.write(
            (1...3).map { .insertUser(Sample.user($0)) } + [.insertApp(Sample.app(1))])
        return store
    }

    private func session(
        _ number: UInt64, user: Int64? = 1, app: Int64? = nil, life: Int64 = 3600
    ) -> UserSessionRow {
        UserSessionRow(
            id: RowID(high: number, low: number | 1 << 63), realm: .signIn, user: user, app: app,
            created: Sample.second * 1000, expires: Sample.second + life, tokenLife: 60,
            address: "192.0.2.1", userAgent: "curl/7 \u{1F511}")
    }

    private func write(_ store: any Store, _ mutations: Mutation...) async -> StoreError.Reason? {
        await reason { () throws(StoreError) in try await store.write(mutations) }
    }

    /// The sessions whose end the log tells after `sequence`, and until when.
    private func ends(_ store: any Store, after sequence: Int64) async throws -> [UInt64: Int64] {
        let lines = try await store.changes(after: sequence).filter { $0.kind == .sessionEnded }
        #expect(lines.allSatisfy { $0.app == Realm.signIn.number })
        return Dictionary(
            uniqueKeysWithValues: lines.map {
                (UInt64(bitPattern: $0.subject) & ~(1 << 63), $0.expires)
            })
    }

    @Test("are found as they were added, and once", arguments: StoreKind.allCases)
    func found(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let last = try await store.load().lastChange
        var rows = [session(1), session(2, app: 1), session(3, user: nil, app: 1)]
        rows.append(
            UserSessionRow(
                id: RowID(high: .max, low: 0), realm: .signIn, user: 2, created: -1,
                expires: UserSessionRow.never, tokenLife: 0))
        for row in rows { #expect(await write(store, .insertUserSession(row)) == nil) }
        for row in rows { #expect(try await store.userSession(row.id) == row) }
        #expect(try await store.userSession(RowID(high: 0, low: 0)) == nil)
        #expect(await write(store, .insertUserSession(rows[0])) == .conflict)
        // A session that begins is told to nobody.
        #expect(try await store.changes(after: last).isEmpty)
        await store.close()
    }

    @Test("belong to an active user, or to an app that is there", arguments: StoreKind.allCases)
    func owners(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let now = Sample.second * 1000
        for status in [UserStatus.suspended, .pending, .anonymous] {
            #expect(await write(store, .moveUser(1, from: .active, to: status, at: now)) == nil)
            #expect(await write(store, .insertUserSession(session(1))) == .conflict)
            #expect(await write(store, .moveUser(1, from: status, to: .active, at: now)) == nil)
        }
        #expect(await write(store, .insertUserSession(session(1, user: 9))) == .conflict)
        #expect(await write(store, .insertUserSession(session(1, app: 9))) == .conflict)
        #expect(await write(store, .insertUserSession(session(1, user: nil, app: 9))) == .conflict)
        #expect(await write(store, .insertUserSession(session(1, user: nil))) != nil)
        #expect(try await store.userSession(session(1).id) == nil)
        await store.close()
    }

    @Test("end with a line each, and nothing else does", arguments: StoreKind.allCases)
    func ended(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let sessions = (1...8).map { number in
            switch number {
            case 7: session(7, user: nil, app: 1)
            case 8: session(8, user: 3, app: 1, life: -295)
            default: session(UInt64(number), user: number > 3 ? 2 : 1)
            }
        }
        try await store.write(sessions.map { .insertUserSession($0) })
        var last = try await store.load().lastChange
        func step(_ mutation: Mutation, ends expected: [UInt64: Int64]) async throws {
            #expect(await write(store, mutation) == nil)
            #expect(try await ends(store, after: last) == expected, "\(mutation)")
            for number in expected.keys {
                #expect(try await store.userSession(sessions[Int(number) - 1].id) == nil)
            }
            last = try await store.load().lastChange
        }
        // Told until its tokens have expired, or it would have by the latest of clocks.
        let second = Sample.second + 60
        try await step(.endUserSession(sessions[0].id), ends: [1: second])
        try await step(.endUserSession(sessions[0].id), ends: [:])
        try await step(.setPassword(user: 1, hash: [1], at: 1), ends: [:])
        try await step(
            .moveUser(1, from: .active, to: .suspended, at: 1), ends: [2: second, 3: second])
        try await step(.deleteUser(id: 2), ends: [4: second, 5: second, 6: second])
        #expect(try await store.userSession(sessions[7].id) == sessions[7])
        try await step(.deleteApp(number: 1), ends: [7: second, 8: Sample.second + 5])
        await store.close()
    }

    @Test("are listed and ended by user, realm and but for one", arguments: StoreKind.allCases)
    func listed(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        var rows = (1...6).map { session($0, user: $0 == 3 ? 2 : 1) }
        for index in [1, 3, 4] { rows[index].realm = .frontend }
        // Not in their order.
        for row in rows.reversed() { #expect(await write(store, .insertUserSession(row)) == nil) }
        #expect(
            try await store.userSessions(user: 1, realm: .frontend) == [rows[1], rows[3], rows[4]])
        #expect(try await store.userSessions(user: 1, realm: .signIn) == [rows[0], rows[5]])
        #expect(try await store.userSessions(user: 2, realm: .frontend).isEmpty)

        #expect(
            await write(store, .endUserSessions(user: 1, realm: .frontend, but: rows[3].id)) == nil)
        #expect(try await store.userSessions(user: 1, realm: .frontend) == [rows[3]])
        #expect(try await store.userSessions(user: 1, realm: .signIn) == [rows[0], rows[5]])
        let lines = try await store.changes(after: 0).filter { $0.kind == .sessionEnded }
        #expect(lines.allSatisfy { $0.app == Realm.frontend.number })
        #expect(Set(lines.map { $0.subject & 0xFF }) == [2, 5])
        #expect(await write(store, .endUserSessions(user: 1, realm: nil, but: rows[0].id)) == nil)
        #expect(try await store.userSessions(user: 1, realm: .signIn) == [rows[0]])
        #expect(try await store.userSession(rows[3].id) == nil)
        #expect(await write(store, .endUserSessions(user: 1, realm: nil, but: nil)) == nil)
        #expect(await write(store, .endUserSessions(user: 9, realm: nil, but: nil)) == nil)
        #expect(try await store.userSession(rows[0].id) == nil)
        #expect(try await store.userSession(rows[2].id) == rows[2])
        await store.close()
    }

    @Test("that a conflict rolled back have not ended", arguments: StoreKind.allCases)
    func rolledBack(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        try await store.write([.insertUserSession(session(1))])
        let last = try await store.load().lastChange
        #expect(
            await write(
                store, .endUserSession(session(1).id),
                .moveUser(2, from: .suspended, to: .active, at: 1)) == .conflict)
        #expect(try await store.userSession(session(1).id) == session(1))
        try await store.write([.setProperty(name: "a", value: [1])])
        #expect(try await ends(store, after: last).isEmpty)
        await store.close()
    }

    @Test("go when they have expired, in silence", arguments: StoreKind.allCases)
    func expired(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let forever = UserSessionRow(
            id: RowID(high: 0, low: 9), realm: .signIn, user: 1, created: 1,
            expires: UserSessionRow.never, tokenLife: 60)
        // More than one step of the sweep.
        let short = (1...1200).map { session(UInt64($0), life: 10) }
        try await store.write(
            (short + [session(2000, life: 11), forever]).map { .insertUserSession($0) })
        let last = try await store.load().lastChange
        clock.advance(seconds: 310)
        try await store.maintain()
        for row in short { #expect(try await store.userSession(row.id) != nil) }
        // As late as a clock may be.
        clock.advance(seconds: 1)
        try await store.maintain()
        for row in short { #expect(try await store.userSession(row.id) == nil) }
        #expect(try await store.userSession(session(2000).id) != nil)
        clock.advance(seconds: 1)
        try await store.maintain()
        #expect(try await store.userSession(session(2000).id) == nil)
        #expect(try await store.userSession(forever.id) == forever)
        #expect(try await ends(store, after: last).isEmpty)
        await store.close()
    }

    @Test("and their ends are there after the store was opened again")
    func durable() async throws {
        let first = try await open(.sqlite)
        try await first.write([.insertUserSession(session(1)), .insertUserSession(session(2))])
        try await first.write([.endUserSession(session(1).id)])
        await first.close()
        let again = try StoreKind.sqlite.open(folder, clock: clock)
        #expect(try await again.userSession(session(1).id) == nil)
        #expect(try await again.userSession(session(2).id) == session(2))
        #expect(try await ends(again, after: 0) == [1: Sample.second + 60])
        await again.close()
    }
}
