import Foundation
import SignetAuthority
import SignetCrypto
import SignetHandlers
import SignetStorage
import Testing

/// frontend.md, `/sign-in`.
@Suite("Sign-in to accounts")
struct FrontendSignInTests {
    private static let ofUser = [
        "read:billing", "read:invite", "read:media", "read:profile", "read:statistics",
        "read:sub-user",
        "read:user", "write:invite", "write:media", "write:sub-user", "write:user",
    ]

    @Test("shows a token with the claims of the contract, and the user's API token")
    func answer() async throws {
        let user = try await FrontendUser.make()
        let before = Int64(Date().timeIntervalSince1970)
        let answer = try await user.signIn(
            #","ret-url":"https://app.example.org/back?a=\"b","current-user":null"#
                .replacing("\\\"", with: "%22"))
        let after = Int64(Date().timeIntervalSince1970)
        #expect(answer.field("cache-control") == ["no-store"])
        #expect(answer.field("content-type") == ["application/json"])
        let shown = try FrontendUser.signedIn(answer)
        let claims = try FrontendUser.claims(of: shown.jwt)
        let issued = try #require(claims["iat"] as? Int64)
        #expect((before...after).contains(issued))
        #expect(Set(claims.keys) == ["sub", "jti", "iat", "exp", "permissions"])
        #expect(claims["sub"] as? String == "\(user.id)")
        #expect(claims["exp"] as? Int64 == issued + 14 * 86_400)
        #expect(claims["permissions"] as? [String] == Self.ofUser)
        #expect(UUID(uuidString: shown.session) != nil)
        #expect(shown.apiToken.wholeMatch(of: /[A-Za-z0-9_-]{64}/) != nil)
        let expire = ISO8601DateFormatter().string(
            from: Date(timeIntervalSince1970: TimeInterval(issued + 14 * 86_400)))
        #expect(
            answer.text
                == #"{"api-token":"\#(shown.apiToken)","current-user":null,"email":"\#(user.email)","#
                + #""jwt-token":{"expire":"\#(expire)","token":"\#(shown.jwt)"},"#
                + #""oauth-provider-tokens":[],"ret-url":"https://app.example.org/back?a=%22b","#
                + #""status":"active","user-id":\#(user.id)}"#)
        #expect(try TokenText(shown.jwt).header.hasPrefix(#"{"alg":"HS256","kid":""#))
        // The same API token at each sign-in, and another session.
        let again = try FrontendUser.signedIn(try await user.signIn())
        #expect(again.apiToken == shown.apiToken)
        #expect(again.session != shown.session)
        #expect(try await user.status(shown.jwt) == 200)
    }

    @Test("reads JSON and both kinds of forms, and an e-mail in any letter case")
    func bodies() async throws {
        let user = try await FrontendUser.make()
        let email = user.email.uppercased()
        let form = "email=\(email)&password=secret-word&long-term-token=false&ret-url=&x=y"
        let plain = try await user.call("POST", "sign-in", form: form)
        let parts = ["email": email, "password": "secret-word", "long-term-token": "0"].map {
            "--b\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n"
        }
        let multipart = try await user.server.call(
            "POST", "\(FrontendUser.base)/sign-in",
            body: Array((parts.joined() + "--b--\r\n").utf8),
            fields: ["Content-Type: multipart/form-data; boundary=b"])
        let json = try await user.server.call(
            "POST", "\(FrontendUser.base)/sign-in/",
            body: Array(
                #"{"email":"\#(email)","password":"secret-word","long-term-token":false,"x":[{}]}"#
                    .utf8))
        for answer in [plain, multipart, json] {
            let claims = try FrontendUser.claims(of: FrontendUser.signedIn(answer).jwt)
            let issued = try #require(claims["iat"] as? Int64)
            #expect(claims["exp"] as? Int64 == issued + 3 * 3600)
        }
    }

