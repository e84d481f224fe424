import Foundation
import SignetHandlers
import Testing

/// sign-in.md, "Cookie mode".
@Suite("Cookie mode")
struct CookieModeTests {
    private static let attributes = "; Path=/; HttpOnly; SameSite=Strict"

    private func signIn(_ user: SignInUser) async throws -> (SignInUser.Pair, cookie: String) {
        let answer = try await SignInUser.post(
            user.server, "signin", "login", user.login, "password", "secret-word", "cookieauth",
            "true")
        let pair = try SignInUser.pair(answer)
        return (pair, try #require(answer.field("set-cookie").first))
    }

    private func post(
        _ user: SignInUser, _ route: String, _ token: String, _ fields: String...
    ) async throws -> Answer {
        try await SignInUser.post(
            user.server, route,
            fields: ["Cookie: a=b; \(SignInUser.cookieName)=\(token)"] + fields)
    }

    @Test("sets one cookie with the refresh token, which ends with the browser's session")
    func set() async throws {
        let user = try await SignInUser.make()
        let (pair, cookie) = try await signIn(user)
        #expect(cookie == "\(SignInUser.cookieName)=\(pair.refresh)\(Self.attributes)")
        // Not asked for by anything but this word.
        for wish in ["false", "1", "TRUE"] {
            let answer = try await SignInUser.post(
                user.server, "signin", "login", user.login, "password", "secret-word",
                "cookieauth", wish)
            #expect(answer.status == 201)
            #expect(answer.field("set-cookie").isEmpty)
        }
    }

    @Test(
        "is not begun by a page of another site, which would sign its visitor in as somebody else",
        arguments: [
            ["Origin: https://evil.example"], ["Sec-Fetch-Site: cross-site"], ["Origin: null"],
        ])
    func foreignPage(_ fields: [String]) async throws {
        let user = try await SignInUser.make()
        for (wish, status) in [("true", 403), ("false", 201)] {
            let answer = try await SignInUser.post(
                user.server, "signin", "login", user.login, "password", "secret-word",
                "cookieauth", wish, fields: fields)
            #expect(answer.status == status)
            #expect(answer.field("set-cookie").isEmpty)
        }
    }

    @Test("the cookie alone shows who calls, refreshes, and signs out")
    func use() async throws {
        let user = try await SignInUser.make()
        let origin = "Origin: http://localhost"
        let (pair, _) = try await signIn(user)
        let cookie = "Cookie: \(SignInUser.cookieName)=\(pair.refresh)"
        let me = try await user.server.call("GET", "/api/rest/me", fields: [cookie])
        #expect(try me.string("login") == user.login)
        let checked = try await user.check(pair.refresh, asCookie: true)
        #expect(checked.field("x-auth-realm") == ["sign-in"])
        let again = try SignInUser.pair(try await post(user, "token", pair.refresh, origin))
        #expect(again.refresh == pair.refresh)
        // An access token is no cookie of ours.
        #expect(try await post(user, "token", pair.access, origin).status == 401)
        let wrong = try await user.server.call(
            "GET", "/api/rest/me", fields: ["Cookie: \(SignInUser.cookieName)=\(pair.access)"])
        #expect(wrong.status == 401)

        let out = try await post(user, "signout", pair.refresh, origin)
        #expect(out.text == "{}")
        #expect(
            out.field("set-cookie") == [
                "\(SignInUser.cookieName)=\(Self.attributes); Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
            ])
        #expect(try await post(user, "token", pair.refresh, origin).status == 401)
        #expect(try await user.check(pair.refresh, asCookie: true).status == 401)
        // A cookie whose token is nothing goes, too.
        let broken = try await post(user, "signout", "x", origin)
        #expect(broken.status == 401)
        #expect(broken.field("set-cookie").count == 1)
    }

    @Test("changes nothing unless a page of the same origin asks", arguments: ["token", "signout"])
    func crossSite(_ route: String) async throws {
        let user = try await SignInUser.make()
        let (pair, _) = try await signIn(user)
        let port = user.server.port
        for fields in [
            [], ["Origin: http://evil.example"], ["Origin: null"], ["Origin: https://localhost"],
            ["Origin: http://localhost.evil.example"], ["Origin: http://localhost:1"],
            ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"], ["Sec-Fetch-Site: none"],
            ["Origin: http://localhost", "Sec-Fetch-Site: cross-site"],
            ["Origin: http://localhost", "Origin: http://evil.example"],
        ] {
            let answer = try await SignInUser.post(
                user.server, route,
                fields: ["Cookie: \(SignInUser.cookieName)=\(pair.refresh)"] + fields)
            #expect(answer.status == 403, "\(fields)")
            #expect(try answer.string("error") == "cross_site_request")
            #expect(answer.field("set-cookie").isEmpty)
        }
        #expect(try await user.refresh(pair.refresh).status == 201)
        // The public address, where the Host is another; and browsers that say what they know.
        for field in [
            "Origin: http://127.0.0.1:\(port)", "Origin: http://LOCALHOST",
            "Sec-Fetch-Site: same-origin",
        ] {
            let (pair, _) = try await signIn(user)
            let answer = try await post(user, route, pair.refresh, field)
            #expect(answer.status == (route == "token" ? 201 : 200), "\(field)")
        }
        // Who shows the token itself needs no page.
        #expect(
            try await SignInUser.post(
                user.server, route, "token", pair.refresh, fields: ["Origin: http://evil.example"]
            ).status < 300)
    }

    @Test("is refused where the settings do not allow it")
    func disabled() async throws {
        let server = try await TestServer { $0.allowsSignInByCookie = false }
        let user = try await SignInUser.make(server)
        let answer = try await SignInUser.post(
            server, "signin", "login", user.login, "password", "secret-word", "cookieauth", "true")
        #expect(answer.status == 403)
        #expect(try answer.string("error") == "cookie_auth_disabled")
        #expect(answer.field("set-cookie").isEmpty)
        await server.stop()
    }

    @Test("has cookies for TLS alone when the public address has it")
    func secure() async throws {
        let server = try await TestServer { settings in
            let limits = settings.rateLimits
            settings = .init(issuer: "https://id.example.org/tokens")
            settings.rateLimits = limits
        }
        let user = try await SignInUser.make(server)
        let (pair, cookie) = try await signIn(user)
        #expect(cookie == "\(SignInUser.cookieName)=\(pair.refresh)\(Self.attributes); Secure")
        #expect(
            try TokenText(pair.access).claims.contains(#""iss":"https://id.example.org/tokens""#))
        for (origin, status) in [
            ("https://id.example.org", 201), ("https://localhost", 201), ("http://localhost", 403),
            ("http://id.example.org", 403),
        ] {
            #expect(
                try await post(user, "token", pair.refresh, "Origin: \(origin)").status == status)
        }
        await server.stop()
    }
}
