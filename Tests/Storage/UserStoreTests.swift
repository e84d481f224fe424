import TestSupport
import Testing

@testable import SignetStorage

/// What every store promises about users.
@Suite("Users in every store")
struct UserStoreTests {
    let folder: TemporaryFolder
    let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func user(_ id: Int64, _ login: String? = nil, email: String? = nil) -> UserRow {
        UserRow(
            id: id, login: login ?? "user\(id)", email: email ?? "\(id)@example.org",
            name: "Zoë \u{1F511}", role: .user, passwordHash: [36, 0, 255],
            created: Sample.second * 1000 + 1, updated: Sample.second * 1000 + 1)
    }

    private func refusal(_ store: any Store, _ mutations: Mutation...) async -> StoreError.Reason? {
        await reason { () throws(StoreError) in try await store.write(mutations) }
    }

    @Test("are found by id, login and e-mail as they were written", arguments: StoreKind.allCases)
    func found(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        var odd = user(9, "Ann.Lee+1@Shop", email: "Ann.Lee@Example.org")
        odd.name = ""
        odd.status = .suspended
        odd.role = .sub
        odd.parent = 2
        odd.passwordHash = nil
        odd.updated = 1 << 50
        odd.generation = 77
        var root = user(2)
        (root.status, root.role) = (.anonymous, .root)
        try await store.write([.insertUser(root), .insertUser(odd)])
        #expect(try await store.user(.id(2)) == root)
        for login in ["Ann.Lee+1@Shop", "ann.lee+1@shop", "ANN.LEE+1@SHOP"] {
            #expect(try await store.user(.login(login)) == odd)
        }
        for email in ["Ann.Lee@Example.org", "ANN.LEE@EXAMPLE.ORG"] {
            #expect(try await store.user(.email(email)) == odd)
        }
        for key: UserKey in [
            .id(0), .id(1), .id(-9), .login("ann"), .login(""), .login("Ann.Lee@Example.org"),
            .email("ann.lee+1@shop"), .login("user2 "),
        ] { #expect(try await store.user(key) == nil, "\(key)") }
        #expect(try await store.load().lastUserID == 9)
        await store.close()
    }

    @Test("fold the letters of ASCII and no others", arguments: StoreKind.allCases)
    func folding(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        // [ and { differ by the bit that upper and lower case differ by, as do É and é in Latin 1.
        let logins = ["[a]", "{a}", "É", "é", "ſ", "s", "K", "\u{212A}"]
        for (index, login) in logins.enumerated() {
            try await store.write([.insertUser(user(Int64(index) + 1, login))])
        }
        for (index, login) in logins.enumerated() {
            #expect(try await store.user(.login(login))?.id == Int64(index) + 1)
        }
        #expect(try await store.user(.login("{A}"))?.id == 2)
        #expect(try await store.user(.login("k"))?.id == 7)
        await store.close()
    }

    @Test(
        "are refused with a login, an e-mail or an id that was used, or an unknown parent",
        arguments: StoreKind.allCases)
    func conflicts(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.write([.insertUser(user(3, "ann", email: "ann@example.org"))])
        var orphan = user(4)
        orphan.parent = 99
        var own = user(4)
        own.parent = 4
        for refused in [
            user(4, "ANN"), user(4, email: "Ann@Example.ORG"), user(3), user(2), orphan,
        ] {
            #expect(
                await refusal(store, .setProperty(name: "p", value: [1]), .insertUser(refused))
                    == .conflict, "\(refused)")
        }
        #expect(try await store.load().properties.isEmpty)
        #expect(try await store.load().lastUserID == 3)
        #expect(try await store.users(after: 0, limit: 9).map(\.id) == [3])
        #expect(try await store.changes(after: 0).count == 1)
        // A login may be another's e-mail: who signs in by which is the dialect's to say.
        try await store.write([.insertUser(user(4, "ann@example.org"))])
        #expect(try await store.user(.login("ann@example.org"))?.id == 4)
        #expect(try await store.user(.email("ann@example.org"))?.id == 3)
        await store.close()
    }

