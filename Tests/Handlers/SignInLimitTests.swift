import Foundation
import SignetRuntime
import Testing

@testable import SignetAuthority

/// The delays after failed sign-ins, over HTTP, on every path that looks at a password.
@Suite("Failed sign-ins over HTTP")
struct SignInLimitTests {
    private static let wrong = "another-word"
    /// An address that nobody uses but the owner.
    private static let home = "X-Forwarded-For: 198.51.100.7"

    private static func makeServer() async throws -> TestServer {
        try await TestServer(limits: [:], signInDelaySecondsMax: 900)
    }

    private static func expectDelay(_ answer: Answer) throws {
        #expect(answer.status == 429)
        let wait = try #require(answer.field("retry-after").first.flatMap { Int($0) })
        #expect((1...900).contains(wait))
        #expect(answer.field("ratelimit-policy") == [#""failed-sign-in";q=5;w=4500"#])
        #expect(answer.field("ratelimit") == [#""failed-sign-in";r=0;t=\#(wait)"#])
        #expect(answer.field("cache-control") == ["no-store"])
    }

    /// Calls until it is told to wait for six seconds or more, which the ninth failure brings; the sixth
    /// brings the first wait.
    ///
    /// - Returns: the answer, and the time before its call.
    private func lastOf(_ call: () async throws -> Answer, refusedWith status: Int) async throws
        -> (answer: Answer, asked: ContinuousClock.Instant)
    {
        var failures = 0
        while true {
            let asked = ContinuousClock.now
            let answer = try await call()
            guard answer.status == 429 else {
                #expect(answer.status == status)
                failures += 1
                guard failures < 20 else { return (answer, asked) }
                continue
            }
            #expect(failures >= 6)
            let wait = answer.field("retry-after").first.flatMap { Int($0) } ?? 0
            if wait >= 6 || failures < 6 { return (answer, asked) }
            // The delay is what is waited for; the server's clock is the machine's.
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test("/api/rest/signin")
    func signIn() async throws {
        // A machine may be so slow that the delay is over before the right password is shown.
        for _ in 0..<10 where try await isDelayed() { return }
        Issue.record("every delay was over before the next call")
    }

    /// Looks at all of a delay; false when it was over too early to be looked at.
    private func isDelayed() async throws -> Bool {
        let server = try await Self.makeServer()
        let user = try await SignInUser.make(server)
        let (answer, asked) = try await lastOf(
            {
                try await SignInUser.post(
                    server, "signin", "login", user.login, "password", Self.wrong)
            },
            refusedWith: 401)
        try Self.expectDelay(answer)
        #expect(try answer.string("error") == "too_many_requests")
        // A right password is not looked at either, so that nobody learns that it is.
        let right = try await SignInUser.post(
            server, "signin", "login", user.login.uppercased(), "password", user.user.password)
        if right.status == 201, ContinuousClock.now - asked > .seconds(5) {
            await server.stop()
            return false
        }
        try Self.expectDelay(right)
        // The owner is elsewhere, and others are here.
        let owner = try await SignInUser.post(
            server, "signin", "login", user.login, "password", user.user.password,
            fields: [Self.home])
        #expect(owner.status == 201)
        #expect(try await SignInUser.make(server).signIn().access.isEmpty == false)
        await server.stop()
        return true
    }

    @Test("HTTP Basic of named tokens; a pair that was right a moment ago is not delayed")
    func basic() async throws {
        let server = try await Self.makeServer()
        let user = try await NamedTokenUser.make(server)
        #expect(try await user.call("GET").status == 404)
        let (answer, _) = try await lastOf(
            {
                try await server.call(
                    "GET", NamedTokenUser.list, key: OAuthClient.basic(user.login, Self.wrong))
            }, refusedWith: 401)
        try Self.expectDelay(answer)
        #expect(try answer.object().keys.sorted() == ["message"])
        #expect(try await user.call("GET").status == 404)
        await server.stop()
    }

    @Test("/frontend/api/v1/auth/sign-in")
    func frontend() async throws {
        let server = try await Self.makeServer()
        let user = try await FrontendUser.make(server)
        let (answer, _) = try await lastOf(
            { try await user.signIn(password: Self.wrong) }, refusedWith: 401)
        try Self.expectDelay(answer)
        #expect(try answer.string("code") == "RESOURCE_EXHAUSTED")
        #expect(try await user.signIn(fields: [Self.home]).status == 200)
        await server.stop()
    }

    @Test("the old password of a new one")
    func oldPassword() async throws {
        let server = try await Self.makeServer()
        let user = try await FrontendUser.make(server)
        let token = try await user.signedIn().jwt
        let body = #"{"old-password":"\#(Self.wrong)","new-password":"secret-word-2"}"#
        let (answer, _) = try await lastOf(
            { try await user.call("PUT", "current/password", bearer: token, json: body) },
            refusedWith: 400)
        try Self.expectDelay(answer)
        #expect(try answer.string("code") == "RESOURCE_EXHAUSTED")
        #expect(try await user.call("GET", "session", bearer: token).status == 200)
        await server.stop()
    }

    @Test("an account that is not there is delayed like one that is")
    func nobody() async throws {
        let server = try await Self.makeServer()
        let (answer, _) = try await lastOf(
            {
                try await SignInUser.post(
                    server, "signin", "login", "nobody", "password", Self.wrong)
            }, refusedWith: 401)
        try Self.expectDelay(answer)
        await server.stop()
    }

    @Test("the address that a session shows is the one that the proxy says")
    func remoteAddress() async throws {
        let server = try await Self.makeServer()
        let user = try await FrontendUser.make(server)
        let signedIn = try FrontendUser.signedIn(try await user.signIn(fields: [Self.home]))
        let session = try await user.call(
            "GET", "session/\(signedIn.session)", bearer: signedIn.jwt)
        #expect(try session.string("remote-ip") == "198.51.100.7")
        await server.stop()
    }
}

/// Whom the limits of addresses count, by what proxies say (RFC 7239).
@Suite("Addresses behind proxies, over HTTP")
struct ClientAddressTests {
    /// One call in a hundred thousand seconds for each address, and a proxy at 127.0.0.1.
    private static func makeServer() async throws -> TestServer {
        try await TestServer(limits: [.address: RateLimit(1, perSeconds: 100_000)])
    }

    /// Whether a call with these field lines is the first of its address.
    private func isFirst(_ server: TestServer, _ fields: String...) async throws -> Bool {
        let answer = try await server.call("GET", "/root/list", fields: fields)
        #expect([403, 429].contains(answer.status))
        return answer.status == 403
    }

    @Test("takes the last address that is no proxy's, and nothing in front of it")
    func spoofed() async throws {
        let server = try await Self.makeServer()
        #expect(try await isFirst(server, "X-Forwarded-For: 192.0.2.1"))
        for spoof in [
            "X-Forwarded-For: 10.9.8.7, 192.0.2.1", "X-Forwarded-For: 127.0.0.1, 192.0.2.1:4711",
            "X-Forwarded-For: garbage, ::ffff:192.0.2.1", "X-Forwarded-For: 192.0.2.1, 127.0.0.1",
            "x-forwarded-for:,,\"x,\t192.0.2.1 ,", "Forwarded: for=10.9.8.7, for=192.0.2.1",
            #"Forwarded: for="[::ffff:192.0.2.1]:80";proto=http"#,
        ] {
            #expect(try await !isFirst(server, spoof), "\(spoof)")
        }
        let lines = ["X-Forwarded-For: 10.9.8.7", "X-Forwarded-For: 192.0.2.1"]
        #expect(try await !isFirst(server, lines[0], lines[1]))
        #expect(try await isFirst(server, lines[1], lines[0]))
        await server.stop()
    }

    @Test("counts for the proxy what it says unclearly, even where this machine is not limited")
    func unclear() async throws {
        let server = try await Self.makeServer()
        #expect(try await isFirst(server, "X-Forwarded-For: unknown"))
        #expect(try await !isFirst(server, "X-Forwarded-For: 192.0.2.9, garbage"))
        #expect(try await !isFirst(server, #"Forwarded: for="192.0.2.9"#))
        #expect(try await !isFirst(server, "X-Forwarded-For:"))
        #expect(try await !isFirst(server, "Forwarded: ,"))
        #expect(try await !isFirst(server, "Forwarded: for=192.0.2.9, for=_hidden"))
        // One of both may be the client's own.
        #expect(
            try await !isFirst(
                server, "Forwarded: for=192.0.2.9", "X-Forwarded-For: 192.0.2.8"))
        #expect(
            try await isFirst(server, "Forwarded: for=192.0.2.9", "X-Forwarded-For: 192.0.2.9"))
        await server.stop()
    }

