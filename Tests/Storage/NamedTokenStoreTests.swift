import TestSupport
import Testing

@testable import SignetStorage

/// What every store promises about named tokens, and about the keys of realms.
@Suite("Named tokens in every store")
struct NamedTokenStoreTests {
    let folder: TemporaryFolder
    let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let user = 3 as Int64

    private func open(_ kind: StoreKind) async throws -> any Store {
        let store = try kind.open(folder, clock: clock)
        try await store.write((1...4).map { .insertUser(user($0)) })
        return store
    }

    private func user(_ id: Int64) -> UserRow {
        UserRow(
            id: id, login: "user\(id)", email: "\(id)@example.org", created: Sample.second * 1000,
            updated: Sample.second * 1000)
    }

    private func token(
        _ number: UInt64, user: Int64 = Self.user, _ description: String? = nil
    ) -> NamedTokenRow {
        NamedTokenRow(
            // Not in the order of their ids.
            id: RowID(high: 1000 - number, low: number), user: user,
            description: description ?? "token \(number)", issued: Sample.second,
            expires: Sample.second + 60)
    }

    private func refusal(_ store: any Store, _ mutations: Mutation...) async -> StoreError.Reason? {
        await reason { () throws(StoreError) in try await store.write(mutations) }
    }

    @Test("are returned as they were added, to their user", arguments: StoreKind.allCases)
    func found(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        var odd = token(2, "a\u{0}b\n\"\u{1F511}")
        odd.issued = -1
        odd.expires = 1 << 50
        let other = token(3, user: 4)
        let mine = [token(1), odd, token(4)]
        try await store.write([
            .insertNamedToken(mine[0]), .insertNamedToken(mine[1]), .insertNamedToken(other),
            .insertNamedToken(mine[2]),
        ])
        #expect(try await store.namedTokens(user: Self.user) == mine)
        #expect(try await store.namedTokens(user: 4) == [other])
        #expect(try await store.namedTokens(user: 1).isEmpty)
        #expect(try await store.namedToken(odd.id) == odd)
        #expect(try await store.namedToken(RowID(high: 0, low: 2)) == nil)
        let changes = try await store.changes(after: 4)
        #expect(changes.map(\.kind) == Array(repeating: .namedTokenInserted, count: 4))
        #expect(changes.map(\.subject) == [1, 2, 3, 4])
        await store.close()
    }

    @Test(
        "have descriptions that no other of their user has, byte for byte",
        arguments: StoreKind.allCases)
    func unique(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        try await store.write([.insertNamedToken(token(1, "Beta"))])
        #expect(await refusal(store, .insertNamedToken(token(2, "Beta"))) == .conflict)
        #expect(await refusal(store, .insertNamedToken(token(1, "new id"))) == .conflict)
        #expect(await refusal(store, .insertNamedToken(token(9, user: 99))) == .conflict)
        // é as one scalar and as two, which Swift's strings do not tell apart.
        for (number, name) in ["beta", "Beta ", "\u{E9}", "e\u{301}", "Beta\u{0}"].enumerated() {
            #expect(
                await refusal(store, .insertNamedToken(token(UInt64(10 + number), name))) == nil)
        }
        #expect(await refusal(store, .insertNamedToken(token(20, user: 4, "Beta"))) == nil)
        #expect(try await store.namedTokens(user: Self.user).count == 6)
        await store.close()
    }

    @Test("are deleted by their user alone, and once", arguments: StoreKind.allCases)
    func deleted(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let first = token(1)
        try await store.write([.insertNamedToken(first), .insertNamedToken(token(2))])
        #expect(await refusal(store, .deleteNamedToken(first.id, user: 4)) == .conflict)
        #expect(await refusal(store, .deleteNamedToken(first.id, user: Self.user)) == nil)
        #expect(await refusal(store, .deleteNamedToken(first.id, user: Self.user)) == .conflict)
        #expect(try await store.namedToken(first.id) == nil)
        #expect(try await store.namedTokens(user: Self.user) == [token(2)])
        #expect(try await store.changes(after: 0).last?.kind == .namedTokenDeleted)
        #expect(try await store.changes(after: 0).last?.subject == 1)
        // Its description is free again.
        try await store.write([.insertNamedToken(token(3, first.description))])
        await store.close()
    }

    @Test("go with their user", arguments: StoreKind.allCases)
    func cascade(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        let kept = token(2, user: 4)
        try await store.write([.insertNamedToken(token(1)), .insertNamedToken(kept)])
        try await store.write([.deleteUser(id: Self.user)])
        #expect(try await store.namedToken(token(1).id) == nil)
        #expect(try await store.namedTokens(user: Self.user).isEmpty)
        #expect(try await store.namedToken(kept.id) == kept)
        await store.close()
    }

    @Test("survive the end of the server", arguments: [StoreKind.sqlite, .sqliteRelaxed])
    func reopened(_ kind: StoreKind) async throws {
        let store = try await open(kind)
        try await store.write([.insertNamedToken(token(1)), .insertNamedToken(token(2))])
        try await store.write([.deleteNamedToken(token(1).id, user: Self.user)])
        await store.close()
        let again = try kind.open(folder, clock: clock)
        #expect(try await again.namedTokens(user: Self.user) == [token(2)])
        await again.close()
    }

    @Test("a realm has one key that signs, and keys apart from apps", arguments: StoreKind.allCases)
    func realmKeys(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        let realm = Realm.namedTokens.number
        var key = Sample.key(1, app: realm)
        try await store.write([
            .insertKey(key), .insertApp(Sample.app(1)), .insertKey(Sample.key(2, app: 1)),
            .insertKey(Sample.key(3, app: 1)),
        ])
        #expect(await refusal(store, .insertKey(Sample.key(4, app: realm))) == .conflict)
        #expect(try await store.load().keys.map(\.app) == [realm, 1, 1])
        key.phase = .verifying
        let next = Sample.key(5, app: realm)
        try await store.write([.moveKey(key, from: .active), .insertKey(next)])
        #expect(await refusal(store, .moveKey(key, from: .active)) == .conflict)
        try await store.write([.deleteApp(number: 1)])
        #expect(try await store.load().keys == [key, next])
        #expect(try await store.load().lastKeyNumber == 5)
        await store.close()
    }

    @Test("keys of schema 4 are kept, and so are the numbers that are used up")
    func migration() async throws {
        let first = try StoreKind.sqlite.open(folder, clock: clock)
        try await first.write([
            .insertApp(Sample.app(1)), .insertKey(Sample.key(1, app: 1)),
            .insertKey(Sample.key(2, app: 1)), .insertKey(Sample.key(7, app: 1)),
        ])
        try await first.write([.deleteKey(number: 7)])
        await first.close()
        try folder.goBack(toSchema: 4)

        let second = try StoreKind.sqlite.open(folder, clock: clock)
        #expect(
            try await second.load().keys == [Sample.key(1, app: 1), Sample.key(2, app: 1)])
        #expect(try await second.load().lastKeyNumber == 7)
        #expect(await refusal(second, .insertKey(Sample.key(7, app: 1))) == .conflict)
        #expect(await refusal(second, .insertKey(Sample.key(8, app: 1))) == nil)
        #expect(await refusal(second, .insertKey(Sample.key(9, app: 5))) == .conflict)
        try await second.write([.deleteApp(number: 1)])
        #expect(try await second.load().keys.isEmpty)
        await second.close()
        #expect(try folder.sql("PRAGMA foreign_key_check").isEmpty)
    }
}
