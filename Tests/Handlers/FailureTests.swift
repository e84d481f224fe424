import SignetAuthority
import SignetCrypto
import SignetStorage
import StoreSupport
import Testing

/// What is answered when the store fails: 503 to exactly the calls that it failed for.
@Suite("Failures")
struct FailureTests {
    private static let down = #"{"message":"db-down"}"#

    @Test(
        "hands out no token that was not committed, and goes on afterwards",
        arguments: [StoreError.Reason.diskFull, .inputOutput, .conflict])
    func commit(_ reason: StoreError.Reason) async throws {
        let server = try await TestServer()
        for app in [try await server.createApp(.hs256), try await server.createApp(.es256)] {
            for expected in [200, 503, 503, 200, 200] {
                if expected == 503 { server.store.fail(.commit, reason) }
                let answer = try await server.call(
                    "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(SignTests.wellKnown)}")
                #expect(answer.status == expected)
                guard expected == 503 else { continue }
                #expect(answer.text == Self.down)
                #expect(answer.field("retry-after") == ["1"])
            }
        }
        await server.stop()
    }

    @Test("makes no app that was not committed")
    func create() async throws {
        let server = try await TestServer()
        server.store.fail(.write, .diskFull)
        let body = #"""
            {"name":"shop","token_expire":60,"refresh_expire":60,"key_type":"OKP","algo":"EdDSA",
            "rotation_period":60}
            """#
        let failed = try await server.call(
            "POST", "/root/create", key: TestServer.rootKey, body: body)
        #expect(failed.status == 503)
        #expect(failed.text == Self.down)
        let list = try await server.call("GET", "/root/list", key: TestServer.rootKey)
        #expect(list.text == #"{"apps":[]}"#)
        let made = try await server.call(
            "POST", "/root/create", key: TestServer.rootKey, body: body)
        #expect(made.status == 200)
        await server.stop()
    }

    @Test("tells of an app that was committed although it can't be read back")
    func createWithoutReading() async throws {
        let server = try await TestServer()
        server.store.fail(.load, .inputOutput)
        let app = try await server.createApp()
        let sign = try await server.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(SignTests.wellKnown)}")
        #expect(sign.status == 200)
        let list = try await server.call("GET", "/root/list", key: TestServer.rootKey)
        #expect(list.text.contains(app.id))
        await server.stop()
    }

    @Test("takes the next free number when another process took the first")
    func conflict() async throws {
        let server = try await TestServer()
        server.store.fail(.write, .conflict, times: 2)
        let app = try await server.createApp()
        #expect(try await server.call("GET", "/app/\(app.id)", key: app.key).status == 200)
        server.store.fail(.write, .conflict, times: 1000)
        let refused = try await server.call(
            "POST", "/root/create", key: TestServer.rootKey,
            body: #"""
                {"name":"a","token_expire":60,"refresh_expire":60,"key_type":"OCT","algo":"HS256",
                "rotation_period":60}
                """#)
        #expect(refused.status == 503)
        #expect(refused.text == #"{"message":"overloaded"}"#)
        await server.stop()
    }

    @Test("says in /health, and only there, that the store does not answer")
    func health() async throws {
        let server = try await TestServer()
        server.store.fail(.changes, .inputOutput)
        let down = try await server.call("GET", "/health")
        #expect(down.status == 503)
        #expect(down.text == Self.down)
        #expect(try await server.call("GET", "/health").status == 200)
        await server.store.close()
        #expect(try await server.call("GET", "/health").status == 503)
        #expect(try await server.call("GET", "/ping").status == 200)
        await server.stop()
    }

    @Test("verifies without the store")
    func verify() async throws {
        let server = try await TestServer()
        let app = try await server.createApp(.es256)
        let signed = try await server.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(SignTests.wellKnown)}")
        let token = try signed.string("auth_token")
        await server.store.close()
        let answer = try await server.call(
            "POST", "/app/\(app.id)/verify", key: app.key, body: #"{"token":"\#(token)"}"#)
        #expect(answer.text == #"{"verified":true}"#)
        let sign = try await server.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(SignTests.wellKnown)}")
        #expect(sign.status == 503)
        await server.stop()
    }
}

/// What is answered beyond a limit.
@Suite("Rate limits over HTTP")
struct RateLimitAnswerTests {
    /// One call in a hundred thousand seconds, so that no test is slow enough to be granted a second one.
    private static let once = RateLimit(1, perSeconds: 100_000)

    private static func expectRefusal(_ answer: Answer, by name: String) throws {
        #expect(answer.status == 429)
        #expect(answer.text == #"{"message":"too many requests"}"#)
        let wait = try #require(answer.field("retry-after").first)
        let seconds = try #require(Int(wait))
        #expect((99_000...100_000).contains(seconds))
        #expect(answer.field("ratelimit-policy") == ["\"\(name)\";q=1;w=100000"])
        #expect(answer.field("ratelimit") == ["\"\(name)\";r=0;t=\(wait)"])
    }

    @Test("limits each app by itself, on all loops together, and not who shows a wrong key")
    func app() async throws {
        let server = try await TestServer(limits: [.app: Self.once])
        let first = try await server.createApp()
        let second = try await server.createApp()
        for _ in 0..<3 {
            let denied = try await server.call("GET", "/app/\(first.id)", key: second.key)
            #expect(denied.status == 403)
        }
        #expect(try await server.call("GET", "/app/\(first.id)", key: first.key).status == 200)
        for _ in 0..<4 {
            try Self.expectRefusal(
                try await server.call("GET", "/app/\(first.id)", key: first.key), by: "app")
        }
        #expect(try await server.call("GET", "/app/\(second.id)", key: second.key).status == 200)
        await server.stop()
    }

    @Test("limits an address that shows wrong keys, but no right one and no health checks")
    func address() async throws {
        let server = try await TestServer(limits: [.address: Self.once])
        let app = try await server.createApp()
        #expect(try await server.call("GET", "/root/list").status == 403)
        let wrong = String(repeating: "Wrong+Ke", count: 16)
        for path in ["/root/list", "/app/nope", "/app/\(app.id)"] {
            try Self.expectRefusal(try await server.call("GET", path, key: wrong), by: "address")
        }
        #expect(try await server.call("GET", "/root/list", key: TestServer.rootKey).status == 200)
        let other = "X-Forwarded-For: 192.0.2.2"
        #expect(try await server.call("GET", "/root/list", fields: [other]).status == 403)
        #expect(try await server.call("GET", "/ping").status == 200)
        #expect(try await server.call("GET", "/health").status == 200)
        await server.stop()
    }

    @Test("counts a batch as its items, and admits one that is more than the limit once")
    func batch() async throws {
        let server = try await TestServer(limits: [.app: RateLimit(10, perSeconds: 100_000)])
        func call(_ app: TestApp, _ count: Int) async throws -> Answer {
            let items = Array(repeating: "{\(SignTests.wellKnown)}", count: count)
            return try await server.call(
                "POST", "/app/\(app.id)/sign/batch", key: app.key,
                body: "{\"items\":[\(items.joined(separator: ","))]}")
        }
        let app = try await server.createApp()
        #expect(try await call(app, 6).status == 200)
        #expect(try await call(app, 6).status == 429)
        #expect(try await call(app, 4).status == 200)
        #expect(try await server.call("GET", "/app/\(app.id)", key: app.key).status == 429)

        let other = try await server.createApp(name: "other")
        #expect(try await call(other, 25).status == 200)
        let second = try await call(other, 25)
        #expect(second.status == 429)
        // 25 calls of 10,000 seconds each have to pass.
        let wait = try #require(second.field("retry-after").first.flatMap { Int($0) })
        #expect((249_000...250_000).contains(wait))
        await server.stop()
    }

    @Test("refuses on a connection whose head is known, too")
    func knownHead() async throws {
        let server = try await TestServer(limits: [.app: RateLimit(3, perSeconds: 100_000)])
        let app = try await server.createApp()
        let call = "GET /app/\(app.id) HTTP/1.1\r\nHost: a\r\nAuthorization: \(app.key)\r\n"
        let last = call + "Connection: close\r\n\r\n"
        let calls = String(repeating: call + "\r\n", count: 5) + last
        let bytes = try await RawClient.exchangeAll(Array(calls.utf8), port: server.port)
        let statuses = String(decoding: bytes, as: UTF8.self).matches(of: /HTTP\/1\.1 ([0-9]{3})/)
        #expect(statuses.map { String($0.1) } == ["200", "200", "200", "429", "429", "429"])
        await server.stop()
    }

    @Test("gives an app a limit of its own, and takes it away again")
    func ownLimit() async throws {
        let server = try await TestServer(limits: [.app: RateLimit(1000, perSeconds: 1)])
        let (app, other) = (try await server.createApp(), try await server.createApp())
        let apps = server.authority.apps
        func known() throws -> App {
            try #require(apps.directory.current.app(idText: app.id))
        }
        #expect(try await apps.setRateLimit(Self.once, of: known()))
        #expect(try await server.call("GET", "/app/\(app.id)", key: app.key).status == 200)
        try Self.expectRefusal(
            try await server.call("GET", "/app/\(app.id)", key: app.key), by: "app")
        #expect(try await server.call("GET", "/app/\(other.id)", key: other.key).status == 200)
        // What changes an app otherwise leaves it alone.
        #expect(try await apps.rotateAppKey(known(), at: 1) != nil)
        #expect(try known().rateLimit == Self.once)
        #expect(try await apps.setRateLimit(nil, of: known()))
        #expect(try known().rateLimit == nil)
        await server.stop()
    }
}
