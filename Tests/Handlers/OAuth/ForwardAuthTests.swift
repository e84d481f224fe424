import Foundation
import SignetCrypto
import Testing

/// GET `/auth/check`, for proxies (RFC 6750).
@Suite("Forward auth")
struct ForwardAuthTests {
    private static let client = Task { try await OAuthClient.make() }
    private static let names = [
        "x-auth-subject", "x-auth-realm", "x-auth-session", "x-auth-claims",
    ]

    private static func check(_ token: String, _ method: String = "GET") async throws -> Answer {
        try await TestServer.shared.value.call(method, "/auth/check", key: "Bearer \(token)")
    }

    private static func expectRefusal(_ answer: Answer, error: Bool = true) {
        #expect(answer.status == 401)
        #expect(answer.field("www-authenticate").count == 1)
        let challenge = answer.field("www-authenticate").first ?? ""
        #expect(challenge.hasPrefix(#"Bearer realm="signet""#))
        #expect(challenge.contains(#"error="invalid_token""#) == error)
        #expect(challenge.contains("error") == error)
        #expect(answer.field("cache-control") == ["no-store"])
        for name in names { #expect(answer.field(name) == []) }
    }

    @Test("says who calls, for auth tokens of an app", arguments: ["GET", "HEAD"])
    func auth(_ method: String) async throws {
        let client = try await Self.client.value
        let token = try await client.pair().auth
        let answer = try await Self.check(token, method)
        #expect(answer.status == 200)
        #expect(answer.field("cache-control") == ["no-store"])
        #expect(answer.field("x-auth-subject") == ["test@test.com"])
        #expect(answer.field("x-auth-realm") == ["app:\(client.app.id)"])
        #expect(answer.field("x-auth-session") == [try TokenText(token).times().id])
        #expect(answer.field("x-auth-claims") == [token.components(separatedBy: ".")[1]])
    }

    @Test("says who calls, for access tokens", arguments: [Algorithm.hs256, .es256])
    func access(_ algorithm: Algorithm) async throws {
        let server = try await TestServer.shared.value
        let client = OAuthClient(server: server, app: try await server.createApp(algorithm))
        let token = try await client.accessToken("&scope=a")
        let answer = try await Self.check(token)
        #expect(answer.status == 200)
        #expect(answer.field("x-auth-subject") == [client.app.id])
        #expect(answer.field("x-auth-realm") == ["oauth"])
        #expect(answer.field("x-auth-session").first?.count == 26)
        #expect(answer.field("x-auth-claims") == [token.components(separatedBy: ".")[1]])
    }

    @Test("refuses access tokens that a key of one app makes in the name of another")
    func impostor() async throws {
        let server = try await TestServer.shared.value
        let victim = try await server.createApp(.hs256)
        let app = try await server.createApp(.hs256)
        for (name, isOwn) in [(app.id, true), (victim.id, false)] {
            let token = try app.token(
                header: #"{"alg":"HS256","typ":"at+jwt","kid":"\#(app.keyID)"}"#,
                claims: #"{"sub":"\#(name)","client_id":"\#(name)","exp":9999999999}"#)
            let answer = try await Self.check(token)
            #expect(answer.status == (isOwn ? 200 : 401))
            if !isOwn { Self.expectRefusal(answer) }
        }
    }

    @Test("refuses refresh tokens of another issuer whose key was imported")
    func foreignRefreshToken() async throws {
        let app = try await TestServer.shared.value.createApp(.hs256)
        for (subject, status) in [("", 401), (#","sub":"ada""#, 200)] {
            let token = try app.token(
                header: #"{"alg":"HS256","typ":"JWT","kid":"\#(app.keyID)"}"#,
                claims: #"{"exp":9999999999,"iss":"x","type":"refresh"\#(subject)}"#)
            #expect(try await Self.check(token).status == status)
        }
    }

    @Test(
        "takes the token as bearer or cookie",
        arguments: [
            (["Authorization: Bearer TOKEN"], 200), (["Authorization: bearer  TOKEN"], 200),
            (["Cookie: jwt=TOKEN"], 200), (["Cookie: a=b; jwt=TOKEN; c=d"], 200),
            (["Cookie: a=b", "Cookie: jwt=TOKEN"], 200),
            (["Authorization: Basic YTpi", "Cookie: jwt=TOKEN"], 200),
            (["Authorization: Bearer TOKEN", "Cookie: jwt=x"], 200),
            (["Authorization: Bearer x", "Cookie: jwt=TOKEN"], 401),
            (["Authorization: TOKEN"], 401), (["Authorization: Basic TOKEN"], 401),
            (["Authorization: Bearer TOKEN x"], 401), (["Authorization: BearerTOKEN"], 401),
            (["Authorization: Bearer TOKEN", "Authorization: Bearer TOKEN"], 401),
            (["Cookie: jwt=TOKEN; jwt=TOKEN"], 401), (["Cookie: xjwt=TOKEN"], 401),
            (["Cookie: JWT=TOKEN"], 401), (["Cookie: jwt=\"TOKEN\""], 401),
            (["X-Jwt: TOKEN"], 401),
        ])
    func places(_ fields: [String], _ status: Int) async throws {
        let token = try await Self.client.value.pair().auth
        let answer = try await TestServer.shared.value.call(
            "GET", "/auth/check?jwt=\(token)",
            fields: fields.map { $0.replacing("TOKEN", with: token) })
        #expect(answer.status == status)
        #expect(answer.field("www-authenticate").isEmpty == (status == 200))
    }

    @Test("tells of no error when no credential was shown (RFC 6750 section 3.1)")
    func none() async throws {
        let server = try await TestServer.shared.value
        for fields in [[], ["Cookie: a=b"], ["Authorization: Basic YTpi"], ["Authorization: "]] {
            Self.expectRefusal(
                try await server.call("GET", "/auth/check", fields: fields), error: false)
        }
    }

    @Test("refuses refresh tokens, and what is not good")
    func bad() async throws {
        let client = try await Self.client.value
        let pair = try await client.pair()
        let late = OAuthClient(
            server: client.server, app: try await client.server.createApp(tokenNotBefore: 1000))
        let ended = try await client.pair().auth
        let access = try await client.accessToken()
        for token in [ended, access] {
            #expect(try await Self.check(token).status == 200)
            #expect(try await client.post("/oauth/revoke", "token=\(token)").status == 200)
        }
        for token in [
            pair.refresh, "x", "a.b.c", pair.auth + "A", ended, access, client.app.key,
            TestServer.rootKey, try await late.pair().auth,
        ] {
            Self.expectRefusal(try await Self.check(token))
        }
    }

    @Test(
        "breaks no line whatever the subject is, and makes no two look the same",
        arguments: [
            (#"ada@example.org"#, "ada@example.org"), (#"a b"#, "a%20b"),
            (#" a "#, "%20a%20"), (#"a%20b"#, "a%2520b"), (#"\r\nX-Auth-Realm: x"#, nil),
            (#"a\u0000b"#, "a%00b"), (#"\u00e4"#, "%C3%A4"), (#"ä"#, "%C3%A4"),
            (#"a,b;c=\"d\"\\"#, #"a,b;c="d"\"#), (#"\t"#, "%09"), (#"\u007f"#, "%7F"),
        ])
    func subjects(_ subject: String, _ shown: String?) async throws {
        let client = try await Self.client.value
        let claims = #""sub":"\#(subject)","aud":"web","ip":"1.1.1.1","useragent":"tests""#
        let answer = try await Self.check(try await client.pair(claims).auth)
        #expect(answer.status == 200)
        #expect(answer.field("x-auth-subject") == [shown ?? "%0D%0AX-Auth-Realm:%20x"])
        #expect(answer.field("x-auth-realm") == ["app:\(client.app.id)"])
    }

    @Test("leaves out a subject that is no text or too long, and claims that are too long")
    func leftOut() async throws {
        let app = try await Self.client.value.app
        let header = #"{"alg":"HS256","kid":"\#(app.keyID)","typ":"JWT"}"#
        let long = String(repeating: "a", count: 7000)
        let half = String(repeating: "ä", count: 300)
        for (more, hasClaims) in [
            (#""sub":5"#, true), (#""sub":null"#, true), (#""sub":"""#, true), (#""x":1"#, true),
            (#""sub":"\#(long)""#, false), (#""sub":"\#(half)""#, true),
        ] {
            let claims =
                #"{"jid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","iat":9999999998,"exp":9999999999,\#(more)}"#
            let answer = try await Self.check(try app.token(header: header, claims: claims))
            #expect(answer.status == 200)
            #expect(answer.field("x-auth-subject") == [])
            #expect(answer.field("x-auth-claims").count == (hasClaims ? 1 : 0))
            #expect(answer.field("x-auth-session") == ["01ARZ3NDEKTSV4RRFFQ69G5FAV"])
        }
    }
}
