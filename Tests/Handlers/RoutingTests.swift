import Foundation
import Testing

/// Routes, methods, and requests that are none.
@Suite("Routing")
struct RoutingTests {
    private static let app = Task { try await TestServer.shared.value.createApp() }

    @Test(
        "answers 405 with Allow for another method, before it looks at keys",
        arguments: [
            ("/ping", "GET, HEAD"), ("/health", "GET, HEAD"), ("/root/list", "GET, HEAD"),
            ("/root/create", "POST"), ("/app/{app}", "GET, HEAD"),
            ("/app/{app}/pub-keys", "GET, HEAD"), ("/app/{app}/sign", "POST"),
            ("/app/{app}/verify/", "POST"), ("/app/{app}/sign/batch", "POST"),
            ("/app/{app}/verify/batch/", "POST"), ("/app/{app}/renew", "POST"),
            ("/app/{app}/get-session", "POST"), ("/app/{app}/logout/", "POST"),
            ("/root/rotate", "GET"), ("/root/{app}", "PATCH, DELETE"),
            ("/root/nope/", "PATCH, DELETE"), ("/root/{app}/rotate/key", "GET"),
            ("/root/{app}/rotate/pki/", "GET"), ("/root/{app}/revoke/x", "DELETE"),
            ("/root/{app}/flush", "DELETE"),
        ], ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
    func wrongMethod(_ route: (path: String, allow: String), _ method: String) async throws {
        let allowed = route.allow.components(separatedBy: ", ")
        guard !allowed.contains(method) else { return }
        let server = try await TestServer.shared.value
        let path = route.path.replacing("{app}", with: try await Self.app.value.id)
        let answer = try await server.call(method, path)
        #expect(answer.status == 405)
        #expect(answer.field("allow") == [route.allow])
        #expect(answer.text == (method == "HEAD" ? "" : #"{"message":"method not allowed"}"#))
    }

    @Test(
        "answers 404 in the dialect's shape below /app and /root",
        arguments: [
            "/app", "/app/", "/root", "/root/", "/app/{app}/nope", "/app/{app}/sign/more",
            "/app/{app}//sign", "/app/{app}/renew/batch", "/app/{app}/sign/batch/x",
            "/root/create/x", "/root/{app}/nope", "/root/{app}/rotate", "/root/{app}/rotate/x",
            "/root/{app}/revoke", "/root/{app}/revoke/x/y", "/root/rotate/key", "/root/rotate/pki",
            "/root/{app}/rotate/key/x", "/root/a/b/c/d/e/f/g",
        ])
    func unknownRoute(_ path: String) async throws {
        let row = Row("unknown", "GET", path, status: 404, #"{"message":"not found"}"#)
        _ = try await row.check(
            try await TestServer.shared.value, try await Self.app.value)
    }

    @Test(
        "answers problem details elsewhere",
        arguments: ["/", "/nope", "/pin", "/pings", "/ping/x", "/apps/x", "//ping", "/ping//"])
    func elsewhere(_ path: String) async throws {
        let answer = try await TestServer.shared.value.call("GET", path)
        #expect(answer.status == 404)
        #expect(answer.field("content-type") == ["application/problem+json"])
        #expect(try answer.object()["status"] as? Int == 404)
    }

    @Test("answers pong and ok, with and without a trailing slash", arguments: ["", "/"])
    func health(_ slash: String) async throws {
        let server = try await TestServer.shared.value
        let ping = try await server.call("GET", "/ping\(slash)")
        #expect(ping.status == 200)
        #expect(ping.text == "pong")
        #expect(ping.field("content-type") == ["text/plain; charset=utf-8"])
        let health = try await server.call("GET", "/health\(slash)")
        #expect(health.status == 200)
        #expect(health.text == #"{"message":"ok"}"#)
        #expect(health.field("content-type") == ["application/json"])
    }

    @Test("answers HEAD like GET, without the body", arguments: ["/ping", "/health", "/app/{app}"])
    func head(_ path: String) async throws {
        let server = try await TestServer.shared.value
        let app = try await Self.app.value
        let path = path.replacing("{app}", with: app.id)
        let get = try await server.call("GET", path, key: app.key)
        let head = try await server.call("HEAD", path, key: app.key)
        #expect(get.status == 200)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.field("content-length") == ["\(get.body.count)"])
    }

    @Test(
        "refuses what is no request in the shape of the path's dialect",
        arguments: [
            ("a body over the limit", "Host: a\r\nContent-Length: 2000000\r\n\r\n", 413),
            ("a malformed field", "Host: a\r\nno field\r\n\r\n", 400),
            ("a missing Host", "X: a\r\n\r\n", 400),
            ("two lengths", "Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            (
                "a malformed chunk", "Host: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400
            ),
        ], ["/app/{app}/sign", "/elsewhere"])
    func refusal(
        _ request: (name: String, rest: String, status: Int), _ path: String
    ) async throws {
        let server = try await TestServer.shared.value
        let path = path.replacing("{app}", with: try await Self.app.value.id)
        let answer = try await server.exchange(
            Array("POST \(path) HTTP/1.1\r\n\(request.rest)".utf8))
        #expect(answer.status == request.status)
        if path.hasPrefix("/app") {
            #expect(answer.field("content-type") == ["application/json"])
            #expect(Array(try answer.object().keys) == ["message"])
        } else {
            #expect(answer.field("content-type") == ["application/problem+json"])
        }
    }

    @Test(
        "refuses a head over the limit in the words of whom it was for",
        arguments: [
            ("/app/x/sign", "message"), ("/%61pp/x/sign", "message"),
            ("/oauth/token?a=b", "error"), ("/api/v1alpha/token", "message"),
            ("http://localhost/app/x", "message"), ("/elsewhere", ""), ("/app/%zz", ""),
            ("app", ""),
        ])
    func longHead(_ path: String, _ name: String) async throws {
        let long = String(repeating: "a", count: 20_000)
        let answer = try await TestServer.shared.value.call("GET", path, fields: ["X: \(long)"])
        #expect(answer.status == 431)
        let type = name.isEmpty ? "application/problem+json" : "application/json"
        #expect(answer.field("content-type") == [type])
        if !name.isEmpty { #expect(try answer.object()[name] != nil) }
    }
}
