import Foundation
import SignetCrypto
import SignetStorage
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

@Suite("NamedTokens")
struct NamedTokensTests {
    @Test("answers when the store has it, not before")
    func durable() throws {
        let store = ObservedStore()
        let bench = try Bench(store)
        let user = try bench.createUser("ann")
        // The realm's key is made with the first token.
        let first = try bench.issue("first", to: user)
        let checker = Checker(bench)

        store.holdWrites()
        let (tokens, executor) = (bench.authority.namedTokens, bench.executor)
        let issuing = executor.begin {
            try await tokens.issue("second", lifeSeconds: 60, to: user, at: Bench.now)
        }
        executor.runAll()
        #expect(store.heldCount == 1)
        #expect(issuing.result == nil)
        #expect(try bench.list(user) == ["first"])
        store.release()
        executor.runAll()
        guard case .issued(_, let text)? = try issuing.result?.get() else {
            Issue.record("\(String(describing: issuing.result))")
            return
        }
        #expect(try checker.holder(of: text) == "ann")

        store.holdWrites()
        let deleting = executor.begin { try await tokens.delete(first.token.id, of: user) }
        executor.runAll()
        #expect(deleting.result == nil)
        store.release()
        executor.runAll()
        #expect(try deleting.result?.get() == true)
        #expect(try checker.holder(of: first.text) == nil)
    }

    @Test("asks the store once for a token, and again after any was deleted or its user changed")
    func memory() throws {
        let bench = try Bench()
        let (ann, bob) = (try bench.createUser("ann"), try bench.createUser("bob"))
        let token = try bench.issue("a", to: ann)
        let other = try bench.issue("b", to: bob)
        let checker = Checker(bench)
        #expect(checker.look(token.text) == .genuine)
        #expect(try checker.holder(of: token.text) == "ann")
        #expect(checker.look(token.text) == .good)
        #expect(checker.look(other.text) == .genuine)
        #expect(try checker.holder(of: other.text) == "bob")

        let (tokens, accounts) = (bench.authority.namedTokens, bench.authority.accounts)
        _ = try bench.executor.run { try await tokens.delete(other.token.id, of: bob) }
        #expect(checker.look(token.text) == .genuine)
        #expect(try checker.holder(of: token.text) == "ann")
        #expect(try checker.holder(of: other.text) == nil)
        #expect(checker.look(other.text) == .genuine)

        _ = try bench.executor.run { try await accounts.suspend(bob.id, at: Bench.now) }
        #expect(checker.look(token.text) == .good)
        _ = try bench.executor.run { try await accounts.suspend(ann.id, at: Bench.now) }
        #expect(checker.look(token.text) == .genuine)
        #expect(try checker.holder(of: token.text) == nil)
        _ = try bench.executor.run { try await accounts.activate(ann.id, at: Bench.now) }
        #expect(try checker.holder(of: token.text) == nil)
    }

    @Test("is in force for its life to the second, give or take the clock skew")
    func times() throws {
        let bench = try Bench()
        let user = try bench.createUser("ann")
        let token = try bench.issue("a", to: user, lifeSeconds: 60)
        #expect(token.token.issued == Bench.now / 1000)
        #expect(token.token.expires == Bench.now / 1000 + 60)
        let (exact, lenient) = (Checker(bench), Checker(bench, skew: 5))
        #expect(exact.look(token.text, at: Bench.now + 59_999) == .genuine)
        #expect(exact.look(token.text, at: Bench.now + 60_000) == .refused)
        #expect(lenient.look(token.text, at: Bench.now + 64_999) == .genuine)
        #expect(lenient.look(token.text, at: Bench.now + 65_000) == .refused)
    }

