import Foundation
import SignetAuthority
import Testing

/// frontend.md: where a credential may be shown, and what is answered to requests that no route takes.
@Suite("Carriers and routes of accounts")
struct CarrierTests {
    @Test("takes a credential in each of the five places, and of the kind that belongs there")
    func carriers() async throws {
        let user = try await FrontendUser.make()
        let shown = try await user.signedIn()
        func status(_ query: String = "", _ fields: String...) async throws -> Int {
            try await user.call("GET", "session\(query)", fields: fields).status
        }
        let (jwt, token) = (shown.jwt, shown.apiToken)
        #expect(try await status("", "Authorization: Bearer \(jwt)") == 200)
        #expect(try await status("", "Authorization: bearer \(token)") == 200)
        #expect(try await status("?jwt=\(jwt)") == 200)
        #expect(try await status("?a=b&token=\(token)") == 200)
        #expect(try await status("", "Cookie: a=b; jwt=\(jwt)") == 200)

        #expect(try await status() == 401)
        #expect(try await status("?jwt=\(token)") == 401)
        #expect(try await status("?token=\(jwt)") == 401)
        #expect(try await status("", "Cookie: jwt=\(token)") == 401)
        #expect(try await status("", "Cookie: token=\(token)") == 401)
        #expect(try await status("", "Cookie: jwt=\(jwt); jwt=\(jwt)") == 401)
        #expect(try await status("?jwt=&token=", "Cookie: jwt=") == 401)
        // The first that is shown counts.
        #expect(try await status("?jwt=\(jwt)", "Authorization: Bearer x") == 401)
        #expect(try await status("?jwt=x", "Cookie: jwt=\(jwt)") == 401)
        #expect(
            try await status(
                "", "Authorization: Bearer \(jwt)", "Authorization: Bearer \(jwt)") == 401)
        // One of another scheme is for somebody else.
        #expect(try await status("?jwt=\(jwt)", "Authorization: Basic eDp5") == 200)
        #expect(try await status("?jwt=\(jwt)&jwt=\(jwt)", "Cookie: jwt=\(jwt)") == 401)
        #expect(try await status("?token=\(token)&token=\(token)&jwt=\(jwt)") == 401)
    }

    @Test("by cookie changes nothing for a page of another site")
    func crossSite() async throws {
        let user = try await FrontendUser.make()
        for field in [
            "Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site", "Origin: http://localhost:1",
        ] {
            let shown = try await user.signedIn()
            let cookie = "Cookie: jwt=\(shown.jwt)"
            for (method, route) in [
                ("DELETE", "sign-out"), ("DELETE", "session"), ("POST", "jwt"),
                ("POST", "api-token"), ("PUT", "current/password"),
            ] {
                let answer = try await user.call(method, route, fields: [cookie, field])
                #expect(answer.status == 403, "\(field)")
                #expect(
                    answer.text
                        == FrontendMessage.error(
                            403, "PERMISSION_DENIED",
                            "A request by cookie must not come from a page of another site."))
            }
            // It may look, if CORS lets it, and whoever shows the token itself needs no page.
            #expect(
                try await user.call("GET", "session", fields: [cookie, field]).status == 200)
            #expect(
                try await user.call("DELETE", "sign-out", bearer: shown.jwt, fields: [field]).status
                    == 200)
        }
        for fields in [
            [], ["Origin: http://localhost"], ["Sec-Fetch-Site: same-origin"],
            ["Sec-Fetch-Site: none"], ["Origin: http://127.0.0.1:\(user.server.port)"],
        ] {
            let shown = try await user.signedIn()
            let answer = try await user.call(
                "DELETE", "sign-out", fields: ["Cookie: jwt=\(shown.jwt)"] + fields)
            #expect(answer.status == 200, "\(fields)")
        }
    }

    @Test(
        "says which methods a route has",
        arguments: [
            ("sign-in", "GET", "POST"), ("jwt", "GET", "POST"), ("sign-out", "POST", "DELETE"),
            ("session", "POST", "GET, HEAD, DELETE"), ("session/x", "PUT", "GET, HEAD, DELETE"),
            ("current/password", "GET", "PUT"), ("1/password", "DELETE", "PUT"),
            ("api-token", "DELETE", "GET, HEAD, POST"),
            ("api-token/x", "POST", "GET, HEAD, PUT, DELETE"), ("sign-in", "BREW", "POST"),
        ])
    func methods(_ route: String, _ method: String, _ allow: String) async throws {
        let server = try await TestServer.shared.value
        let answer = try await FrontendUser.call(server, method, route)
        #expect(answer.status == 405)
        #expect(answer.field("allow") == [allow])
        #expect(
            answer.text
                == FrontendMessage.error(
                    405, "METHOD_NOT_ALLOWED", "The resource does not have this method."))
    }

    @Test(
        "knows no other routes",
        arguments: [
            "", "x", "session/x/y", "Session", "sign-in/x", "current", "1/passwords", "a/b/c/d",
        ])
    func unknown(_ route: String) async throws {
        let server = try await TestServer.shared.value
        let answer = try await FrontendUser.call(server, "GET", route)
        #expect(answer.status == 404)
        #expect(
            answer.text == FrontendMessage.error(404, "NOT_FOUND", "There is no such resource."))
    }

    @Test("answers requests that are none, or too large, in the words of the dialect")
    func framing() async throws {
        let server = try await TestServer.shared.value
        let path = "\(FrontendUser.base)/sign-in"
        let none = try await server.exchange(
            Array("POST \(path) HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".utf8))
        #expect(none.status == 400)
        #expect(try none.string("code") == "INVALID_ARGUMENT")
        let head = try await server.call(
            "POST", path, fields: ["X: \(String(repeating: "x", count: 17_000))"])
        #expect(head.status == 431)
        #expect(try head.object()["status"] as? Int == 431)
        let body = try await server.call(
            "POST", path, fields: ["Content-Length: 2000000"])
        #expect(body.status == 413)
        #expect(try body.object()["status"] as? Int == 413)
    }

    @Test("limits how often an address tries")
    func limited() async throws {
        let server = try await TestServer(limits: [
            .app: RateLimit(1000, perSeconds: 1), .address: RateLimit(1, perSeconds: 100),
        ])
        let body = #"{"email":"a@b.example","password":"secret-word"}"#
        var last = try await FrontendUser.call(server, "POST", "sign-in", json: body)
        #expect(last.status == 401)
        for _ in 0..<10 where last.status != 429 {
            last = try await FrontendUser.call(server, "POST", "sign-in", json: body)
        }
        for route in ["sign-in", "jwt"] {
            let answer = try await FrontendUser.call(server, "POST", route, json: body)
            #expect(answer.status == 429)
            #expect(try answer.string("code") == "RESOURCE_EXHAUSTED")
            #expect(!answer.field("retry-after").isEmpty)
            #expect(!answer.field("ratelimit").isEmpty)
            #expect(!answer.field("ratelimit-policy").isEmpty)
        }
        await server.stop()
    }
}
