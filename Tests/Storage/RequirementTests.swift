import TestSupport
import Testing

@testable import SignetStorage

/// What every store promises about writes that rest on something, and about what goes with a user, an app
/// or a key.
@Suite("Requirements in every store")
struct RequirementTests {
    let folder: TemporaryFolder
    let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ kind: StoreKind) async throws -> any Store {
        let store = try kind.open(folder, clock: clock)
        try await store.write(
            (1...2).map { .insertUser(Sample.user($0, passwordHash: [1])) } + [
                .insertApp(Sample.app(1)), .insertKey(Sample.key(7, app: Realm.apiTokens.number)),
            ])
        return store
    }

    private func session(
        _ number: UInt64, user: Int64? = 1, app: Int64? = nil, by token: APITokenRow? = nil
    ) -> UserSessionRow {
        UserSessionRow(
            id: RowID(high: number, low: number), realm: .frontend, user: user, app: app,
            created: 1, expires: Sample.second + 3600, tokenLife: 60, apiToken: token?.id)
    }

    private func token(_ number: UInt64, user: Int64 = 1, key: Int64 = 7) -> APITokenRow {
        APITokenRow(
            id: RowID(high: number, low: number), user: user, key: key, isMain: number == 1,
            created: 1, updated: 2, expires: APITokenRow.never, permissions: 0, restrictions: "")
    }

    private func named(_ number: UInt64, user: Int64 = 1) -> NamedTokenRow {
        NamedTokenRow(
            id: RowID(high: number, low: number), user: user, description: "\(number)", issued: 1,
            expires: 2)
    }

    private func write(_ store: any Store, _ mutations: Mutation...) async -> StoreError.Reason? {
        await reason { () throws(StoreError) in try await store.write(mutations) }
    }

    /// The sessions whose end the log tells.
    private func ends(_ store: any Store) async throws -> [Int64] {
        try await store.changes(after: 0).filter { $0.kind == .sessionEnded }.map(\.subject)
            .sorted()
    }

    @Test("hold or make it a conflict, that leaves no trace", arguments: StoreKind.allCases)
    func conditions(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let hash = Sample.app(1).keyHash
        #expect(
            await write(
                store, .insertAPIToken(token(1)), .insertAPIToken(token(2)),
                .insertNamedToken(named(1)), .insertUserSession(session(1))) == nil)
        let right: [Requirement] = [
            .user(1, generation: 1), .userSession(session(1).id),
            .apiToken(token(1).id, updated: 2), .app(1, keyHash: hash),
            .apiTokens(of: 1, below: 3), .apiTokens(of: 2, below: 1), .namedTokens(of: 1, below: 2),
        ]
        let wrong: [Requirement] = [
            .user(1, generation: 2), .user(9, generation: 1), .userSession(session(9).id),
            .apiToken(token(1).id, updated: 3), .apiToken(token(9).id, updated: 2),
            .app(1, keyHash: hash.reversed()), .app(9, keyHash: hash),
            .apiTokens(of: 1, below: 2), .apiTokens(of: 2, below: 0), .namedTokens(of: 1, below: 1),
        ]
        for requirement in wrong {
            #expect(
                await write(
                    store, .endUserSession(session(1).id), .insertUserSession(session(2)),
                    .require(requirement)) == .conflict, "\(requirement)")
        }
        #expect(try await store.userSessions(user: 1, realm: .frontend) == [session(1)])
        let last = try await store.load().lastChange
        for requirement in right {
            #expect(await write(store, .require(requirement)) == nil, "\(requirement)")
        }
        #expect(try await store.changes(after: last).isEmpty)
        await store.close()
    }

    @Test("a user's generation is what a password rests on", arguments: StoreKind.allCases)
    func generations(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        func begins(_ number: UInt64, generation: Int64) async -> Bool {
            await write(
                store, .require(.user(1, generation: generation)),
                .insertUserSession(session(number))) == nil
        }
        #expect(await begins(1, generation: 1))
        // Another hash of the same password changes nothing.
        #expect(await write(store, .rehashPassword(user: 1, from: [1], to: [2])) == nil)
        #expect(await begins(2, generation: 1))
        #expect(await write(store, .setPassword(user: 1, hash: [3], at: 2)) == nil)
        #expect(await !begins(3, generation: 1))
        #expect(
            await write(
                store, .moveUser(1, from: .active, to: .suspended, at: 3),
                .moveUser(1, from: .suspended, to: .active, at: 4)) == nil)
        #expect(await !begins(3, generation: 2))
        #expect(await begins(3, generation: 4))
        await store.close()
    }

    @Test("the time of an API token rises with each change", arguments: StoreKind.allCases)
    func updates(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        #expect(await write(store, .insertAPIToken(token(1))) == nil)
        // A clock that stands still, one that runs back, and one that runs on.
        for (time, expected) in [(2, 3), (1, 4), (10, 10)] as [(Int64, Int64)] {
            var row = token(1)
            row.updated = time
            #expect(await write(store, .updateAPIToken(row)) == nil)
            #expect(try await store.apiToken(row.id)?.updated == expected)
        }
        await store.close()
    }

    @Test(
        "a user that is not active any more loses its tokens and sessions for good",
        arguments: StoreKind.allCases)
    func suspended(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        #expect(
            await write(
                store, .insertAPIToken(token(1)), .insertAPIToken(token(2, user: 2)),
                .insertNamedToken(named(1)), .insertNamedToken(named(2, user: 2)),
                .insertUserSession(session(1)), .insertUserSession(session(2, by: token(1))),
                .insertUserSession(session(3, user: 2))) == nil)
        #expect(try await store.mainAPIToken(user: 1) == token(1))
        #expect(try await store.mainAPIToken(user: 2) == nil)
        #expect(
            await write(
                store, .moveUser(1, from: .active, to: .suspended, at: 3),
                .moveUser(1, from: .suspended, to: .active, at: 4)) == nil)
        #expect(try await store.apiTokens(user: 1).isEmpty)
        #expect(try await store.namedTokens(user: 1).isEmpty)
        #expect(try await store.userSessions(user: 1, realm: .frontend).isEmpty)
        #expect(try await ends(store) == [1, 2])
        #expect(try await store.apiTokens(user: 2) == [token(2, user: 2)])
        #expect(try await store.namedTokens(user: 2) == [named(2, user: 2)])
        #expect(try await store.userSessions(user: 2, realm: .frontend) == [session(3, user: 2)])
        await store.close()
    }

    @Test("a key takes the API tokens that it made with it", arguments: StoreKind.allCases)
    func keys(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        #expect(
            await write(
                store, .insertAPIToken(token(1)), .insertAPIToken(token(2, key: 8)),
                .insertUserSession(session(1, by: token(1))), .insertUserSession(session(2)),
                .insertUserSession(session(3, by: token(2, key: 8)))) == nil)
        #expect(await write(store, .dropAPITokens(key: 7)) == nil)
        #expect(try await store.apiTokens(user: 1) == [token(2, key: 8)])
        #expect(try await ends(store) == [1])
        // Nor does a revoked one make others.
        let revoked = Sample.key(7, app: Realm.apiTokens.number, phase: .revoked)
        #expect(await write(store, .updateKey(revoked)) == nil)
        #expect(await write(store, .insertAPIToken(token(1))) == .conflict)
        await store.close()
    }

    @Test("an app's key takes what it signed in with it", arguments: StoreKind.allCases)
    func apps(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        try await store.write([.insertApp(Sample.app(2))])
        let ending: [Mutation] = [
            .replaceAppKey(app: 1, hash: [1], at: 1), .endSessions(app: 1, through: 1, expires: 1),
        ]
        for (number, mutation) in zip([1, 11] as [UInt64], ending) {
            #expect(
                await write(
                    store, .insertUserSession(session(number, user: nil, app: 1)),
                    .insertUserSession(session(number + 1, app: 1)),
                    .insertUserSession(session(number + 2, app: 2)),
                    .insertUserSession(session(number + 3))) == nil)
            #expect(await write(store, mutation) == nil)
            let ended = [Int64(number), Int64(number) + 1]
            #expect(try await ends(store).suffix(2) == ended)
            #expect(try await store.userSession(session(number + 2).id) != nil)
            #expect(try await store.userSession(session(number + 3).id) != nil)
        }
        #expect(try await ends(store).count == 4)
        await store.close()
    }

    @Test("a user keeps the newest sessions of each realm", arguments: StoreKind.allCases)
    func limits(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        var other = session(1)
        other.id = RowID(high: 0, low: 99)
        other.realm = .signIn
        // Not in their order.
        for row in [other, session(9, user: 2), session(8, user: 2), session(4), session(2)] {
            #expect(await write(store, .insertUserSession(row)) == nil)
        }
        func begin(_ number: UInt64) async -> StoreError.Reason? {
            await write(
                store, .insertUserSession(session(number)),
                .endOldUserSessions(user: 1, realm: .frontend, keeping: 3))
        }
        #expect(await begin(5) == nil)
        #expect(try await ends(store).isEmpty)
        #expect(await begin(6) == nil)
        #expect(try await ends(store) == [2])
        #expect(await begin(7) == nil)
        #expect(try await ends(store) == [2, 4])
        #expect(
            try await store.userSessions(user: 1, realm: .frontend)
                == [session(5), session(6), session(7)])
        #expect(try await store.userSession(other.id) == other)
        #expect(try await store.userSessions(user: 2, realm: .frontend).count == 2)
        await store.close()
    }

    @Test("the sessions of a user are found by their realm in a database of schema 8")
    func migration() async throws {
        let first = try await open(.sqlite)
        #expect(await write(first, .insertUserSession(session(1))) == nil)
        await first.close()
        try folder.goBack(toSchema: 8)
        let again = try StoreKind.sqlite.open(folder, clock: clock)
        #expect(try await again.userSessions(user: 1, realm: .frontend) == [session(1)])
        await again.close()
        let plan = try folder.sql(
            """
            EXPLAIN QUERY PLAN SELECT id FROM user_sessions WHERE user = 1 AND realm = 3
            ORDER BY id DESC LIMIT -1 OFFSET 1000
            """
        ).joined()
        #expect(plan.contains("COVERING INDEX user_sessions_by_user (user=? AND realm=?)"))
        #expect(!plan.contains("TEMP B-TREE"))
    }
}