    @Test("change status and password, and count it", arguments: StoreKind.allCases)
    func changes(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        var row = user(1)
        try await store.write([.insertUser(row), .insertUser(user(2))])
        try await store.write([.moveUser(1, from: .active, to: .suspended, at: 5)])
        (row.status, row.updated, row.generation) = (.suspended, 5, 2)
        #expect(try await store.user(.id(1)) == row)
        // Who takes it for active is late.
        #expect(await refusal(store, .moveUser(1, from: .active, to: .pending, at: 6)) == .conflict)
        #expect(await refusal(store, .moveUser(8, from: .active, to: .pending, at: 6)) == .conflict)
        #expect(try await store.user(.id(1)) == row)

        try await store.write([.setPassword(user: 1, hash: [1, 2], at: 7)])
        (row.passwordHash, row.updated, row.generation) = ([1, 2], 7, 3)
        #expect(try await store.user(.id(1)) == row)
        #expect(await refusal(store, .setPassword(user: 8, hash: [1], at: 7)) == .conflict)

        // Only while it is the one that was tried, and of no concern to anybody.
        try await store.write([
            .rehashPassword(user: 1, from: [9], to: [8]),
            .rehashPassword(user: 8, from: [1, 2], to: [8]),
        ])
        #expect(try await store.user(.id(1)) == row)
        try await store.write([.rehashPassword(user: 1, from: [1, 2], to: [3])])
        row.passwordHash = [3]
        #expect(try await store.user(.id(1)) == row)
        #expect(try await store.user(.id(2)) == user(2))
        await store.close()
    }

    @Test(
        "are deleted unless they have sub users, and their ids never come back",
        arguments: StoreKind.allCases)
    func deletes(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        var (first, second) = (user(2), user(3))
        (first.parent, second.parent) = (1, 1)
        try await store.write([.insertUser(user(1)), .insertUser(first), .insertUser(second)])
        #expect(await refusal(store, .deleteUser(id: 1)) == .conflict)
        try await store.write([.deleteUser(id: 2)])
        #expect(await refusal(store, .deleteUser(id: 1)) == .conflict)
        #expect(try await store.user(.id(1)) != nil)
        try await store.write([.deleteUser(id: 3), .deleteUser(id: 1), .deleteUser(id: 1)])
        for key: UserKey in [.id(1), .login("user1"), .email("1@example.org")] {
            #expect(try await store.user(key) == nil)
        }
        #expect(try await store.load().lastUserID == 3)
        #expect(await refusal(store, .insertUser(user(3))) == .conflict)
        // The login is free again.
        try await store.write([.insertUser(user(4, "User1", email: "1@EXAMPLE.org"))])
        #expect(try await store.user(.login("user1"))?.id == 4)
        await store.close()
    }

    @Test("are listed by id in pages", arguments: StoreKind.allCases)
    func pages(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.write([2, 3, 5, 8, 13].map { .insertUser(user($0)) })
        try await store.write([.deleteUser(id: 5)])
        #expect(try await store.users(after: 0, limit: 2).map(\.id) == [2, 3])
        #expect(try await store.users(after: 3, limit: 2) == [user(8), user(13)])
        #expect(try await store.users(after: 13, limit: 2).isEmpty)
        #expect(try await store.users(after: .min, limit: 99).count == 4)
        await store.close()
    }

    @Test("write a line of the change log for each change", arguments: StoreKind.allCases)
    func changeLog(_ kind: StoreKind) async throws {
        let store = try kind.open(folder, clock: clock)
        try await store.write([
            .insertUser(user(6)), .moveUser(6, from: .active, to: .pending, at: 1),
            .setPassword(user: 6, hash: [1], at: 2), .deleteUser(id: 6),
        ])
        let changes = try await store.changes(after: 0)
        #expect(changes.map(\.kind) == [.userInserted, .userUpdated, .userUpdated, .userDeleted])
        #expect(changes.map(\.subject) == [6, 6, 6, 6])
        await store.close()
    }

    @Test("come to a database of schema 3, and stay when the store is opened again")
    func migration() async throws {
        let store = try SQLiteStore(folder: folder.data)
        try await store.write([.insertApp(Sample.app(1))])
        await store.close()
        try folder.goBack(toSchema: 3)
        for id in [Int64(1), 2] {
            let store = try SQLiteStore(folder: folder.data)
            #expect(try await store.load().apps == [Sample.app(1)])
            #expect(try await store.load().lastUserID == id - 1)
            try await store.write([.insertUser(user(id))])
            await store.close()
        }
        #expect(
            try folder.sql("PRAGMA user_version", "SELECT id FROM users") == [
                "\(Migrations.current)", "1", "2",
            ])
    }

    @Test("are seen by another process's store, with the line that says so")
    func visitor() async throws {
        let server = try SQLiteStore(folder: folder.data)
        let visitor = try SQLiteStore(folder: folder.data, role: .visitor)
        try await visitor.write([.insertUser(user(1))])
        #expect(try await server.user(.login("USER1")) == user(1))
        try await visitor.write([.moveUser(1, from: .active, to: .suspended, at: 9)])
        #expect(try await server.user(.id(1))?.status == .suspended)
        #expect(try await server.changes(after: 0).map(\.kind) == [.userInserted, .userUpdated])
        await visitor.close()
        await server.close()
    }
}
