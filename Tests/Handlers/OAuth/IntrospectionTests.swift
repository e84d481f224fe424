import Foundation
import SignetCrypto
import StoreSupport
import Testing

/// POST `/oauth/introspect` (RFC 7662).
@Suite("Introspection")
struct IntrospectionTests {
    private static let client = Task { try await OAuthClient.make() }
    private static let inactive = #"{"active":false}"#

    /// What the answer to a token of `client` must be: these members, then its claims as they are.
    private static func expected(
        _ client: OAuthClient, type: String, token: String, id: String? = nil
    ) throws -> String {
        let claims = try TokenText(token).claims.dropFirst().dropLast()
        let head = #"{"active":true,"client_id":"\#(client.app.id)","token_type":"\#(type)""#
        return "\(head),\(claims)\(id.map { #","jti":"\#($0)""# } ?? "")}"
    }

    @Test(
        "passes the claims of auth and refresh tokens through byte for byte",
        arguments: [Algorithm.hs512, .es256, .ps256, .eddsa])
    func pair(_ algorithm: Algorithm) async throws {
        let server = try await TestServer.shared.value
        let client = OAuthClient(server: server, app: try await server.createApp(algorithm))
        let own = #""price":1.50,"big":12345678901234567890e400,"o":{"b":[1e2,null]},"a":"\u00e4ä""#
        let pair = try await client.pair("\(SignTests.wellKnown),\(own)")
        let found = try TokenText(pair.auth).claims.firstMatch(of: /"jid":"([0-9A-Z]{26})"/)
        let id = String(try #require(found).1)
        let auth = try await client.introspect(pair.auth)
        #expect(auth.status == 200)
        #expect(auth.field("cache-control") == ["no-store"])
        #expect(auth.text == (try Self.expected(client, type: "Bearer", token: pair.auth, id: id)))
        let refresh = try await client.introspect(pair.refresh)
        #expect(
            refresh.text == (try Self.expected(client, type: "N_A", token: pair.refresh, id: id)))
    }

    @Test("says of an access token what RFC 7662 section 2.2 names")
    func access() async throws {
        let client = try await Self.client.value
        let token = try await client.accessToken("&scope=a+b&audience=api")
        let answer = try await client.introspect(token)
        let object = try answer.object()
        #expect(object["active"] as? Bool == true)
        #expect(object["scope"] as? String == "a b")
        #expect(object["aud"] as? String == "api")
        #expect(object["sub"] as? String == client.app.id)
        #expect(object["client_id"] as? String == client.app.id)
        #expect(object["token_type"] as? String == "Bearer")
        #expect(object["exp"] as? Int == (object["iat"] as? Int).map { $0 + 3600 })
        #expect(answer.text.components(separatedBy: "client_id").count == 2)
    }

