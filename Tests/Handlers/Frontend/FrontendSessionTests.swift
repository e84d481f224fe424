import Foundation
import SignetAuthority
import SignetHandlers
import Testing

/// frontend.md, `/session` and `/sign-out`.
@Suite("Sessions of accounts")
struct FrontendSessionTests {
    @Test("are listed and shown with where they come from")
    func shown() async throws {
        let user = try await FrontendUser.make()
        let agent = "Mozilla/5.0 (iPad; CPU OS 16_3 like Mac OS X) \"\\"
        let before = Int64(Date().timeIntervalSince1970)
        let first = try FrontendUser.signedIn(
            try await user.signIn(fields: ["User-Agent: \(agent)"]))
        let after = Int64(Date().timeIntervalSince1970)
        let second = try await user.signedIn(#","long-term-token":false"#)
        let one = try await user.call("GET", "session/\(first.session)", bearer: second.jwt)
        let object = try one.object()
        #expect(
            Set(object.keys) == ["id", "created", "expire", "remote-ip", "user-agent", "ua-type"])
        #expect(object["id"] as? String == first.session)
        #expect(object["remote-ip"] as? String == "127.0.0.1")
        #expect(object["user-agent"] as? String == agent)
        #expect(object["ua-type"] as? String == "tablet")
        let dates = ISO8601DateFormatter()
        let created = try #require(dates.date(from: try one.string("created")))
        #expect((before...after).contains(Int64(created.timeIntervalSince1970)))
        let expire = try #require(dates.date(from: try one.string("expire")))
        #expect(expire == created.addingTimeInterval(14 * 86_400))

        let list = try await user.call("GET", "session", bearer: first.jwt)
        #expect(list.text.hasPrefix(#"{"sessions":[\#(one.text),{"id":"\#(second.session)","#))
        #expect(list.field("cache-control") == ["no-store"])
        #expect(try await user.sessions(second.apiToken) == [first.session, second.session])
        // In any letter case, as any UUID.
        let upper = try await user.call(
            "GET", "session/\(first.session.uppercased())/", bearer: first.jwt)
        #expect(upper.text == one.text)
        #expect(
            try await user.call("HEAD", "session", bearer: first.jwt).field("content-length")
                == ["\(list.text.utf8.count)"])
    }

    @Test("are ended one by one, at once on every loop")
    func ended() async throws {
        let user = try await FrontendUser.make()
        let kept = try await user.signedIn()
        for _ in 0..<4 {
            let other = try await user.signedIn()
            for _ in 0..<4 { #expect(try await user.user.check(other.jwt).status == 200) }
            let answer = try await user.call(
                "DELETE", "session/\(other.session)", bearer: kept.jwt)
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            for _ in 0..<8 {
                #expect(try await user.user.check(other.jwt).status == 401)
                let refused = try await user.call("GET", "session", bearer: other.jwt)
                #expect(refused.text == FrontendMessage.unauthenticated)
                #expect(
                    refused.field("www-authenticate") == [
                        #"Bearer realm="signet", error="invalid_token""#
                    ])
            }
            for method in ["GET", "DELETE"] {
                let again = try await user.call(
                    method, "session/\(other.session)", bearer: kept.jwt)
                #expect(again.status == 404)
                #expect(again.text == FrontendMessage.noSession)
            }
        }
        #expect(try await user.sessions(kept.jwt) == [kept.session])
    }

    @Test("are ended all together, the caller's too")
    func endedAll() async throws {
        let user = try await FrontendUser.make()
        let (first, second) = (try await user.signedIn(), try await user.signedIn())
        #expect(try await user.call("DELETE", "session", bearer: first.jwt).status == 204)
        for _ in 0..<8 {
            for jwt in [first.jwt, second.jwt] {
                #expect(try await user.status(jwt) == 401)
                #expect(try await user.user.check(jwt).status == 401)
            }
        }
        #expect(try await user.sessions(first.apiToken) == [])
    }

    @Test("of others are not found, nor are those of other dialects")
    func others() async throws {
        let user = try await FrontendUser.make()
        let own = try await user.signedIn()
        let stranger = try await FrontendUser.make().signedIn()
        let signIn = try await SignInUser(user: user.user).signIn()
        let other = try #require(
            try FrontendUser.claims(of: signIn.refresh)["jti"] as? String)
        for id in [stranger.session, other, UUID().uuidString] {
            for method in ["GET", "DELETE"] {
                let answer = try await user.call(method, "session/\(id)", bearer: own.jwt)
                #expect(answer.status == 404)
                #expect(answer.text == FrontendMessage.noSession)
            }
        }
        for id in ["x", "1", own.session + "0", String(own.session.dropLast())] {
            let answer = try await user.call("GET", "session/\(id)", bearer: own.jwt)
            #expect(answer.status == 400)
            #expect(
                answer.text
                    == FrontendMessage.invalid("path", "#/session-id: This must be a UUID."))
        }
        // Nor does the end of all end those of another dialect.
        #expect(try await user.call("DELETE", "session", bearer: own.jwt).status == 204)
        #expect(try await user.user.check(signIn.access).status == 200)
    }

    @Test("end by signing out, one or all")
    func signOut() async throws {
        let user = try await FrontendUser.make()
        let (first, second, third) = (
            try await user.signedIn(), try await user.signedIn(), try await user.signedIn()
        )
        let out = try await user.call(
            "DELETE", "sign-out?ret-url=https%3A%2F%2Fx.example%2F%3Fa%3D1", bearer: first.jwt)
        #expect(out.status == 200)
        #expect(out.text == #"{"success":true,"ret-url":"https://x.example/?a=1"}"#)
        #expect(try await user.status(first.jwt) == 401)
        #expect(try await user.call("DELETE", "sign-out", bearer: first.jwt).status == 401)
        #expect(try await user.status(second.jwt) == 200)

        // An API token has no session of its own.
        let none = try await user.call("DELETE", "sign-out", bearer: second.apiToken)
        #expect(none.text == #"{"success":false,"ret-url":null}"#)
        #expect(try await user.status(second.apiToken) == 200)

        for (query, name) in [
            ("ret-url=javascript:x", "ret-url"), ("logout-all=maybe", "logout-all"),
            ("logout-all=true&logout-all=true", "logout-all"),
        ] {
            let answer = try await user.call("DELETE", "sign-out?\(query)", bearer: second.jwt)
            #expect(answer.status == 400)
            #expect(answer.text.contains(##""context":{"query":["#/\##(name): "##))
        }
        let all = try await user.call("DELETE", "sign-out?logout-all=true", bearer: second.jwt)
        #expect(all.text == #"{"success":true,"ret-url":null}"#)
        for _ in 0..<8 {
            for jwt in [second.jwt, third.jwt] { #expect(try await user.status(jwt) == 401) }
        }
    }

    @Test("are over when their time is, whatever their rows are")
    func expired() async throws {
        let server = try await TestServer {
            $0.frontend.shortLife = 1
        }
        let user = try await FrontendUser.make(server)
        let long = try await user.signedIn()
        let short = try await user.signedIn(#","long-term-token":false"#)
        // The clock is the system's: until the second has passed.
        while try await user.status(short.jwt) == 200 {}
        #expect(try await user.user.check(short.jwt).status == 401)
        #expect(try await user.sessions(long.jwt) == [long.session])
        let gone = try await user.call("GET", "session/\(short.session)", bearer: long.jwt)
        #expect(gone.status == 404)
        await server.stop()
    }
}

@Suite("Kinds of user agents")
struct UserAgentTypeTests {
    @Test(
        "are told by words",
        arguments: [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/127.0 Safari/537.36",
                "desktop"
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) Version/17.5 Safari/605.1.15",
                "desktop"
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "desktop"),
            ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/127.0 Safari/537.36", "desktop"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148",
                "mobile"
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/127.0 Mobile Safari/537.36",
                "mobile"
            ),
            (
                "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) Chrome/100.0 Mobile Safari/537.36",
                "mobile"
            ),
            ("Opera/9.80 (J2ME/MIDP; Opera Mini/9.80) Presto/2.8.119", "mobile"),
            ("Mozilla/5.0 (iPad; CPU OS 16_3 like Mac OS X) Version/16.3 Mobile/15E148", "tablet"),
            ("Mozilla/5.0 (Linux; Android 13; SM-X906C) Chrome/127.0 Safari/537.36", "tablet"),
            ("Mozilla/5.0 (Android 14; Tablet; rv:128.0) Gecko/128.0 Firefox/128.0", "tablet"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
            ("Mozilla/5.0 (compatible; Baiduspider/2.0)", "bot"),
            ("facebookexternalhit/1.1", "bot"),
            ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/127.0 Safari/537.36", "bot"),
            ("curl/7.88.1", "cli"), ("Wget/1.21.3", "cli"), ("HTTPie/3.2.2", "cli"),
            ("python-requests/2.32.3", "cli"), ("Python-urllib/3.11", "cli"),
            ("Go-http-client/2.0", "cli"), ("PostmanRuntime/7.40.0", "cli"), ("axios/1.7.2", "cli"),
            ("", "unknown"), ("x", "unknown"), ("Mozilla/5.0", "unknown"),
        ])
    func types(_ userAgent: String, _ type: String) async throws {
        let user = try await FrontendUser.make()
        let shown = try FrontendUser.signedIn(
            try await user.signIn(fields: userAgent.isEmpty ? [] : ["User-Agent: \(userAgent)"]))
        let answer = try await user.call("GET", "session/\(shown.session)", bearer: shown.jwt)
        #expect(try answer.string("ua-type") == type)
        #expect(try answer.string("user-agent") == userAgent)
    }
}
