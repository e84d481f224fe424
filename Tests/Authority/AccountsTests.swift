import SignetCrypto
import SignetStorage
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

@Suite("Accounts")
struct AccountsTests {
    @Test("makes users who sign in with their password and no other")
    func create() throws {
        let store = MemoryStore()
        let bench = try Bench(store)
        let ann = try bench.createUser("Ann", role: .admin)
        let bob = try bench.createUser("bob")
        #expect((ann.id, bob.id) == (1, 2))
        #expect((ann.login, ann.email, ann.name) == ("Ann", "Ann@example.org", ""))
        #expect((ann.status, ann.role, ann.parent) == (.active, .admin, nil))
        #expect((ann.created, ann.updated, ann.generation) == (Bench.now, Bench.now, 1))
        #expect(ann.hasPassword)
        for bench in [bench, try Bench(store, masterKey: bench.masterKey)] {
            #expect(try bench.signIn(login("ANN"), "Ann's word")?.id == 1)
            #expect(try bench.signIn(email("ann@EXAMPLE.org"), "Ann's word")?.id == 1)
            #expect(try bench.signIn(.id(1), "Ann's word")?.id == 1)
            #expect(try bench.signIn(login("bob"), "bob's word")?.id == 2)
            for wrong in ["", "ann's word", "Ann's word ", "bob's word", "Ann's wor"] {
                #expect(try bench.signIn(login("ann"), wrong) == nil)
            }
            #expect(try bench.signIn(login("Ann@example.org"), "Ann's word") == nil)
            #expect(try bench.signIn(email("Ann"), "Ann's word") == nil)
        }
    }

    @Test("gives each user one hash's work, whether or not it is there")
    func sameWork() throws {
        let bench = try Bench()
        _ = try bench.createUser("ann")
        _ = try bench.createUser("locked", status: .suspended)
        _ = try bench.createUser("nobody", password: nil)
        let names: [User.Key] = [
            login("ann"), login("locked"), login("nobody"), login("unknown"), login(""),
            login("not a login"), email("ann@example.org"), email("x@example.org"),
            email("none"), .id(1), .id(99), .id(-1),
        ]
        for name in names {
            bench.workers.hashCount.withLock { $0 = 0 }
            #expect(try bench.signIn(name, "wrong word") == nil)
            #expect(bench.workers.hashCount.withLock { $0 } == 1, "\(name)")
        }
        // The right password of one who may not sign in is no shorter.
        bench.workers.hashCount.withLock { $0 = 0 }
        #expect(try bench.signIn(login("locked"), "locked's word") == nil)
        #expect(bench.workers.hashCount.withLock { $0 } == 1)
        // What an unknown user's password is compared with costs what a user's does.
        let hashing = bench.authority.accounts.passwordCheck.hashing
        #expect(hashing.nobody.cost == hashing.cost)
    }

    @Test("admits the statuses that are asked for", arguments: User.Status.allCases)
    func statuses(_ status: User.Status) throws {
        let bench = try Bench()
        _ = try bench.createUser("ann", status: status)
        for other in User.Status.allCases {
            let found = try bench.signIn(login("ann"), "ann's word", among: [other])
            #expect((found != nil) == (status == other))
        }
        let usual = try bench.signIn(login("ann"), "ann's word")
        #expect((usual != nil) == (status == .active))
    }

    @Test("refuses a login or e-mail that is taken, in any case, without a hash")
    func taken() throws {
        let bench = try Bench()
        _ = try bench.createUser("ann")
        bench.workers.hashCount.withLock { $0 = 0 }
        #expect(try bench.creation("ANN", email: "other@example.org") == "loginTaken")
        #expect(try bench.creation("other", email: "ANN@Example.org") == "emailTaken")
        #expect(try bench.creation("other", parent: 7) == "noSuchParent")
        #expect(bench.workers.hashCount.withLock { $0 } == 0)
        #expect(try bench.creation("other", parent: 1) == "created")
    }

    @Test("takes another id when another process was first, and tells a login that it took")
    func twoProcesses() throws {
        let store = MemoryStore()
        let server = try Bench(store)
        let tool = try Bench(store, masterKey: server.masterKey)
        var ids: [Int64] = []
        for index in 0..<3 {
            ids.append(try server.createUser("server\(index)").id)
            ids.append(try tool.createUser("tool\(index)").id)
        }
        #expect(ids == [1, 2, 3, 4, 5, 6])

        // Between the look at the login and the write: while the hash is made.
        server.workers.duringHash.withLock {
            $0 = {
                guard let login = Login("late".utf8), let email = EmailAddress("l@x.org".utf8)
                else { return }
                _ = try? await tool.authority.accounts.create(
                    Accounts.NewUser(login: login, email: email), password: nil, at: Bench.now)
            }
        }
        let work = server.executor.begin { try await server.create("LATE") }
        while work.result == nil {
            server.executor.runAll()
            tool.executor.runAll()
        }
        #expect(try work.result?.get() == "loginTaken")
        #expect(try store.lastUser() == 7)
    }

