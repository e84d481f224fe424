import Foundation
import SignetAuthority
import Testing

/// Routes, methods, limits and what is no request, in the dialect's shape.
@Suite("OAuth routing")
struct OAuthRoutingTests {
    private static let app = Task { try await TestServer.shared.value.createApp() }

    @Test(
        "answers 405 with Allow for another method, before it looks at credentials",
        arguments: [
            ("/oauth/token", "POST"), ("/oauth/introspect", "POST"), ("/oauth/revoke/", "POST"),
            ("/.well-known/jwks.json", "GET, HEAD"), ("/auth/check", "GET, HEAD"),
            ("/app/{app}/.well-known/jwks.json", "GET, HEAD"),
            ("/.well-known/oauth-authorization-server", "GET, HEAD"),
            ("/.well-known/openid-configuration", "GET, HEAD"),
        ], ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
    func wrongMethod(_ route: (path: String, allow: String), _ method: String) async throws {
        guard !route.allow.components(separatedBy: ", ").contains(method) else { return }
        let path = route.path.replacing("{app}", with: try await Self.app.value.id)
        let answer = try await TestServer.shared.value.call(method, path)
        #expect(answer.status == 405)
        #expect(answer.field("allow") == [route.allow])
        if method != "HEAD" { #expect(try OAuthClient.error(answer) == "invalid_request") }
    }

    @Test(
        "answers 404 in the dialect's shape below /oauth and /.well-known",
        arguments: [
            "/oauth", "/oauth/", "/oauth/nope", "/oauth/token/x", "/oauth//token", "/OAUTH/token",
            "/.well-known", "/.well-known/nope", "/.well-known/jwks.json/x",
            "/.well-known/jwks.json//", "/.well-known/openid-configuration/x",
            "/.well-known/oauth-authorization-server/a/b/c/d/e/f",
            "/app/01ARZ3NDEKTSV4RRFFQ69G5FAV/.well-known/jwks.json",
            "/app/nope/.well-known/jwks.json",
        ])
    func unknownRoute(_ path: String) async throws {
        let answer = try await TestServer.shared.value.call("GET", path)
        #expect(answer.status == 404)
        guard path != "/OAUTH/token" else { return }
        #expect(try OAuthClient.error(answer) == "invalid_request")
    }

    @Test(
        "leaves everything else below /app and /auth alone",
        arguments: [
            "/app/{app}/.well-known", "/app/{app}/.well-known/nope", "/auth", "/auth/check/x",
        ])
    func others(_ path: String) async throws {
        let path = path.replacing("{app}", with: try await Self.app.value.id)
        let answer = try await TestServer.shared.value.call("GET", path)
        #expect(answer.status == 404)
        #expect(try answer.object()["error"] == nil)
    }

    @Test("refuses what is no request in the dialect's shape")
    func framing() async throws {
        let answer = try await TestServer.shared.value.exchange(
            Array("POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n".utf8))
        #expect(answer.status == 413)
        #expect(try OAuthClient.error(answer) == "invalid_request")
    }

    @Test("limits addresses and apps as the other dialects do, but not what has no credential")
    func limits() async throws {
        let once = RateLimit(1, perSeconds: 1000)
        for limit in [RateLimiter.Limit.address, .app] {
            let server = try await TestServer(limits: [limit: once])
            let app = try await Self.makeApp(on: server)
            // Whoever shows another's secret counts for the address.
            let other = try await Self.makeApp(on: server)
            let thief = TestApp(
                id: app.id, key: other.key, publicKey: nil, name: app.name, keyID: app.keyID,
                privateKey: app.privateKey)
            let client = OAuthClient(server: server, app: limit == .app ? app : thief)
            var statuses: [Int] = []
            for _ in 0..<3 {
                statuses.append(
                    try await client.post("/oauth/token", "grant_type=client_credentials").status)
            }
            #expect(statuses == [limit == .app ? 200 : 401, 429, 429])
            let refused = try await client.introspect("a.b.c")
            #expect(refused.status == 429)
            #expect(try OAuthClient.error(refused) == "temporarily_unavailable")
            #expect(refused.field("ratelimit-policy") == ["\"\(limit.name)\";q=1;w=1000"])
            #expect(refused.field("retry-after").count == 1)
            #expect(try await server.call("GET", "/.well-known/jwks.json").status == 200)
            #expect(try await server.call("GET", "/auth/check").status == 401)
            await server.stop()
        }
    }

    private static func makeApp(on server: TestServer) async throws -> TestApp {
        try await server.createApp()
    }
}

/// What the server says of itself (RFC 8414).
@Suite("OAuth metadata")
struct MetadataTests {
    @Test(
        "names its issuer and its endpoints",
        arguments: ["oauth-authorization-server", "openid-configuration"])
    func document(_ name: String) async throws {
        let server = try await TestServer.shared.value
        let answer = try await server.call("GET", "/.well-known/\(name)")
        #expect(answer.status == 200)
        #expect(answer.field("content-type") == ["application/json"])
        #expect(answer.field("cache-control") == ["public, max-age=300"])
        let issuer = "http://127.0.0.1:\(server.port)"
        let object = try answer.object()
        #expect(object["issuer"] as? String == issuer)
        #expect(object["token_endpoint"] as? String == "\(issuer)/oauth/token")
        #expect(object["introspection_endpoint"] as? String == "\(issuer)/oauth/introspect")
        #expect(object["revocation_endpoint"] as? String == "\(issuer)/oauth/revoke")
        #expect(object["jwks_uri"] as? String == "\(issuer)/.well-known/jwks.json")
        #expect(
            object["grant_types_supported"] as? [String] == ["client_credentials", "refresh_token"]
        )
        let methods = ["client_secret_basic", "client_secret_post"]
        for endpoint in ["token", "introspection", "revocation"] {
            #expect(object["\(endpoint)_endpoint_auth_methods_supported"] as? [String] == methods)
        }
        #expect(object["authorization_endpoint"] == nil)
        // RFC 8414 section 3.2: no empty lists.
        #expect(object.values.allSatisfy { ($0 as? [Any])?.isEmpty != true })
    }
}