    @Test("tells IPv6 addresses apart by 64 bits, and IPv4 addresses by all")
    func networks() async throws {
        let server = try await Self.makeServer()
        #expect(try await isFirst(server, "X-Forwarded-For: 2001:db8:1:2::1"))
        #expect(try await !isFirst(server, "X-Forwarded-For: 2001:db8:1:2:ffff::7"))
        #expect(try await !isFirst(server, #"Forwarded: for="[2001:DB8:1:2::9]:1""#))
        #expect(try await isFirst(server, "X-Forwarded-For: 2001:db8:1:3::1"))
        #expect(try await isFirst(server, "X-Forwarded-For: 192.0.2.1"))
        #expect(try await isFirst(server, "X-Forwarded-For: 192.0.2.2"))
        // The same bits as 192.0.2.1.
        #expect(try await isFirst(server, "X-Forwarded-For: c000:201::"))
        await server.stop()
    }

    @Test("reads nothing from a peer that is no proxy, and does not limit this machine")
    func untrusted() async throws {
        let server = try await TestServer(
            limits: [.address: RateLimit(1, perSeconds: 100_000)], proxies: ["192.0.2.0/24"])
        for _ in 0..<3 {
            #expect(try await isFirst(server, "X-Forwarded-For: 198.51.100.1"))
            #expect(try await isFirst(server, "Forwarded: for=unknown"))
        }
        await server.stop()
    }
}