    @Test("lets no claim of the app stand in for what the answer says itself")
    func ownMembers() async throws {
        let client = try await Self.client.value
        let pair = try await client.pair(
            #"\#(SignTests.wellKnown),"active":false,"client_id":"x","token_type":"y","#
                + #""jti":"mine","scope":"s","username":"u""#)
        let escaped = try await client.pair(#"\#(SignTests.wellKnown),"acti\u0076e":false"#)
        for token in [pair.auth, escaped.auth] {
            let answer = try await client.introspect(token)
            let object = try answer.object()
            #expect(object["active"] as? Bool == true)
            #expect(object["client_id"] as? String == client.app.id)
            #expect(object["token_type"] as? String == "Bearer")
            #expect(answer.text.components(separatedBy: #""jti""#).count == 2)
        }
    }

    @Test("says of every other token that it is not active, and nothing else")
    func inactive() async throws {
        let client = try await Self.client.value
        let other = try await OAuthClient.make()
        let pair = try await client.pair()
        let late = OAuthClient(
            server: client.server, app: try await client.server.createApp(tokenNotBefore: 1000))
        let header = #"{"alg":"HS256","kid":"\#(client.app.keyID)","typ":"JWT"}"#
        let expired = try client.app.token(
            header: header, claims: #"{"jid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","exp":1}"#)
        for token in [
            "x", "a.b.c", "%00", pair.auth + "A", String(pair.auth.dropLast(4)), expired,
            try await other.pair().auth, try await other.pair().refresh,
            try await other.accessToken(), client.app.key,
        ] {
            let answer = try await client.introspect(OAuthClient.encode(token))
            #expect(answer.status == 200)
            #expect(answer.text == Self.inactive)
            #expect(answer.field("cache-control") == ["no-store"])
        }
        #expect(try await late.introspect(try await late.pair().auth).text == Self.inactive)
    }

    @Test("refuses a call without a token", arguments: ["", "token=", "token_type_hint=a"])
    func missing(_ body: String) async throws {
        let answer = try await Self.client.value.post("/oauth/introspect", body)
        #expect(answer.status == 400)
        #expect(try OAuthClient.error(answer) == "invalid_request")
    }

    @Test("does not look at the hint", arguments: ["refresh_token", "access_token", "nonsense"])
    func hint(_ hint: String) async throws {
        let client = try await Self.client.value
        let token = try await client.accessToken()
        let answer = try await client.post(
            "/oauth/introspect", "token=\(token)&token_type_hint=\(hint)")
        #expect(try answer.object()["active"] as? Bool == true)
    }

    @Test("keeps access tokens out of /app/{id}/verify, and takes no refresh token there for one")
    func realms() async throws {
        let client = try await Self.client.value
        #expect(try await !client.verifies(try await client.accessToken()))
        #expect(try await client.verifies(try await client.pair().auth))
    }
}

/// POST `/oauth/revoke` (RFC 7009).
@Suite("Revocation")
struct RevocationTests {
    private static func revoke(_ token: String, by client: OAuthClient) async throws {
        let answer = try await client.post("/oauth/revoke", "token=\(token)")
        #expect(answer.status == 200)
        #expect(answer.text == "{}")
        #expect(answer.field("cache-control") == ["no-store"])
    }

    @Test(
        "ends the session of an auth or refresh token, and no other, before it answers",
        arguments: [true, false])
    func session(_ byRefreshToken: Bool) async throws {
        let client = try await OAuthClient.make()
        let (pair, other) = (try await client.pair(), try await client.pair())
        #expect(try await client.isActive(pair.auth))
        try await Self.revoke(byRefreshToken ? pair.refresh : pair.auth, by: client)
        for token in [pair.auth, pair.refresh] {
            #expect(try await !client.isActive(token))
            #expect(try await !client.verifies(token))
        }
        let renewed = try await client.post(
            "/oauth/token", "grant_type=refresh_token&refresh_token=\(pair.refresh)")
        #expect(try OAuthClient.error(renewed) == "invalid_grant")
        #expect(try await client.isActive(other.auth))
        #expect(try await client.isActive(other.refresh))
        // Once more changes nothing.
        try await Self.revoke(pair.refresh, by: client)
    }

    @Test("ends one access token and no other", arguments: [Algorithm.hs256, .es384])
    func access(_ algorithm: Algorithm) async throws {
        let server = try await TestServer.shared.value
        let client = OAuthClient(server: server, app: try await server.createApp(algorithm))
        let (token, other) = (try await client.accessToken(), try await client.accessToken())
        #expect(try await client.isActive(token))
        try await Self.revoke(token, by: client)
        #expect(try await !client.isActive(token))
        #expect(try await client.isActive(other))
    }

    @Test("answers 200 for what it does not know, and leaves another app's tokens alone")
    func unknown() async throws {
        let client = try await OAuthClient.make()
        let other = try await OAuthClient.make()
        let pair = try await other.pair()
        let access = try await other.accessToken()
        for token in ["x", "a.b.c", pair.auth, pair.refresh, access, pair.auth + "A"] {
            try await Self.revoke(token, by: client)
        }
        for token in [pair.auth, pair.refresh, access] {
            #expect(try await other.isActive(token))
        }
        // A token of its own that only looks like one does not end the real one's session.
        try await Self.revoke(String(pair.auth.dropLast(1)), by: other)
        #expect(try await other.isActive(pair.auth))
    }

    @Test("refuses a call without a token")
    func missing() async throws {
        let answer = try await OAuthClient.make().post("/oauth/revoke", "token_type_hint=x")
        #expect(answer.status == 400)
        #expect(try OAuthClient.error(answer) == "invalid_request")
    }
}

/// The refresh grant (RFC 6749 section 6).
@Suite("Refresh grant")
struct RefreshGrantTests {
    private static func refresh(_ token: String, _ client: OAuthClient) async throws -> Answer {
        try await client.post(
            "/oauth/token", "grant_type=refresh_token&refresh_token=\(token)")
    }

    @Test("trades a refresh token for a new pair", arguments: [Algorithm.hs256, .es256, .ps384])
    func refresh(_ algorithm: Algorithm) async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(algorithm, more: #","refresh_grace":300"#)
        let client = OAuthClient(server: server, app: app)
        let pair = try await client.pair(#"\#(SignTests.wellKnown),"n":1.50"#)
        let answer = try await Self.refresh(pair.refresh, client)
        #expect(answer.status == 200)
        #expect(answer.field("cache-control") == ["no-store"])
        #expect(answer.field("pragma") == ["no-cache"])
        let object = try answer.object()
        #expect(
            Set(object.keys) == ["access_token", "token_type", "expires_in", "refresh_token"])
        #expect(object["token_type"] as? String == "Bearer")
        #expect(object["expires_in"] as? Int == 3600)
        let auth = try answer.string("access_token")
        #expect(try TokenText(auth).claims.contains(#""n":1.50"#))
        #expect(try await client.verifies(auth))
        #expect(try await client.isActive(try answer.string("refresh_token")))
        #expect(try await !client.isActive(pair.auth))
        #expect(try await !client.isActive(pair.refresh))
        // Within the app's grace the same answer once more.
        let again = try await Self.refresh(pair.refresh, client)
        #expect(try again.string("access_token") == auth)
        #expect(try again.string("refresh_token") == answer.string("refresh_token"))
    }

    @Test("refuses what is no refresh token of the app with invalid_grant")
    func invalid() async throws {
        let client = try await OAuthClient.make()
        let other = try await OAuthClient.make()
        let pair = try await client.pair(#"\#(SignTests.wellKnown),"type":"refresh""#)
        for token in [
            "x", "a.b.c", pair.auth, try await client.accessToken(), pair.refresh + "A",
            try await other.pair().refresh,
        ] {
            let answer = try await Self.refresh(token, client)
            #expect(answer.status == 400)
            #expect(try OAuthClient.error(answer) == "invalid_grant")
        }
    }

    @Test("ends the session when a refresh token comes back after the grace")
    func reuse() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(more: #","refresh_grace":0"#)
        let client = OAuthClient(server: server, app: app)
        let pair = try await client.pair()
        let next = try await Self.refresh(pair.refresh, client)
        #expect(next.status == 200)
        let reused = try await Self.refresh(pair.refresh, client)
        #expect(try OAuthClient.error(reused) == "invalid_grant")
        #expect(try await !client.isActive(try next.string("access_token")))
        #expect(try await !client.isActive(try next.string("refresh_token")))
    }

    @Test("needs the store, which access tokens do not")
    func store() async throws {
        let server = try await TestServer()
        let client = try await OAuthClient.make(server)
        let pair = try await client.pair()
        await server.store.close()
        let token = try await client.accessToken()
        #expect(try await client.isActive(token))
        for (path, body) in [
            ("/oauth/token", "grant_type=refresh_token&refresh_token=\(pair.refresh)"),
            ("/oauth/revoke", "token=\(pair.refresh)"),
        ] {
            let answer = try await client.post(path, body)
            #expect(answer.status == 503)
            #expect(try OAuthClient.error(answer) == "temporarily_unavailable")
            #expect(answer.field("retry-after") == ["1"])
        }
        await server.stop()
    }
}
