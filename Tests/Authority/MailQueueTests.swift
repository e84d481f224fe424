import Foundation
import SignetStorage
import Synchronization
import TestSupport
import Testing

@testable import SignetAuthority

/// A mail server that takes mails or does not, as the test wants.
private final class Letterbox: MailCarrier {
    struct State {
        var failure: PeerFailure?
        var mails: [(recipient: String, text: String)] = []
        var attempts = 0
    }

    let state = Mutex(State())

    func carry(
        _ message: [UInt8], from sender: EmailAddress, to recipient: EmailAddress
    ) async throws(PeerFailure) {
        let failure = state.withLock { state in
            state.attempts += 1
            if state.failure == nil {
                state.mails.append((recipient.text, String(decoding: message, as: UTF8.self)))
            }
            return state.failure
        }
        if let failure { throw failure }
    }

    var recipients: [String] { state.withLock { $0.mails.map(\.recipient) } }
    var attempts: Int { state.withLock { $0.attempts } }
    func fail(_ failure: PeerFailure?) { state.withLock { $0.failure = failure } }
}

@Suite("MailQueue, and who signs up")
struct MailQueueTests {
    private let bench: Bench
    private let box = Letterbox()
    private let queue: MailQueue
    private let store = ObservedStore()
    private let news = Watched<[String]>([])

    init() throws {
        bench = try Bench(store)
        let sender = MailText.Sender(
            address: try #require(EmailAddress(Array("signet@example.org".utf8))), name: "",
            publicAddress: "https://signet.example.org",
            verificationPage: "https://signet.example.org/frontend/verify")
        queue = MailQueue(
            bench.authority, FrontendTerms(), from: sender, by: box, on: bench.executor
        ) { [news] item in news.update { $0.append("\(item)") } }
    }

    private func signUp(
        _ name: String, password: String = "first word", at now: Int64 = Bench.now
    ) throws {
        let accounts = bench.authority.accounts
        let email = try #require(EmailAddress(Array("\(name)@example.org".utf8)))
        let userName = try #require(UserName(Array(name.utf8)))
        _ = try bench.executor.run {
            try await accounts.signUp(email, userName, Password(Array(password.utf8)), at: now)
        }
    }

    /// Sends what is due.
    private func send(at now: Int64) throws {
        let queue = queue
        try bench.executor.run { await queue.sendDue { now } }
        bench.executor.runAll()
    }

    private func user(_ name: String) throws -> User? {
        let accounts = bench.authority.accounts
        return try bench.executor.run {
            try await accounts.user(.email(Array("\(name)@example.org".utf8)))
        }
    }