    @Test("lives for as long as the settings say")
    func lives() async throws {
        let server = try await TestServer {
            $0.frontend.longLife = 100
            $0.frontend.shortLife = 10
        }
        let user = try await FrontendUser.make(server)
        for (wish, life) in [("true", 100), ("false", 10), ("null", 100)] {
            let shown = try await user.signedIn(#","long-term-token":\#(wish)"#)
            let claims = try FrontendUser.claims(of: shown.jwt)
            let issued = try #require(claims["iat"] as? Int)
            #expect(claims["exp"] as? Int == issued + life)
        }
        await server.stop()
    }

    @Test("answers wrong passwords and unknown e-mails alike")
    func credentials() async throws {
        let user = try await FrontendUser.make()
        let none = try await FrontendUser.make(password: nil)
        let suspended = try await FrontendUser.make(status: .suspended)
        for answer in [
            try await user.signIn(password: "wrong-word"),
            try await none.signIn(password: "secret-word"),
            try await suspended.signIn(password: "wrong-word"),
            try await user.call(
                "POST", "sign-in", json: #"{"email":"no@example.org","password":"secret-word"}"#),
        ] {
            #expect(answer.status == 401)
            #expect(answer.text == FrontendMessage.credentials)
            #expect(answer.field("www-authenticate") == [#"Bearer realm="signet""#])
            #expect(answer.field("cache-control") == ["no-store"])
        }
        let answer = try await suspended.signIn()
        #expect(answer.status == 403)
        #expect(answer.text == FrontendMessage.suspended)
    }

    @Test("says the status without a password, and of who is not active, and shows no token")
    func statuses() async throws {
        for status in [User.Status.pending, .anonymous] {
            let user = try await FrontendUser.make(status: status)
            let answer = try await user.signIn(#","current-user":"a@b.example""#)
            #expect(
                answer.text
                    == #"{"current-user":"a@b.example","email":"\#(user.email)","#
                    + #""oauth-provider-tokens":[],"ret-url":null,"status":"\#(status)","#
                    + #""user-id":\#(user.id)}"#)
        }
        // Nor does anybody learn so who has an account.
        let user = try await FrontendUser.make()
        for email in [user.email, "nobody@example.org"] {
            for body in [#"{"email":"\#(email)"}"#, #"{"email":"\#(email)","password":null}"#] {
                let answer = try await user.call("POST", "sign-in", json: body)
                #expect(answer.status == 200)
                #expect(
                    answer.text
                        == #"{"current-user":null,"email":"\#(email)","oauth-provider-tokens":[],"#
                        + #""ret-url":null,"status":"anonymous","user-id":0}"#)
            }
        }
    }

    @Test("ends the user's other sessions when it is wished, and nobody else's")
    func logoutOther() async throws {
        let user = try await FrontendUser.make()
        let other = try await FrontendUser.make()
        let kept = try await other.signedIn()
        let first = try await user.signedIn()
        let second = try await user.signedIn(#","logout-other":false"#)
        for jwt in [first.jwt, second.jwt] { #expect(try await user.status(jwt) == 200) }
        let third = try await user.signedIn(#","logout-other":true"#)
        for _ in 0..<8 {
            for jwt in [first.jwt, second.jwt] { #expect(try await user.status(jwt) == 401) }
            #expect(try await user.user.check(first.jwt).status == 401)
        }
        #expect(try await user.sessions(third.jwt) == [third.session])
        #expect(try await other.status(kept.jwt) == 200)
    }

    @Test("names all that is wrong with the fields")
    func fields() async throws {
        let user = try await FrontendUser.make()
        let answer = try await user.call(
            "POST", "sign-in",
            json: #"{"password":"short","long-term-token":"x","logout-other":1,"#
                + #""current-user":"x","ret-url":"ftp://x"}"#)
        #expect(answer.status == 400)
        #expect(
            answer.text
                == FrontendMessage.invalid(
                    "body", "#/email: This is required.",
                    "#/password: This must have 6 to 72 characters.",
                    "#/long-term-token: This must be true or false.",
                    "#/logout-other: This must be true or false.",
                    "#/current-user: This must be an e-mail address of 5 to 255 characters.",
                    "#/ret-url: This must be a URL of http or https with at most 2048 characters."))
    }

    @Test(
        "refuses a field out of its range",
        arguments: [
            ("email", #""x""#), ("email", #""a@b""#), ("email", "1"), ("email", "null"),
            ("email", #""\#(String(repeating: "a", count: 250))@b.example""#),
            ("password", #""12345""#), ("password", "123456"),
            ("password", #""\#(String(repeating: "a", count: 73))""#),
            ("ret-url", #""javascript:alert(1)""#), ("ret-url", #""//x""#),
            ("ret-url", #""http://""#),
            ("ret-url", #""http:///x""#), ("ret-url", #""http://x y""#), ("ret-url", "[]"),
            ("ret-url", #""https://x\\y""#),
            ("ret-url", #""http://x/\#(String(repeating: "a", count: 2048))""#),
            ("current-user", "{}"), ("long-term-token", "0"), ("logout-other", "[]"),
        ])
    func range(_ name: String, _ value: String) async throws {
        let user = try await FrontendUser.make()
        var members = ["email": #""\#(user.email)""#, "password": #""secret-word""#]
        members[name] = value
        let body = members.map { #""\#($0)":\#($1)"# }.joined(separator: ",")
        let answer = try await user.call("POST", "sign-in", json: "{\(body)}")
        #expect(answer.status == 400)
        #expect(answer.text.contains(##""context":{"body":["#/\##(name): "##))
    }

    @Test(
        "echoes addresses of http and https", arguments: ["http://x", "HTTPS://x.example:1/?a#b"])
    func returnURL(_ url: String) async throws {
        let user = try await FrontendUser.make()
        #expect(try await user.signIn(#","ret-url":"\#(url)""#).string("ret-url") == url)
    }

    @Test("refuses what is no body")
    func malformed() async throws {
        let server = try await TestServer.shared.value
        let object = FrontendMessage.invalid(
            "body", "#: This must be a JSON object whose names are unique.")
        for body in ["{", "[]", "null", #"{"email":"a","email":"b"}"#, "\u{0}"] {
            let answer = try await FrontendUser.call(server, "POST", "sign-in", json: body)
            #expect(answer.status == 400)
            #expect(answer.text == object)
        }
        for body in ["email=%", "email=%zz"] {
            let answer = try await FrontendUser.call(server, "POST", "sign-in", form: body)
            #expect(answer.status == 400)
            #expect(answer.text.contains("not encoded as a form"))
        }
        #expect(
            try await FrontendUser.call(
                server, "POST", "sign-in", form: "email=a@b.example&email=c@d.example"
            ).text.contains("#/email: This must be a string."))
        let none = try await FrontendUser.call(server, "POST", "sign-in")
        #expect(none.text.contains("#/email: This is required."))
        let large = try await FrontendUser.call(
            server, "POST", "sign-in", form: "email=\(String(repeating: "a", count: 17_000))")
        #expect(large.status == 413)
        #expect(try large.string("code") == "CONTENT_TOO_LARGE")
        for type in ["text/plain", "application/xml"] {
            let answer = try await server.call(
                "POST", "\(FrontendUser.base)/sign-in", body: Array("{}".utf8),
                fields: ["Content-Type: \(type)"])
            #expect(answer.status == 415)
            #expect(try answer.string("code") == "UNSUPPORTED_MEDIA_TYPE")
        }
    }

    @Test("a user who is locked out meanwhile is let in nowhere")
    func suspended() async throws {
        let user = try await FrontendUser.make()
        let shown = try await user.signedIn()
        _ = try await user.server.authority.accounts.suspend(user.id, at: 2)
        for _ in 0..<8 {
            let answer = try await user.call("GET", "session", bearer: shown.jwt)
            #expect(answer.status == 403)
            #expect(answer.text == FrontendMessage.suspended)
            #expect(try await user.status(shown.apiToken) == 401)
            for credential in [shown.jwt, shown.apiToken] {
                #expect(try await user.user.check(credential).status == 401)
            }
        }
        // Neither comes back.
        _ = try await user.server.authority.accounts.activate(user.id, at: 3)
        for credential in [shown.jwt, shown.apiToken] {
            #expect(try await user.status(credential) == 401)
            #expect(try await user.user.check(credential).status == 401)
        }
        let next = try await user.signedIn()
        #expect(next.apiToken != shown.apiToken)
        #expect(
            try await user.server.authority.accounts.delete(user.id) == .deleted)
        for credential in [next.jwt, next.apiToken] {
            #expect(try await user.status(credential) == 401)
            #expect(try await user.user.check(credential).status == 401)
        }
    }

    @Test("is 503 when the store is not available")
    func store() async throws {
        let server = try await TestServer()
        let user = try await FrontendUser.make(server)
        for operation in [FaultyStore.Operation.user, .apiToken, .write] {
            server.store.fail(operation, .inputOutput)
            let answer = try await user.signIn()
            #expect(answer.status == 503)
            #expect(try answer.string("code") == "UNAVAILABLE")
            #expect(answer.field("retry-after") == ["1"])
        }
        #expect(try await user.signIn().status == 200)
        await server.stop()
    }
}