    @Test("ends at once what loops remember of a user that is changed")
    func changes() throws {
        let bench = try Bench()
        let changes = bench.authority.accounts.changes
        _ = try bench.createUser("ann")
        _ = try bench.createUser("bob")
        let bob = try #require(try bench.signIn(login("bob"), "bob's word"))
        func changedAnn(_ body: @escaping @Sendable (Accounts) async throws -> Void) throws {
            let ann = try #require(try bench.user(login("ann")))
            #expect(changes.isCurrent(ann))
            try bench.executor.run { [accounts = bench.authority.accounts] in
                try await body(accounts)
            }
            #expect(!changes.isCurrent(ann))
            #expect(changes.isCurrent(bob))
        }
        try changedAnn { _ = try await $0.suspend(1, at: Bench.now + 5) }
        #expect(try bench.signIn(login("ann"), "ann's word") == nil)
        #expect(try bench.user(.id(1))?.status == .suspended)
        #expect(try bench.user(.id(1))?.updated == Bench.now + 5)
        #expect(try bench.user(.id(1))?.generation == 2)

        try changedAnn { _ = try await $0.activate(1, at: Bench.now) }
        #expect(try bench.signIn(login("ann"), "ann's word") != nil)

        try changedAnn {
            _ = try await $0.setPassword(Password(Array("new word".utf8)), of: 1, at: Bench.now)
        }
        #expect(try bench.signIn(login("ann"), "ann's word") == nil)
        #expect(try bench.signIn(login("ann"), "new word")?.generation == 4)

        try changedAnn { _ = try await $0.delete(1) }
        #expect(try bench.signIn(login("ann"), "new word") == nil)
        #expect(try bench.user(.id(1)) == nil)
        // Nothing that changes nothing ends anything.
        let bobNow = try #require(try bench.user(.id(2)))
        try bench.executor.run { [accounts = bench.authority.accounts] in
            #expect(try await accounts.suspend(99, at: Bench.now) == nil)
            #expect(try await accounts.activate(2, at: Bench.now)?.generation == 1)
            #expect(try await !accounts.move(2, from: .pending, to: .active, at: Bench.now))
            #expect(
                try await !accounts.setPassword(
                    Password(Array("a password".utf8)), of: 99, at: Bench.now))
            guard case .missing = try await accounts.delete(99) else {
                Issue.record("deleted nobody")
                return
            }
        }
        #expect(changes.isCurrent(bobNow))
    }

    @Test("refuses to delete a user with sub users")
    func subUsers() throws {
        let bench = try Bench()
        _ = try bench.createUser("ann")
        #expect(try bench.creation("sub", parent: 1) == "created")
        try bench.executor.run { [accounts = bench.authority.accounts] in
            guard case .hasSubUsers = try await accounts.delete(1),
                case .deleted = try await accounts.delete(2),
                case .deleted = try await accounts.delete(1)
            else {
                Issue.record("another outcome")
                return
            }
        }
        #expect(try bench.user(.id(1)) == nil)
    }

    @Test("knows of what another process changed as soon as it follows the log")
    func follows() throws {
        let store = MemoryStore()
        let server = try Bench(store)
        let tool = try Bench(store, masterKey: server.masterKey)
        let changes = server.authority.accounts.changes
        _ = try tool.createUser("ann")
        let ann = try #require(try server.signIn(login("ann"), "ann's word"))
        func follow() throws {
            try server.executor.run { [authority = server.authority] in
                try await authority.apps.followChanges()
            }
        }
        // A user that was made is no change of another.
        try follow()
        #expect(changes.isCurrent(ann))
        try tool.executor.run { [accounts = tool.authority.accounts] in
            _ = try await accounts.suspend(1, at: Bench.now)
        }
        // Who shows the password is refused even before.
        #expect(try server.signIn(login("ann"), "ann's word") == nil)
        #expect(changes.isCurrent(ann))
        try follow()
        #expect(!changes.isCurrent(ann))
    }

    @Test(
        "refuses who is suspended, deleted or given another password while the hash is made",
        arguments: ["suspend", "delete", "password"])
    func changedMeanwhile(_ what: String) throws {
        let bench = try Bench()
        let accounts = bench.authority.accounts
        _ = try bench.createUser("ann")
        bench.workers.duringHash.withLock {
            $0 = {
                switch what {
                case "suspend": _ = try? await accounts.suspend(1, at: Bench.now)
                case "delete": _ = try? await accounts.delete(1)
                default:
                    _ = try? await accounts.setPassword(
                        Password(Array("another".utf8)), of: 1, at: Bench.now)
                }
            }
        }
        #expect(try bench.signIn(login("ann"), "ann's word") == nil)
    }

    @Test("keeps a password at the present cost when that has grown, and only then")
    func rehash() throws {
        let store = ObservedStore()
        let cheap = try Bench(store)
        _ = try cheap.createUser("ann")
        let grown = PasswordHash.Cost(memoryKiB: 16, iterations: 3)
        let dear = try Bench(store, masterKey: cheap.masterKey, passwordCost: grown)
        let writes = store.writes.count
        dear.workers.hashCount.withLock { $0 = 0 }
        #expect(try dear.signIn(login("ann"), "wrong word") == nil)
        #expect(store.writes.count == writes)
        // At the present cost, too: the cheap hash alone would tell that there is such a user.
        #expect(dear.workers.hashCount.withLock { $0 } == 2)
        let ann = try #require(try dear.signIn(login("ann"), "ann's word"))
        #expect(store.writes.count == writes + 1)
        let now = try #require(try dear.user(.id(1)))
        #expect(now.passwordHash?.cost == grown)
        #expect(now.generation == ann.generation)
        #expect(now.updated == ann.updated)
        #expect(dear.authority.accounts.changes.isCurrent(ann))
        // Again, and by a server whose settings ask for less.
        #expect(try dear.signIn(login("ann"), "ann's word") != nil)
        #expect(try cheap.signIn(login("ann"), "ann's word") != nil)
        #expect(store.writes.count == writes + 1)
    }

    @Test("signs in although the password can't be kept at the present cost")
    func rehashFails() throws {
        let store = ObservedStore()
        let cheap = try Bench(store)
        _ = try cheap.createUser("ann")
        let dear = try Bench(
            store, masterKey: cheap.masterKey, passwordCost: .init(memoryKiB: 16, iterations: 1))
        let workers = dear.workers
        workers.duringHash.withLock { $0 = { workers.isFull.withLock { $0 = true } } }
        #expect(try dear.signIn(login("ann"), "ann's word") != nil)
        #expect(try dear.user(.id(1))?.passwordHash?.cost.memoryKiB == 8)
    }

    @Test("says that it is overloaded when too many passwords wait, and of no one who it is")
    func overloaded() throws {
        let bench = try Bench()
        _ = try bench.createUser("ann")
        bench.workers.isFull.withLock { $0 = true }
        for name in ["ann", "unknown"] {
            #expect(throws: AuthorityError.overloaded) {
                try bench.signIn(.login(Array(name.utf8)), "ann's word")
            }
        }
        #expect(throws: AuthorityError.overloaded) { try bench.createUser("bob") }
        bench.workers.isFull.withLock { $0 = false }
        #expect(try bench.creation("bob") == "created")
    }

    @Test("treats a hash that is none of ours as no password, with the same work")
    func plantedHash() throws {
        let bench = try Bench()
        let store = bench.store
        let planted =
            "$argon2id$v=19$m=4194304,t=4294967295,p=1$c29tZXNhbHRzb21lc2FsdA$"
            + String(repeating: "A", count: 43)
        try bench.executor.run {
            try await store.write([
                .insertUser(
                    UserRow(
                        id: 1, login: "ann", email: "ann@example.org",
                        passwordHash: Array(planted.utf8), created: 1, updated: 1))
            ])
        }
        #expect(try bench.user(.id(1))?.hasPassword == false)
        #expect(try bench.signIn(login("ann"), "password") == nil)
        #expect(bench.workers.hashCount.withLock { $0 } == 1)
    }

    @Test("lists users by id in pages")
    func list() throws {
        let bench = try Bench()
        for name in ["ann", "bob", "cid"] { _ = try bench.createUser(name) }
        let pages = try bench.executor.run { [accounts = bench.authority.accounts] in
            [
                try await accounts.list(after: 0, limit: 2).map(\.login),
                try await accounts.list(after: 2, limit: 2).map(\.login),
                try await accounts.list(after: 3, limit: 2).map(\.login),
            ]
        }
        #expect(pages == [["ann", "bob"], ["cid"], []])
    }
}

