import SignetHandlers
import Testing

/// Which web pages may read answers (apps.md, "CORS"; the Fetch standard, section 3.3).
@Suite("CORS")
struct CORSTests {
    private static let page = "https://app.example.org"
    private static let listed = Task {
        try await TestServer(cors: CORS(origins: ["http://localhost:3000", page]))
    }
    private static let open = Task { try await TestServer(cors: CORS(origins: ["*"])) }

    private static func preflight(
        _ server: TestServer, _ path: String = "/root/list", origin: String
    ) async throws -> Answer {
        try await server.call(
            "OPTIONS", path,
            fields: [
                "Origin: \(origin)", "Access-Control-Request-Method: GET",
                "Access-Control-Request-Headers: authorization",
            ])
    }

    private static func expectAllowed(_ answer: Answer) {
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
        #expect(
            answer.field("access-control-allow-methods")
                == ["GET, POST, PUT, PATCH, DELETE, OPTIONS"])
        #expect(
            answer.field("access-control-allow-headers")
                == ["Origin, Authorization, Content-Type"])
        #expect(answer.field("access-control-max-age") == ["3600"])
    }

    private static func expectNothing(_ answer: Answer) {
        let names = answer.fields.map(\.name).filter { $0.hasPrefix("access-control-") }
        #expect(names.isEmpty)
    }

    @Test(
        "allows a listed origin what it asks for, on every path",
        arguments: [page, "http://localhost:3000"],
        ["/root/list", "/app/x/sign", "/root/create/", "/nope"])
    func preflight(_ origin: String, _ path: String) async throws {
        let answer = try await Self.preflight(try await Self.listed.value, path, origin: origin)
        Self.expectAllowed(answer)
        #expect(answer.field("access-control-allow-origin") == [origin])
        #expect(answer.field("vary") == ["Origin"])
    }

    @Test(
        "allows nothing to any other origin",
        arguments: [
            "https://app.example.org.evil.test", "http://app.example.org", "null", "*",
            "https://app.example.org:8443", "https://APP.example.org", "https://app.example.or",
        ])
    func stranger(_ origin: String) async throws {
        let server = try await Self.listed.value
        let preflight = try await Self.preflight(server, origin: origin)
        #expect(preflight.status == 405)
        #expect(preflight.field("allow") == ["GET, HEAD"])
        Self.expectNothing(preflight)
        #expect(preflight.field("vary") == ["Origin"])
        let list = try await server.call(
            "GET", "/root/list", key: TestServer.rootKey, fields: ["Origin: \(origin)"])
        #expect(list.status == 200)
        Self.expectNothing(list)
        #expect(list.field("vary") == ["Origin"])
    }

    @Test("allows everybody with *, and never echoes them")
    func everybody() async throws {
        let server = try await Self.open.value
        let preflight = try await Self.preflight(server, origin: "https://any.test")
        Self.expectAllowed(preflight)
        #expect(preflight.field("access-control-allow-origin") == ["*"])
        #expect(preflight.field("vary").isEmpty)
        let ping = try await server.call("GET", "/ping", fields: ["Origin: null"])
        #expect(ping.field("access-control-allow-origin") == ["*"])
    }

    @Test(
        "lets a page read answers of every kind, refusals too, and their length",
        arguments: [
            ("GET", "/root/list", 403), ("GET", "/ping", 200), ("POST", "/app/x/sign", 403),
            ("PUT", "/ping", 405), ("GET", "/nope", 404),
        ])
    func answers(_ method: String, _ path: String, _ status: Int) async throws {
        let answer = try await Self.listed.value.call(
            method, path, fields: ["Origin: \(Self.page)"])
        #expect(answer.status == status)
        #expect(answer.field("access-control-allow-origin") == [Self.page])
        #expect(answer.field("access-control-expose-headers") == ["Content-Length"])
        #expect(answer.field("access-control-allow-credentials").isEmpty)
        #expect(answer.field("access-control-allow-methods").isEmpty)
    }

    @Test(
        "lets a page read the answers of oauth, refusals too",
        arguments: [
            ("GET", "/.well-known/jwks.json", 200), ("GET", "/auth/check", 401),
            ("GET", "/.well-known/oauth-authorization-server", 200), ("POST", "/oauth/token", 415),
            ("GET", "/oauth/nope", 404),
        ])
    func oauth(_ method: String, _ path: String, _ status: Int) async throws {
        let server = try await Self.listed.value
        let answer = try await server.call(
            method, path, body: method == "POST" ? [] : nil, fields: ["Origin: \(Self.page)"])
        #expect(answer.status == status)
        #expect(answer.field("access-control-allow-origin") == [Self.page])
        #expect(answer.field("vary") == ["Origin"])
    }

    @Test("lets a page read that its body was too long")
    func refusal() async throws {
        let answer = try await Self.listed.value.exchange(
            Array(
                "POST /app/x/sign HTTP/1.1\r\nHost: a\r\nOrigin: \(Self.page)\r\nContent-Length: 2000000\r\n\r\n"
                    .utf8))
        #expect(answer.status == 413)
        #expect(answer.field("access-control-allow-origin") == [Self.page])
    }

    @Test("an OPTIONS that is no preflight is the wrong method")
    func options() async throws {
        let server = try await Self.listed.value
        for fields in [
            [], ["Access-Control-Request-Method: GET"], ["Origin: \(Self.page)"],
        ] {
            let answer = try await server.call("OPTIONS", "/root/list", fields: fields)
            #expect(answer.status == 405)
        }
    }

    @Test("says nothing to requests without an origin")
    func noOrigin() async throws {
        for server in [try await Self.listed.value, try await Self.open.value] {
            let answer = try await server.call("GET", "/ping")
            Self.expectNothing(answer)
            #expect(answer.field("vary").isEmpty)
        }
    }

    @Test("allows nothing unless it is set")
    func unset() async throws {
        #expect(CORS(origins: []) == nil)
        let server = try await TestServer.shared.value
        let preflight = try await Self.preflight(server, origin: Self.page)
        #expect(preflight.status == 405)
        Self.expectNothing(preflight)
        let ping = try await server.call("GET", "/ping", fields: ["Origin: \(Self.page)"])
        Self.expectNothing(ping)
        #expect(ping.field("vary").isEmpty)
    }
}