    private func createUser(_ name: String, password: String) throws {
        let new = Accounts.NewUser(
            login: try #require(Login(Array(name.utf8))),
            email: try #require(EmailAddress(Array("\(name)@example.org".utf8))))
        let accounts = bench.authority.accounts
        _ = try bench.executor.run {
            try await accounts.create(new, password: Password(Array(password.utf8)), at: Bench.now)
        }
    }

    private func signIn(_ name: String, _ password: String) throws -> User? {
        let check = bench.authority.accounts.passwordCheck
        return try bench.executor.run {
            try await check.user(
                .email(Array("\(name)@example.org".utf8)), password: Password(Array(password.utf8)))
        }
    }

    private func verify(_ token: String, at now: Int64) throws -> User? {
        let accounts = bench.authority.accounts
        let tokens = VerificationTokens(bench.authority, FrontendTerms())
        return try bench.executor.run {
            guard let claims = try await tokens.read(Array(token.utf8), at: now) else { return nil }
            return try await accounts.verify(claims, at: now)
        }
    }

    private func token(of mail: Int) throws -> String {
        let text = box.state.withLock { $0.mails[mail].text }
        return String(try #require(text.firstMatch(of: /verify#([A-Za-z0-9_.-]+)\r\n/)).1)
    }

    @Test("sends a mail for each who signs up, whose token is good once and for a day")
    func signUps() throws {
        try signUp("ann")
        try signUp("bob")
        #expect(try user("ann")?.status == .pending)
        #expect(try user("ann")?.login == "ann@example.org")
        try send(at: Bench.now)
        try send(at: Bench.now + 1000)
        #expect(Set(box.recipients) == ["ann@example.org", "bob@example.org"])
        #expect(box.recipients.count == 2)
        let token = try token(of: box.recipients.firstIndex(of: "ann@example.org") ?? 0)
        let end = Bench.now + 86_400_000
        #expect(try verify(token, at: end) == nil)
        #expect(try verify(token + "A", at: end - 1) == nil)
        #expect(try verify(token, at: end - 1)?.status == .active)
        #expect(try verify(token, at: end - 1) == nil)
        #expect(try user("bob")?.status == .pending)
    }

    @Test("keeps no token in the store")
    func secrets() throws {
        try signUp("ann")
        try send(at: Bench.now)
        let token = try token(of: 0)
        #expect(!"\(store.writes)".contains(token))
        let parts = token.split(separator: ".")
        #expect(parts.count == 3 && !"\(store.writes)".contains(parts[2]))
    }

    @Test("takes the same work for an address that is taken, pending or free, and tells its owner")
    func sameWork() throws {
        try createUser("bob", password: "bob's word")
        try signUp("pia")
        for name in ["ann", "bob", "pia"] {
            bench.workers.hashCount.withLock { $0 = 0 }
            let writes = store.writes.count
            try signUp(name, password: "second word")
            #expect(bench.workers.hashCount.withLock { $0 } == 1, "\(name)")
            #expect(store.writes.count == writes + 1, "\(name)")
        }
        try send(at: Bench.now)
        let notice = box.state.withLock { state in
            state.mails.first { $0.recipient == "bob@example.org" }?.text
        }
        #expect(notice?.contains("You have an account already") == true)
        #expect(notice?.contains("#") == false)
        #expect(try user("bob")?.status == .active)
        #expect(try signIn("bob", "bob's word") != nil)
    }

    @Test("makes the links of earlier sign-ups void")
    func later() throws {
        try signUp("ann")
        try send(at: Bench.now)
        try signUp("ann", password: "second word", at: Bench.now + 1000)
        #expect(try verify(try token(of: 0), at: Bench.now + 2000) == nil)
        try send(at: Bench.now + 59_999)
        #expect(box.recipients.count == 1)
        try send(at: Bench.now + 60_000)
        #expect(box.recipients.count == 2)
        #expect(try verify(try token(of: 1), at: Bench.now + 61_000)?.status == .active)
        #expect(try signIn("ann", "first word") == nil)
        #expect(try signIn("ann", "second word") != nil)
    }

    @Test("tries again after each pause of the table, and then gives up")
    func pauses() throws {
        try signUp("ann")
        box.fail(PeerFailure("no"))
        var now = Bench.now
        for (number, pause) in MailQueue.pausesSeconds.enumerated() {
            try send(at: now)
            #expect(box.attempts == number + 1)
            try send(at: now + pause * 1000 - 1)
            #expect(box.attempts == number + 1)
            now += pause * 1000
        }
        #expect((23 * 3600...25 * 3600).contains(MailQueue.pausesSeconds.reduce(0, +)))
        try send(at: now)
        #expect(news.current.last?.contains("givenUp") == true)
        box.fail(nil)
        try send(at: now + 86_400_000)
        #expect(box.recipients.isEmpty)
    }

    @Test("does not count what was not the mail server's fault")
    func ours() throws {
        try signUp("ann")
        box.fail(PeerFailure("the server stops", isOurs: true))
        for _ in 0..<20 { try send(at: Bench.now) }
        box.fail(nil)
        try send(at: Bench.now)
        #expect(box.recipients == ["ann@example.org"])
    }

    @Test("sends no mail twice when the store does not take in that it was sent")
    func unnoted() throws {
        try signUp("ann")
        // The key is made now, so that nothing else has to be written.
        try signUp("bob")
        try send(at: Bench.now)
        #expect(box.recipients.count == 2)
        try signUp("pia", at: Bench.now + 1)
        store.refuseWrites(.diskFull)
        for _ in 0..<3 { try send(at: Bench.now + 2) }
        #expect(box.recipients.filter { $0 == "pia@example.org" }.count == 1)
        store.refuseWrites(nil)
        try send(at: Bench.now + 3)
        try send(at: Bench.now + 3)
        #expect(box.recipients.filter { $0 == "pia@example.org" }.count == 1)
    }

    @Test("sends nothing to who is not pending any more, or gone")
    func gone() throws {
        for name in ["ann", "bob", "pia"] { try signUp(name) }
        let accounts = bench.authority.accounts
        let (ann, bob) = (try #require(try user("ann")), try #require(try user("bob")))
        let pia = ProviderIdentity(
            email: try #require(EmailAddress(Array("PIA@example.org".utf8))), name: nil)
        try bench.executor.run {
            _ = try await accounts.activate(ann.id, at: Bench.now)
            _ = try await accounts.delete(bob.id)
            _ = try await accounts.user(of: pia, mayCreate: false, at: Bench.now)
        }
        #expect(try user("pia")?.status == .active)
        #expect(try user("pia")?.hasPassword == false)
        for _ in 0..<2 { try send(at: Bench.now) }
        #expect(box.attempts == 0)
    }

    @Test("writes dates as Python's mail package does")
    func dates() throws {
        let seconds: [Int64] = [
            0, 86_399, 951_782_400, 951_868_800, 1_709_164_800, 1_735_689_599, 1_795_354_901,
            4_102_444_800, 4_107_542_400, 13_569_465_600,
        ]
        let output = try Python.run(
            """
            import email.utils, sys
            for second in sys.argv[1:]:
                print(email.utils.formatdate(int(second)).replace("-0000", "+0000"))
            """, arguments: seconds.map { "\($0)" })
        // A day below ten may have one digit or two (RFC 5322 section 3.3).
        let expected = String(decoding: output, as: UTF8.self).replacing(", 0", with: ", ")
        #expect(seconds.map { MailDate.text($0) + "\n" }.joined() == expected)
    }
}