private func login(_ text: String) -> User.Key { .login(Array(text.utf8)) }
private func email(_ text: String) -> User.Key { .email(Array(text.utf8)) }

extension Store {
    fileprivate func lastUser() throws -> Int64 {
        let executor = ManualExecutor()
        return try executor.run { try await load().lastUserID }
    }
}

extension Bench {
    /// Makes a user with the password `<login>'s word`.
    /// What becomes of a user that is made.
    fileprivate func creation(
        _ login: String, email: String? = nil, parent: Int64? = nil
    ) throws -> String {
        try executor.run { try await create(login, email: email, parent: parent) }
    }

    fileprivate func create(
        _ login: String, email: String? = nil, parent: Int64? = nil
    ) async throws -> String {
        let name = try #require(Login(login.utf8))
        let email = try #require(EmailAddress((email ?? "\(login)@example.org").utf8))
        let outcome = try await authority.accounts.create(
            Accounts.NewUser(login: name, email: email, parent: parent),
            password: Password(Array("a password".utf8)), at: Self.now)
        switch outcome {
        case .created: return "created"
        case .loginTaken: return "loginTaken"
        case .emailTaken: return "emailTaken"
        case .noSuchParent: return "noSuchParent"
        }
    }

    fileprivate func user(_ key: User.Key) throws -> User? {
        try executor.run { [authority] in try await authority.accounts.user(key) }
    }

    fileprivate func signIn(
        _ name: User.Key, _ password: String, among statuses: Set<User.Status> = [.active]
    ) throws -> User? {
        try executor.run { [authority] in
            try await authority.accounts.passwordCheck.user(
                name, password: Password(Array(password.utf8)), among: statuses)
        }
    }
}
