import Foundation
import SignetCrypto
import SignetHandlers
import Testing

@testable import SignetAuthority
@testable import SignetStorage

/// sign-in.md, the table of routes.
@Suite("Sign-in")
struct SignInTests {
    @Test("shows two tokens with the claims of the contract, and refreshes and ends them")
    func life() async throws {
        let user = try await SignInUser.make()
        let before = Int64(Date().timeIntervalSince1970)
        let made = try await SignInUser.post(
            user.server, "signin?=", "login", user.login.uppercased(), "password", "secret-word")
        let after = Int64(Date().timeIntervalSince1970)
        #expect(made.field("content-type") == ["application/json"])
        #expect(made.field("cache-control") == ["no-store"])
        #expect(made.field("set-cookie").isEmpty)
        let pair = try SignInUser.pair(made)
        #expect(
            made.text == #"{"tokenType":"Bearer","refreshToken":"\#(pair.refresh)","#
                + #""accessToken":"\#(pair.access)"}"#)
        let session = try check(pair.refresh, of: user, "R", "jti", life: 86_400, before...after)
        #expect(
            try check(pair.access, of: user, "U", "sid", life: 1200, before...after) == session)
        // RFC 9562: version 7, variant 10.
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(session.wholeMatch(of: form) != nil)

        let me = try await user.me(pair.access)
        #expect(
            me.text == #"{"login":"\#(user.login)","name":"","email":"\#(user.user.user.email)","#
                + #""userid":"\#(user.user.user.id)"}"#)
        #expect(
            try await user.server.call("HEAD", "/api/rest/me", key: "Bearer \(pair.access)").status
                == 200)

        // All three ways: form, bearer, and below the cookie.
        for answer in [
            try await user.refresh(pair.refresh),
            try await SignInUser.post(user.server, "token", key: "Bearer \(pair.refresh)"),
        ] {
            let again = try SignInUser.pair(answer)
            #expect(again.refresh == pair.refresh)
            #expect(try await user.me(again.access).status == 200)
        }
        #expect(try await user.signOut(pair.refresh).text == "{}")
        // Once more is no error; but nothing is good any more.
        #expect(try await user.signOut(pair.refresh).status == 200)
        #expect(try await user.refresh(pair.refresh).text == SignInMessage.token)
        for _ in 0..<8 {
            #expect(try await user.me(pair.access).text == SignInMessage.token)
            #expect(try await user.check(pair.access).status == 401)
            #expect(try await user.check(pair.refresh, asCookie: true).status == 401)
        }
    }

    /// The session of a token, whose claims are those of sign-in.md, in their order.
    private func check(
        _ token: String, of user: SignInUser, _ type: String, _ id: String, life: Int64,
        _ moments: ClosedRange<Int64>
    ) throws -> String {
        let text = try TokenText(token)
        let key = try realmKey(user.server)
        #expect(text.header == #"{"alg":"HS256","kid":"\#(key.idText)","typ":"JWT"}"#)
        let times = try #require(text.claims.firstMatch(of: /"iat":(\d+),.*"exp":(\d+)/))
        let issued = try #require(Int64(times.1))
        #expect(moments.contains(issued))
        #expect(Int64(times.2) == issued + life)
        let session = try #require(text.claims.firstMatch(of: /"([^"]*)"\}$/)).1
        #expect(
            text.claims == #"{"iat":\#(issued),"iss":"http://127.0.0.1:\#(user.server.port)","#
                + #""wtyp":"\#(type)","sub":"\#(user.login)","exp":\#(issued + life),"name":"","#
                + #""email":"\#(user.user.user.email)","usid":"\#(user.user.user.id)","#
                + #""\#(id)":"\#(session)"}"#)
        return String(session)
    }

    private func realmKey(_ server: TestServer) throws -> RealmKey {
        try #require(server.authority.keyRing.keys.current.active(app: Realm.signIn.number))
    }

    // MARK: Refusals

    @Test("asks for what is missing", arguments: ["signin", "token", "signout"])
    func missing(_ route: String) async throws {
        let server = try await TestServer.shared.value
        let bodies: [[String]] =
            route == "signin"
            ? [[], ["login", "x"], ["password", "x"], ["login", "", "password", "x"]]
            : [[], ["token", ""]]
        for body in bodies {
            let answer = try await server.call(
                "POST", "/api/rest/\(route)",
                body: Array(
                    stride(from: 0, to: body.count, by: 2).map { "\(body[$0])=\(body[$0 + 1])" }
                        .joined(separator: "&").utf8), fields: [SignInUser.form])
            #expect(answer.status == 400)
            #expect(try answer.string("error") == "invalid_request")
            #expect(try !answer.string("message").isEmpty)
            #expect(answer.field("cache-control") == ["no-store"])
        }
    }

    @Test("answers everything that is wrong with credentials alike")
    func credentials() async throws {
        let user = try await SignInUser.make()
        let server = user.server
        let app = try await server.createApp(name: "shop \(UUID())")
        let other = try await SignInUser.make()
        _ = try await server.authority.accounts.suspend(other.user.user.id, at: 1)
        let id = "\(user.user.user.id)"
        var answers = [
            try await SignInUser.post(server, "signin", "login", user.login, "password", "wrong"),
            try await SignInUser.post(server, "signin", "login", "nobody", "password", "wrong"),
            try await SignInUser.post(server, "signin", "login", "a b\u{0}", "password", "wrong"),
            try await SignInUser.post(
                server, "signin", "login", other.login, "password", "secret-word"),
            // An e-mail is no login.
            try await SignInUser.post(
                server, "signin", "login", user.user.user.email, "password", "secret-word"),
        ]
        for (name, key, secret, userID) in [
            ("shop", app.id, app.key, id), (app.name, app.id, "wrong", id),
            (app.name, "01M81HF1GN16F05R23BPX64YPK", app.key, id), (app.name, "x", app.key, id),
            (app.name, app.id, app.key, "999999999"), (app.name, app.id, app.key, "-1"),
            (app.name, app.id, app.key, "x"), (app.name, app.id, app.key, "\(other.user.user.id)"),
            (app.name, user.login, "secret-word", id),
        ] {
            answers.append(
                try await SignInUser.post(
                    server, "signin", "application", name, "login", key, "password", secret,
                    "userid", userID))
        }
        for answer in answers {
            #expect(answer.status == 401)
            #expect(answer.text == SignInMessage.credentials)
            #expect(answer.field("www-authenticate") == [#"Bearer realm="signet""#])
            #expect(answer.field("cache-control") == ["no-store"])
        }
    }

    @Test("has its own words for routes, methods, media types and sizes")
    func routing() async throws {
        let server = try await TestServer.shared.value
        for path in ["/api/rest", "/api/rest/x", "/api/rest/signin/x", "/api/rest/me/x/y/z/a"] {
            let answer = try await server.call("POST", path)
            #expect(answer.status == 404)
            #expect(try answer.string("error") == "not_found")
        }
        for (path, allow) in [("signin", "POST"), ("token", "POST"), ("signout", "POST")] {
            let answer = try await server.call("GET", "/api/rest/\(path)/")
            #expect(answer.status == 405)
            #expect(answer.field("allow") == [allow])
            #expect(try answer.string("error") == "method_not_allowed")
        }
        #expect(try await server.call("POST", "/api/rest/me").field("allow") == ["GET, HEAD"])
        for type in ["application/json", "text/plain", "multipart/mixed; boundary=b", nil] {
            let answer = try await server.call(
                "POST", "/api/rest/signin", body: Array(#"{"login":"x"}"#.utf8),
                fields: type.map { ["Content-Type: \($0)"] } ?? [])
            #expect(answer.status == 415)
            #expect(try answer.string("error") == "unsupported_media_type")
        }
        for body in ["login=%zz", "login=a&login=b", "login\u{E9}=%"] {
            let answer = try await server.call(
                "POST", "/api/rest/signin", body: Array(body.utf8), fields: [SignInUser.form])
            #expect(answer.status == 400)
            #expect(try answer.string("error") == "invalid_request")
        }
        let long = "login=\(String(repeating: "x", count: 16_385))&password=x"
        let tooLong = try await server.call(
            "POST", "/api/rest/signin", body: Array(long.utf8), fields: [SignInUser.form])
        #expect(tooLong.status == 413)
        #expect(try tooLong.string("error") == "content_too_large")
        let huge = try await server.exchange(
            Array(
                "POST /api/rest/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n".utf8)
        )
        #expect(huge.status == 413)
        #expect(Set(try huge.object().keys) == ["error", "message"])
        let head = try await server.exchange(
            Array(
                "POST /api/rest/signin HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n"
                    .utf8))
        #expect(head.status == 431)
        #expect(Set(try head.object().keys) == ["error", "message"])
    }

    @Test("refuses each token where the other one belongs, and both when they are forged")
    func tokens() async throws {
        let user = try await SignInUser.make()
        let pair = try await user.signIn()
        let key = try realmKey(user.server)
        let refused = [
            try await user.me(pair.refresh), try await user.refresh(pair.access),
            try await user.signOut(pair.access), try await user.me("x"),
            try await user.server.call("GET", "/api/rest/me"),
            try await SignInUser.post(user.server, "token", key: "Bearer \(pair.access)"),
        ]
        for answer in refused {
            #expect(answer.status == 401)
            #expect(answer.text == SignInMessage.token)
            #expect(
                answer.field("www-authenticate") == [
                    #"Bearer realm="signet", error="invalid_token""#
                ])
        }
        let (header, claims) = (
            try TokenText(pair.access).header, try TokenText(pair.access).claims
        )
        // What the server made itself can be made so: the key is the right one.
        #expect(
            try TestApp.token(header: header, claims: claims, signedWith: key.privateKey)
                == pair.access)
        let strangers = try await user.server.createApp(.hs256)
        var forged = [
            try TestApp.token(header: header, claims: claims, signedWith: strangers.privateKey),
            pair.access + "A", String(pair.access.dropLast(2)), pair.access + ".",
        ]
        for header in [
            #"{"alg":"none","kid":"\#(key.idText)","typ":"JWT"}"#, #"{"alg":"HS256","typ":"JWT"}"#,
            #"{"alg":"HS512","kid":"\#(key.idText)","typ":"JWT"}"#,
            #"{"alg":"HS256","kid":"\#(key.idText)","typ":"at+jwt"}"#,
            #"{"alg":"HS256","kid":"\#(strangers.keyID)","typ":"JWT"}"#,
        ] {
            forged.append(
                try TestApp.token(header: header, claims: claims, signedWith: key.privateKey))
        }
        for claims in [
            claims.replacing(#""wtyp":"U""#, with: #""wtyp":"R""#),
            claims.replacing(#""wtyp":"U","#, with: ""),
            claims.replacing(/"exp":\d+,/, with: ""),
            claims.replacing(/"exp":\d+/, with: #""exp":"9999999999""#),
            claims.replacing(/"exp":\d+/, with: #""exp":1"#),
            claims.replacing(/"sid":"[^"]*"/, with: #""sid":"x""#), "{}", "[]",
        ] {
            forged.append(
                try TestApp.token(header: header, claims: claims, signedWith: key.privateKey))
        }
        for token in forged {
            #expect(try await user.me(token).status == 401, "\(token)")
            #expect(try await user.check(token).status == 401, "\(token)")
            #expect(try await user.refresh(token).status == 401)
        }
        #expect(try await user.me(pair.access).status == 200)
    }

    // MARK: Application keys

    @Test("an app's key may stand in a form as it is, plus signs and all; a user's id may not vary")
    func applicationForm() async throws {
        let user = try await SignInUser.make()
        let server = user.server
        let app = try await server.createApp(name: "plus-\(UUID())")
        let id = "\(user.user.user.id)"
        func status(_ userID: String) async throws -> Int {
            let form =
                "application=\(app.name)&login=\(app.id)&password=\(app.key)&userid=\(userID)"
            return try await server.call(
                "POST", "/api/rest/signin", body: Array(form.utf8), fields: [SignInUser.form]
            ).status
        }
        #expect(try await status(id) == 201)
        for other in ["0\(id)", "%2B\(id)", "-\(id)", "\(id)%20", "0"] {
            #expect(try await status(other) == 401, "\(other)")
        }
    }

    @Test("an app's key signs in for a user, or for the app itself, until the app is deleted")
    func application() async throws {
        let user = try await SignInUser.make()
        let server = user.server
        let app = try await server.createApp(name: "shop \(UUID())")
        let forUser = try SignInUser.pair(
            try await SignInUser.post(
                server, "signin", "application", app.name, "login", app.id, "password", app.key,
                "userid", "\(user.user.user.id)"))
        let own = try SignInUser.pair(
            try await SignInUser.post(
                server, "signin", "application", app.name, "login", app.id, "password", app.key))
        #expect(
            try await user.me(forUser.access).text
                == #"{"login":"\#(user.login)","name":"","email":"\#(user.user.user.email)","#
                + #""userid":"\#(user.user.user.id)","application":"\#(app.name)"}"#)
        #expect(
            try await user.me(own.access).text
                == #"{"login":"\#(app.id)","name":"\#(app.name)","email":"","userid":"","#
                + #""application":"\#(app.name)"}"#)
        #expect(try TokenText(own.access).claims.contains(#""sub":"\#(app.id)","#))
        #expect(try await user.refresh(own.refresh).status == 201)
        let mine = try await user.signIn()

        let deleted = try await server.call(
            "DELETE", "/root/\(app.id)", key: TestServer.rootKey)
        #expect(deleted.status < 300)
        for _ in 0..<8 {
            for pair in [forUser, own] {
                #expect(try await user.check(pair.access).status == 401)
                #expect(try await user.check(pair.refresh, asCookie: true).status == 401)
                #expect(try await user.refresh(pair.refresh).status == 401)
            }
        }
        #expect(try await user.me(mine.access).status == 200)
    }

    // MARK: Ends

    @Test(
        "dies at once on every loop when its user is suspended or deleted",
        arguments: [true, false])
    func users(_ isSuspended: Bool) async throws {
        let user = try await SignInUser.make()
        let accounts = user.server.authority.accounts
        let pairs = [try await user.signIn(), try await user.signIn()]
        for pair in pairs {
            for _ in 0..<8 {
                #expect(try await user.check(pair.access).status == 200)
                // Both loops remember it.
                #expect(try await user.check(pair.refresh, asCookie: true).status == 200)
            }
        }
        if isSuspended {
            _ = try await accounts.suspend(user.user.user.id, at: 1)
        } else {
            _ = try await accounts.delete(user.user.user.id)
        }
        for pair in pairs {
            for _ in 0..<8 {
                #expect(try await user.check(pair.access).status == 401)
                #expect(try await user.check(pair.refresh, asCookie: true).status == 401)
                #expect(try await user.me(pair.access).status == 401)
                #expect(try await user.refresh(pair.refresh).text == SignInMessage.token)
            }
        }
        guard isSuspended else { return }
        // What was ended stays so; a new session is as good as any.
        _ = try await accounts.activate(user.user.user.id, at: 2)
        #expect(try await user.refresh(pairs[0].refresh).status == 401)
        #expect(try await user.check(pairs[0].access).status == 401)
        #expect(try await user.me(try await user.signIn().access).status == 200)
    }

    @Test("a session that was ended leaves the user's others alone")
    func others() async throws {
        let user = try await SignInUser.make()
        let (first, second) = (try await user.signIn(), try await user.signIn())
        #expect(
            try await SignInUser.post(user.server, "signout", key: "Bearer \(first.refresh)").text
                == "{}")
        #expect(try await user.check(first.access).status == 401)
        #expect(try await user.check(second.access).status == 200)
        #expect(try await user.refresh(second.refresh).status == 201)
    }

    @Test("a store that fails is 503, and nothing has happened")
    func storeFails() async throws {
        let server = try await TestServer()
        let user = try await SignInUser.make(server)
        let pair = try await user.signIn()
        server.store.fail(.write, .diskFull, times: 2)
        let refused = [
            try await SignInUser.post(
                server, "signin", "login", user.login, "password", "secret-word"),
            try await user.signOut(pair.refresh),
        ]
        server.store.fail(.userSession, .inputOutput, times: 2)
        for answer in refused + [
            try await user.refresh(pair.refresh), try await user.me(pair.access),
        ] {
            #expect(answer.status == 503)
            #expect(answer.field("retry-after") == ["1"])
            #expect(try answer.string("error") == "temporarily_unavailable")
        }
        #expect(try await user.me(pair.access).status == 200)
        #expect(try await user.refresh(pair.refresh).status == 201)
        await server.stop()
    }

    // MARK: Settings

    @Test("lives and algorithm are those of the settings", arguments: [Algorithm.hs384, .hs512])
    func settings(_ algorithm: Algorithm) async throws {
        let server = try await TestServer { settings in
            settings.signIn.algorithm = algorithm
            settings.signIn.accessLife = 6000
            settings.signIn.refreshLife = 3000
            settings.signIn.refreshLifeMax = nil
        }
        let user = try await SignInUser.make(server)
        func times(_ wanted: String?) async throws -> [Int64?] {
            let answer =
                if let wanted {
                    try await SignInUser.post(
                        server, "signin", "login", user.login, "password", "secret-word", "exp",
                        wanted)
                } else {
                    try await SignInUser.post(
                        server, "signin", "login", user.login, "password", "secret-word")
                }
            let pair = try SignInUser.pair(answer)
            #expect(try TokenText(pair.access).header.contains(#""alg":"\#(algorithm.name)""#))
            #expect(try await user.me(pair.access).status == 200)
            #expect(try await user.refresh(pair.refresh).status == 201)
            return try pair.all.map { token in
                let claims = try TokenText(token).claims
                let match = try #require(claims.firstMatch(of: /"iat":(\d+)/))
                let issued = try #require(Int64(match.1))
                return claims.firstMatch(of: /"exp":(\d+)/).flatMap { Int64($0.1) }.map {
                    $0 - issued
                }
            }
        }
        // An access token never outlives its session.
        #expect(try await times(nil) == [3000, 3000])
        #expect(try await times("unlimited") == [nil, 6000])
        #expect(try await times("1") == [3000, 3000])
        let far = try await times("2100-01-01T00:00:00")
        #expect((far[0] ?? 0) > 70 * 365 * 86_400)
        await server.stop()
    }

    @Test(
        "a new algorithm signs from then on, and what was signed stays good; a revoked key opens nothing"
    )
    func keys() async throws {
        let server = try await TestServer()
        let user = try await SignInUser.make(server)
        let old = try await user.signIn()
        let oldKey = try realmKey(server)
        let newKey = try await server.authority.apps.signingKey(
            of: .signIn, .hs256, at: 1_795_305_600_000)
        #expect(newKey.id == oldKey.id)
        let other = try await server.authority.apps.rotateKey(
            of: .signIn, .hs256, at: 1_795_305_600_000)
        #expect(other.id != oldKey.id)
        let new = try await user.signIn()
        for pair in [old, new] {
            #expect(try await user.me(pair.access).status == 200)
            #expect(try await user.refresh(pair.refresh).status == 201)
        }
        #expect(try await server.authority.apps.revokeKey(oldKey.id, of: .signIn))
        #expect(try await user.me(old.access).status == 401)
        #expect(try await user.refresh(old.refresh).status == 401)
        #expect(try await user.me(new.access).status == 200)
        await server.stop()
    }
}
