import SignetCrypto
import SignetStorage
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

/// What is over between a look at it and what rests on it.
@Suite("Proof")
struct ProofTests {
    private static let changes = ["password", "logout", "suspend and activate", "delete"]

    @Test("no session begins by a password that is over by then", arguments: changes)
    func password(_ what: String) throws {
        let bench = try Bench()
        let loop = Loop(bench)
        _ = try bench.createUser("ann")
        let ann = try #require(try loop.proven("ann's word"))
        #expect(try loop.signIn(ann) != nil)
        #expect(try loop.begin(ann) != nil)
        try loop.change(ann, what)
        #expect(try loop.signIn(ann) == nil)
        #expect(try loop.begin(ann) == nil)
        #expect(try loop.mainToken(ann) == nil)
        let count = try bench.executor.run { [store = bench.store] in
            try await store.userSessions(user: ann.id, realm: .frontend).count
                + store.userSessions(user: ann.id, realm: .signIn).count
        }
        #expect(count == (what == "password" ? 2 : 0))
    }

    @Test("a password that is kept at another cost is the same")
    func rehash() throws {
        let store = MemoryStore()
        let cheap = try Bench(store)
        _ = try cheap.createUser("ann")
        let dear = try Bench(
            store, masterKey: cheap.masterKey, passwordCost: .init(memoryKiB: 16, iterations: 1))
        let ann = try #require(try Loop(cheap).proven("ann's word"))
        #expect(try Loop(dear).proven("ann's word") != nil)
        #expect(try Loop(cheap).begin(ann) != nil)
    }

    @Test("a password that is changed while another hash of it is made lets nobody in")
    func changedDuringRehash() throws {
        let store = MemoryStore()
        let cheap = try Bench(store)
        _ = try cheap.createUser("ann")
        let dear = try Bench(
            store, masterKey: cheap.masterKey, passwordCost: .init(memoryKiB: 16, iterations: 1))
        let (workers, accounts) = (dear.workers, dear.authority.accounts)
        // The first hash compares, the second is to be kept.
        workers.duringHash.withLock {
            $0 = {
                workers.duringHash.withLock {
                    $0 = {
                        _ = try? await accounts.setPassword(
                            Password(Array("another".utf8)), of: 1, at: Bench.now)
                    }
                }
            }
        }
        #expect(try Loop(dear).proven("ann's word") == nil)
    }

