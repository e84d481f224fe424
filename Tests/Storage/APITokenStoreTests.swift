import TestSupport
import Testing

@testable import SignetStorage

/// What every store promises about API tokens, and about the sessions that are begun by them.
@Suite("API tokens in every store")
struct APITokenStoreTests {
    let folder: TemporaryFolder
    let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ kind: StoreKind) async throws -> any Store {
        let store = try kind.open(folder, clock: clock)
        try await store.write((1...3).map { .insertUser(Sample.user($0)) })
        return store
    }

    private func token(_ number: UInt64, user: Int64 = 1, isMain: Bool = false) -> APITokenRow {
        APITokenRow(
            // Not in the order of their ids.
            id: RowID(high: 1000 - number, low: number), user: user, key: 7, isMain: isMain,
            created: 1, updated: 2, expires: APITokenRow.never, permissions: -1,
            restrictions: "a\nb \u{1F511}")
    }

    private func session(_ number: UInt64, by token: APITokenRow?) -> UserSessionRow {
        UserSessionRow(
            id: RowID(high: number, low: number), realm: .frontend, user: 1, created: 1,
            expires: Sample.second + 3600, tokenLife: 60, apiToken: token?.id)
    }

    private func write(_ store: any Store, _ mutations: Mutation...) async -> StoreError.Reason? {
        await reason { () throws(StoreError) in try await store.write(mutations) }
    }

    /// The sessions whose end the log tells.
    private func ends(_ store: any Store) async throws -> [Int64] {
        try await store.changes(after: 0).filter { $0.kind == .sessionEnded }.map(\.subject)
    }

    @Test(
        "are returned as they were added, to their user, and in silence",
        arguments: StoreKind.allCases)
    func found(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let last = try await store.load().lastChange
        var odd = token(2)
        odd.expires = -1
        odd.permissions = .min
        odd.restrictions = ""
        let rows = [token(1, isMain: true), odd, token(3)]
        for row in rows { #expect(await write(store, .insertAPIToken(row)) == nil) }
        #expect(await write(store, .insertAPIToken(token(4, user: 2, isMain: true))) == nil)
        #expect(try await store.apiTokens(user: 1) == rows)
        #expect(try await store.apiTokens(user: 3).isEmpty)
        #expect(try await store.apiToken(odd.id) == odd)
        #expect(try await store.apiToken(RowID(high: 0, low: 2)) == nil)
        #expect(try await store.changes(after: last).isEmpty)
        await store.close()
    }

    @Test(
        "one of a user's is the main one, and all belong to a user", arguments: StoreKind.allCases)
    func conflicts(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let main = token(1, isMain: true)
        #expect(await write(store, .insertAPIToken(main)) == nil)
        #expect(await write(store, .insertAPIToken(token(2, isMain: true))) == .conflict)
        #expect(await write(store, .insertAPIToken(token(1, user: 2))) == .conflict)
        #expect(await write(store, .insertAPIToken(token(3, user: 9))) == .conflict)
        // In place of the other.
        let next = token(4, isMain: true)
        #expect(
            await write(store, .deleteAPIToken(main.id, user: 1), .insertAPIToken(next)) == nil)
        #expect(try await store.apiTokens(user: 1) == [next])
        await store.close()
    }

    @Test("are changed and deleted by their user alone", arguments: StoreKind.allCases)
    func changed(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        #expect(await write(store, .insertAPIToken(token(1, isMain: true))) == nil)
        var other = token(1)
        other.key = 99
        other.created = 99
        other.updated = 5
        other.expires = 6
        other.permissions = 7
        other.restrictions = "c"
        #expect(await write(store, .updateAPIToken(other)) == nil)
        // The rest is not for anybody to change.
        var expected = other
        (expected.key, expected.created, expected.isMain) = (7, 1, true)
        #expect(try await store.apiToken(other.id) == expected)
        other.user = 2
        #expect(await write(store, .updateAPIToken(other)) == .conflict)
        #expect(await write(store, .updateAPIToken(token(9))) == .conflict)
        #expect(await write(store, .deleteAPIToken(other.id, user: 2)) == .conflict)
        #expect(await write(store, .deleteAPIToken(token(9).id, user: 1)) == .conflict)
        #expect(try await store.apiToken(other.id) == expected)
        #expect(await write(store, .deleteAPIToken(other.id, user: 1)) == nil)
        #expect(try await store.apiTokens(user: 1).isEmpty)
        await store.close()
    }

    @Test("take the sessions that they began with them", arguments: StoreKind.allCases)
    func sessions(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let (first, second) = (token(1), token(2))
        let rows = [
            session(1, by: first), session(2, by: first), session(3, by: second),
            session(4, by: nil), session(5, by: second),
        ]
        #expect(await write(store, .insertAPIToken(first), .insertAPIToken(second)) == nil)
        for row in rows { #expect(await write(store, .insertUserSession(row)) == nil) }
        #expect(try await store.userSessions(user: 1, realm: .frontend) == rows)
        #expect(await write(store, .insertUserSession(session(6, by: token(9)))) == .conflict)

        #expect(await write(store, .updateAPIToken(first)) == nil)
        #expect(try await ends(store).sorted() == [1, 2])
        #expect(await write(store, .deleteAPIToken(second.id, user: 2)) == .conflict)
        #expect(try await ends(store).count == 2)
        #expect(await write(store, .deleteAPIToken(second.id, user: 1)) == nil)
        #expect(try await ends(store).sorted() == [1, 2, 3, 5])
        #expect(try await store.userSessions(user: 1, realm: .frontend) == [rows[3]])
        await store.close()
    }

    @Test("go with their user", arguments: StoreKind.allCases)
    func cascade(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let kept = token(2, user: 2)
        #expect(await write(store, .insertAPIToken(token(1)), .insertAPIToken(kept)) == nil)
        #expect(await write(store, .insertUserSession(session(1, by: token(1)))) == nil)
        #expect(await write(store, .deleteUser(id: 1)) == nil)
        #expect(try await store.apiToken(token(1).id) == nil)
        #expect(try await store.apiToken(kept.id) == kept)
        #expect(try await ends(store) == [1])
        await store.close()
    }

    @Test("come to a database of schema 6, whose sessions stay")
    func migration() async throws {
        let first = try await open(.sqlite)
        #expect(await write(first, .insertUserSession(session(1, by: nil))) == nil)
        await first.close()
        try folder.goBack(toSchema: 6)
        let again = try StoreKind.sqlite.open(folder, clock: clock)
        #expect(try await again.userSessions(user: 1, realm: .frontend) == [session(1, by: nil)])
        #expect(await write(again, .insertAPIToken(token(1))) == nil)
        #expect(await write(again, .insertUserSession(session(2, by: token(1)))) == nil)
        await again.close()
        let last = try StoreKind.sqlite.open(folder, clock: clock)
        #expect(try await last.apiTokens(user: 1) == [token(1)])
        #expect(try await last.userSession(session(2, by: nil).id) == session(2, by: token(1)))
        await last.close()
        #expect(try folder.sql("PRAGMA foreign_key_check").isEmpty)
    }
}