    @Test("is refused as soon as another process that deleted it, or its user, is followed")
    func follow() throws {
        let store = MemoryStore()
        let server = try Bench(store)
        let tool = try Bench(store, masterKey: server.masterKey)
        let user = try server.createUser("ann")
        let first = try server.issue("first", to: user)
        let second = try server.issue("second", to: user)
        let checker = Checker(server)
        for token in [first, second] { #expect(try checker.holder(of: token.text) == "ann") }
        func follow() throws {
            try server.executor.run { [apps = server.authority.apps] in
                try await apps.followChanges()
            }
        }
        try follow()
        for token in [first, second] { #expect(try checker.holder(of: token.text) == "ann") }

        _ = try tool.executor.run { [tokens = tool.authority.namedTokens] in
            try await tokens.delete(first.token.id, of: user)
        }
        try follow()
        #expect(try checker.holder(of: first.text) == nil)
        #expect(try checker.holder(of: second.text) == "ann")
        _ = try tool.executor.run { [accounts = tool.authority.accounts] in
            try await accounts.delete(user.id)
        }
        try follow()
        #expect(try checker.holder(of: second.text) == nil)
        #expect(try server.list(user) == [])
    }

    @Test("is signed by one key, though two processes begin at once, and by it after a restart")
    func oneKey() throws {
        let store = MemoryStore()
        let server = try Bench(store)
        let other = try Bench(store, masterKey: server.masterKey)
        let user = try server.createUser("ann")
        let tokens = [
            try server.issue("server", to: user), try other.issue("other", to: user),
            try server.issue("again", to: user),
        ]
        let again = try Bench(store, masterKey: server.masterKey)
        let keys = again.authority.keyRing.keys.current.keys(app: Realm.namedTokens.number)
        #expect(keys.count == 1)
        #expect(keys.first?.algorithm == .hs256)
        for bench in [server, other, again] {
            for token in tokens {
                #expect(try Checker(bench).holder(of: token.text) == "ann")
            }
        }
        // Sealed in the store, as every private key.
        let key = try #require(keys.first)
        #expect(!key.row.sealedPrivateKey.contains(key.privateKey.encoded))
    }

    @Test("tells a description that is taken from a user that is gone")
    func refusals() throws {
        let bench = try Bench()
        let user = try bench.createUser("ann")
        _ = try bench.issue("a", to: user)
        #expect(try bench.outcome("a", to: user) == "descriptionIsTaken")
        _ = try bench.executor.run { [accounts = bench.authority.accounts] in
            try await accounts.delete(user.id)
        }
        #expect(try bench.outcome("b", to: user) == "userIsGone")
    }
}

@Suite("BasicAuthentication")
struct BasicAuthenticationTests {
    private func user(_ bench: Bench, _ pair: String, at now: Int64 = Bench.now) throws -> String? {
        let text = Array(Data(pair.utf8).base64EncodedString().utf8)
        let authentication = bench.authority.basicAuthentication
        return try bench.executor.run {
            let pair = try #require(text.withUnsafeBytes { BasicPair($0) })
            return try await authentication.user(of: pair, at: now)?.login
        }
    }

    private func hashes(_ bench: Bench, _ body: () throws -> Void) throws -> Int {
        bench.workers.hashCount.withLock { $0 = 0 }
        try body()
        return bench.workers.hashCount.withLock { $0 }
    }

    @Test("makes one hash a minute for a right pair")
    func minute() throws {
        let bench = try Bench()
        _ = try bench.createUser("ann")
        for (offset, cost): (Int64, Int) in [
            (0, 1), (0, 0), (1, 0), (59_999, 0), (60_000, 1), (60_001, 0), (119_999, 0),
            (120_000, 1),
            // A clock that was set back proves nothing.
            (-1, 1),
        ] {
            let made = try hashes(bench) { () throws in
                let found = try user(bench, "ann:ann's word", at: Bench.now + offset)
                #expect(found == "ann")
            }
            #expect(made == cost, "\(offset)")
        }
        #expect(bench.authority.basicAuthentication.count == 1)
    }

    @Test("makes one for every wrong pair, and remembers none of them")
    func wrong() throws {
        let bench = try Bench()
        _ = try bench.createUser("ann")
        _ = try user(bench, "ann:ann's word")
        for pair in ["ann:wrong", "ann:ann's wor", "bob:ann's word", "an:n:ann's word"] {
            for _ in 0..<2 {
                let made = try hashes(bench) { () throws in
                    let found = try user(bench, pair)
                    #expect(found == nil)
                }
                #expect(made == 1, "\(pair)")
            }
        }
        #expect(bench.authority.basicAuthentication.count == 1)
    }

    @Test("forgets a pair at once when its user is changed")
    func changed() throws {
        let bench = try Bench()
        let ann = try bench.createUser("ann")
        let accounts = bench.authority.accounts
        #expect(try user(bench, "ann:ann's word") == "ann")
        _ = try bench.executor.run { try await accounts.suspend(ann.id, at: Bench.now) }
        #expect(try user(bench, "ann:ann's word") == nil)
        _ = try bench.executor.run { try await accounts.activate(ann.id, at: Bench.now) }
        #expect(try user(bench, "ann:ann's word") == "ann")
        _ = try bench.executor.run {
            try await accounts.setPassword(
                Password(Array("another".utf8)), of: ann.id, at: Bench.now)
        }
        #expect(try user(bench, "ann:ann's word") == nil)
        #expect(try user(bench, "ann:another") == "ann")
        _ = try bench.executor.run { try await accounts.delete(ann.id) }
        #expect(try user(bench, "ann:another") == nil)
    }

    @Test("says so when too many passwords wait, and still knows those that it remembers")
    func overloaded() throws {
        let bench = try Bench()
        _ = try bench.createUser("ann")
        #expect(try user(bench, "ann:ann's word") == "ann")
        bench.workers.isFull.withLock { $0 = true }
        #expect(try user(bench, "ann:ann's word") == "ann")
        #expect(throws: AuthorityError.overloaded) { try user(bench, "ann:other") }
    }
}

/// One loop's check, driven by the test's thread alone.
private struct Checker: @unchecked Sendable {
    enum Look {
        case refused, good, genuine
    }

    private let check: NamedTokenCheck
    private let executor: ManualExecutor

    init(_ bench: Bench, skew: Int64 = 0) {
        check = NamedTokenCheck(bench.authority.namedTokens, clockSkewSeconds: skew)
        executor = bench.executor
    }

    func look(_ token: [UInt8], at now: Int64 = Bench.now) -> Look {
        switch firstLook(token, at: now) {
        case .refused: .refused
        case .good: .good
        case .genuine: .genuine
        }
    }

    /// The login of the user whose good token it is.
    func holder(of token: [UInt8], at now: Int64 = Bench.now) throws -> String? {
        switch firstLook(token, at: now) {
        case .refused: nil
        case .good(let holder): holder.username
        case .genuine(let genuine):
            try executor.run { try await check.find(genuine)?.username }
        }
    }

    private func firstLook(_ token: [UInt8], at now: Int64) -> NamedTokenCheck.FirstLook {
        token.withUnsafeBytes { check.look(at: $0, at: now) }
    }
}

extension Bench {
    fileprivate func issue(
        _ description: String, to user: User, lifeSeconds: Int64 = 60
    ) throws -> (token: NamedToken, text: [UInt8]) {
        let outcome = try executor.run { [authority] in
            try await authority.namedTokens.issue(
                description, lifeSeconds: lifeSeconds, to: user, at: Self.now)
        }
        guard case .issued(let token, let text) = outcome else { throw ManualExecutor.Stuck() }
        return (token, text)
    }

    fileprivate func outcome(_ description: String, to user: User) throws -> String {
        let outcome = try executor.run { [authority] in
            try await authority.namedTokens.issue(
                description, lifeSeconds: 60, to: user, at: Self.now)
        }
        return switch outcome {
        case .issued: "issued"
        case .descriptionIsTaken: "descriptionIsTaken"
        case .tooMany: "tooMany"
        case .userIsGone: "userIsGone"
        }
    }

    fileprivate func list(_ user: User) throws -> [String] {
        try executor.run { [authority] in
            try await authority.namedTokens.list(of: user).map(\.description)
        }
    }
}