    @Test("an app's key that is replaced meanwhile signs nobody in, and what it signed in is over")
    func appKey() throws {
        let bench = try Bench()
        let loop = Loop(bench)
        let ann = try bench.createUser("ann")
        let app = try bench.createApp().app
        let apps = bench.authority.apps
        let before = [SessionHolder(app), SessionHolder(ann, application: app)]
        let pairs = try before.map { try #require(try loop.signIn($0)) }
        let own = try #require(try loop.signIn(ann))
        _ = try bench.executor.run { try await apps.rotateAppKey(app, at: Bench.now) }
        for pair in pairs { #expect(loop.isEnded(pair.access)) }
        #expect(!loop.isEnded(own.access))
        for holder in before { #expect(try loop.signIn(holder) == nil) }

        let now = try #require(apps.directory.current.app(app.id))
        let newest = bench.authority.newestSessionID(at: Bench.now)
        for what in ["flush", "keys"] {
            let pair = try #require(try loop.signIn(SessionHolder(now)))
            #expect(!loop.isEnded(pair.access))
            try bench.executor.run {
                if what == "flush" {
                    try await apps.flush(now, through: newest, at: Bench.now)
                } else {
                    _ = try await apps.rotateKeys(
                        of: now, endingSessionsThrough: newest, at: Bench.now)
                }
            }
            #expect(loop.isEnded(pair.access), "\(what)")
        }
        #expect(!loop.isEnded(own.access))
    }

    @Test("no session begins by an API token as it was before it was changed")
    func narrowed() throws {
        let bench = try Bench()
        let loop = Loop(bench)
        let ann = try bench.createUser("ann")
        let token = try #require(try loop.mainToken(ann))
        #expect(try loop.begin(ann, by: token) != nil)
        // At the same millisecond as it was made.
        let narrowed = try #require(try loop.narrow(token, by: Proof(ann)))
        #expect(try loop.begin(ann, by: token) == nil)
        #expect(try loop.narrow(token, by: Proof(ann)) == nil)
        #expect(try loop.begin(ann, by: narrowed) != nil)
        // The password is not what it rests on.
        try loop.change(ann, "password")
        #expect(try loop.begin(ann, by: narrowed) != nil)
        #expect(try loop.narrow(narrowed, by: Proof(ann)) == nil)
        try loop.change(ann, "suspend and activate")
        #expect(try loop.begin(ann, by: narrowed) == nil)
    }

    @Test(
        "a token that was ended stays so, though tokens live longer now than when its session began"
    )
    func lives() throws {
        let bench = try Bench(MemoryStore { Bench.now / 1000 })
        let ann = try bench.createUser("ann")
        let short = Loop(bench)
        let pair = try #require(try short.signIn(ann))
        let long = Loop(bench, accessLife: 86_400)
        let access = try long.access(pair.refresh)
        let expires = try #require(long.read(access)?.claims.expires)
        try long.change(ann, "suspend and activate")
        // As long as the token may be taken for good, the end is known.
        let ends = try bench.executor.run { [store = bench.store] in
            try await store.changes(after: 0).filter { $0.kind == .sessionEnded }
        }
        #expect(ends.count == 1)
        #expect(ends.allSatisfy { expires < $0.expires })
        #expect(expires == Bench.now / 1000 + 1200)
        #expect(long.isEnded(access))
    }

    @Test("a password is changed only as long as the old one and the caller's credential are right")
    func passwordChange() throws {
        let bench = try Bench()
        let loop = Loop(bench)
        let ann = try bench.createUser("ann")
        let session = try #require(try loop.begin(ann))
        let token = try #require(try loop.mainToken(ann))
        func outcome(_ old: User?, _ caller: Proof) throws -> Accounts.PasswordOutcome {
            var change = Accounts.PasswordChange(
                Password(Array("new word".utf8)), by: caller)
            change.old = old.map { Proof($0) }
            return try bench.executor.run { [change, accounts = bench.authority.accounts] in
                try await accounts.setPassword(change, of: ann.id, at: Bench.now)
            }
        }
        let before = try #require(try loop.proven("ann's word"))
        try loop.change(ann, "password")
        #expect(try outcome(before, Proof(session)) == .oldIsOver)
        #expect(try loop.proven("another")?.id == ann.id)
        let now = try #require(try loop.proven("another"))
        try loop.change(ann, "logout")
        #expect(try outcome(now, Proof(session)) == .callerIsOver)
        #expect(try outcome(nil, Proof(session)) == .callerIsOver)
        #expect(try outcome(now, Proof(token)) == .oldIsOver)
        #expect(try loop.proven("another")?.id == ann.id)
        let right = try #require(try loop.proven("another"))
        #expect(try outcome(right, Proof(token)) == .changed)
        #expect(try loop.proven("new word")?.id == ann.id)
        #expect(try outcome(nil, Proof(token)) == .changed)
    }

    @Test("a revoked key of API tokens takes them and their sessions with it")
    func revoked() throws {
        let bench = try Bench()
        let loop = Loop(bench)
        let ann = try bench.createUser("ann")
        let (token, own) = (try #require(try loop.mainToken(ann)), try loop.begin(ann))
        let session = try #require(try loop.begin(ann, by: token))
        let key = try #require(
            bench.authority.keyRing.keys.current.active(app: Realm.apiTokens.number))
        let (apps, sessions) = (bench.authority.apps, bench.authority.userSessions)
        _ = try bench.executor.run { try await apps.revokeKey(key.id, of: .apiTokens) }
        #expect(sessions.isEnded(session.id, in: .frontend))
        #expect(!sessions.isEnded(try #require(own).id, in: .frontend))
        let rows = try bench.executor.run { [store = bench.store] in
            try await store.apiTokens(user: ann.id)
        }
        #expect(rows.isEmpty)
        #expect(try loop.begin(ann, by: token) == nil)
        #expect(try #require(try loop.mainToken(ann)).id != token.id)
    }

    @Test("a named token is not issued to who was suspended meanwhile, nor does one come back")
    func namedTokens() throws {
        let bench = try Bench()
        let loop = Loop(bench)
        let ann = try bench.createUser("ann")
        let tokens = bench.authority.namedTokens
        func issue(_ user: User) throws -> NamedTokens.Issue {
            try bench.executor.run {
                try await tokens.issue("a", lifeSeconds: 60, to: user, at: Bench.now)
            }
        }
        guard case .issued = try issue(ann), case .descriptionIsTaken = try issue(ann) else {
            Issue.record("another outcome")
            return
        }
        try loop.change(ann, "suspend and activate")
        #expect(try bench.executor.run { try await tokens.list(of: ann).isEmpty })
        guard case .userIsGone = try issue(ann) else {
            Issue.record("another outcome")
            return
        }
    }

    @Test("a user has so many tokens and sessions, and no more")
    func limits() throws {
        let bench = try Bench()
        let loop = Loop(bench)
        let ann = try bench.createUser("ann")
        let session = try #require(try loop.begin(ann))
        for _ in 0..<APITokens.perUserMax {
            guard case .made = try loop.make(ann, by: Proof(session)) else {
                Issue.record("not made")
                return
            }
        }
        guard case .tooMany = try loop.make(ann, by: Proof(session)) else {
            Issue.record("another outcome")
            return
        }
        // Nobody is kept from signing in.
        #expect(try loop.mainToken(ann) != nil)
        for number in 1...UserSessions.perUserMax {
            #expect(try loop.begin(ann, at: Bench.now + Int64(number)) != nil)
        }
        let rows = try bench.executor.run { [store = bench.store] in
            try await store.userSessions(user: ann.id, realm: .frontend)
        }
        #expect(rows.count == UserSessions.perUserMax)
        guard case .proofIsOver = try loop.make(ann, by: Proof(session)) else {
            Issue.record("another outcome")
            return
        }
        let tokens = bench.authority.namedTokens
        for number in 0..<NamedTokens.perUserMax {
            let made = try bench.executor.run {
                try await tokens.issue("\(number)", lifeSeconds: 1, to: ann, at: Bench.now)
            }
            guard case .issued = made else {
                Issue.record("not made")
                return
            }
        }
        let outcome = try bench.executor.run {
            try await tokens.issue("one more", lifeSeconds: 1, to: ann, at: Bench.now)
        }
        guard case .tooMany = outcome else {
            Issue.record("another outcome")
            return
        }
    }
}

/// What one loop has, driven by the test's thread alone.
private struct Loop: @unchecked Sendable {
    private static let origin = UserSessions.Origin(address: "192.0.2.1", userAgent: [])

    private let signIn: SignInTokens
    private let frontend: FrontendTokens
    private let apiTokens: APITokens
    private let accounts: Accounts
    private let executor: ManualExecutor

    init(_ bench: Bench, accessLife: Int64 = 1200) {
        var terms = SignInTerms(issuer: "http://localhost")
        terms.accessLife = accessLife
        signIn = SignInTokens(bench.authority, terms)
        frontend = FrontendTokens(bench.authority, FrontendTerms())
        apiTokens = APITokens(bench.authority)
        accounts = bench.authority.accounts
        executor = bench.executor
    }

    /// The user ann, who shows a password.
    func proven(_ password: String) throws -> User? {
        try executor.run {
            try await accounts.passwordCheck.user(
                .login(Array("ann".utf8)), password: Password(Array(password.utf8)))
        }
    }

    func change(_ user: User, _ what: String) throws {
        try executor.run {
            switch what {
            case "password":
                let password = Password(Array("another".utf8))
                _ = try await accounts.setPassword(password, of: user.id, at: Bench.now)
            case "logout":
                let known = try #require(try await accounts.user(.id(user.id)))
                var change = Accounts.PasswordChange(
                    Password(Array("another".utf8)), by: Proof(known))
                change.endsSessions = true
                #expect(
                    try await accounts.setPassword(change, of: user.id, at: Bench.now) == .changed)
            case "delete": _ = try await accounts.delete(user.id)
            default:
                _ = try await accounts.suspend(user.id, at: Bench.now)
                _ = try await accounts.activate(user.id, at: Bench.now)
            }
        }
    }

    func signIn(_ user: User) throws -> SignInTokens.Pair? { try signIn(SessionHolder(user)) }

    func signIn(_ holder: SessionHolder) throws -> SignInTokens.Pair? {
        try executor.run {
            try await signIn.begin(for: holder, from: Self.origin, until: .never, at: Bench.now)
        }
    }

    func begin(
        _ user: User, by token: APIToken? = nil, at now: Int64 = Bench.now
    ) throws -> UserSession? {
        try executor.run {
            try await frontend.begin(
                for: user, from: Self.origin, isLongTerm: true, apiToken: token, at: now)
        }
    }

    func mainToken(_ user: User) throws -> APIToken? {
        try executor.run { try await apiTokens.main(of: user, at: Bench.now) }
    }

    func make(_ user: User, by proof: Proof) throws -> APITokens.Creation {
        try executor.run {
            try await apiTokens.make(
                for: user, Grant([]), by: proof, expires: nil, at: Bench.now)
        }
    }

    func narrow(_ token: APIToken, by proof: Proof) throws -> APIToken? {
        try executor.run {
            try await apiTokens.update(token, Grant([]), by: proof, expires: nil, at: Bench.now)
        }
    }

    func read(_ token: [UInt8]) -> SignInTokens.Genuine? {
        token.withUnsafeBytes { signIn.read($0, at: Bench.now) }
    }

    func isEnded(_ token: [UInt8]) -> Bool { read(token).map { signIn.isEnded($0) } ?? true }

    /// Another access token by a refresh token.
    func access(_ refresh: [UInt8]) throws -> [UInt8] {
        try executor.run {
            let genuine = try #require(read(refresh))
            let found = try #require(try await signIn.find(genuine, at: Bench.now))
            return try await signIn.access(of: found, at: Bench.now)
        }
    }
}
