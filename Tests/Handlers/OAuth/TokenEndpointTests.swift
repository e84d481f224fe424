import Foundation
import SignetCrypto
import Testing

/// POST `/oauth/token` with client credentials (RFC 6749 sections 2.3.1, 4.4 and 5, RFC 9068).
@Suite("Token endpoint")
struct TokenEndpointTests {
    private static let client = Task { try await OAuthClient.make() }
    private static let grant = "grant_type=client_credentials"

    @Test(
        "issues an access token of RFC 9068 that says whom it is for and how long",
        arguments: [Algorithm.hs256, .es256, .rs256, .eddsa])
    func accessToken(_ algorithm: Algorithm) async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(algorithm)
        let client = OAuthClient(server: server, app: app)
        let answer = try await client.post("/oauth/token", "\(Self.grant)&scope=read+write")
        #expect(answer.status == 200)
        #expect(answer.field("content-type") == ["application/json"])
        #expect(answer.field("cache-control") == ["no-store"])
        #expect(answer.field("pragma") == ["no-cache"])
        let object = try answer.object()
        #expect(Set(object.keys) == ["access_token", "token_type", "expires_in", "scope"])
        #expect(object["token_type"] as? String == "Bearer")
        #expect(object["expires_in"] as? Int == 3600)
        #expect(object["scope"] as? String == "read write")

        let token = try TokenText(try answer.string("access_token"))
        #expect(
            token.header == #"{"alg":"\#(algorithm.name)","kid":"\#(app.keyID)","typ":"at+jwt"}"#)
        let claims = try JSONSerialization.jsonObject(with: Data(token.claims.utf8))
        let read = try #require(claims as? [String: Any])
        let issued = try #require(read["iat"] as? Int)
        let issuer = "http://127.0.0.1:\(server.port)"
        #expect(abs(Double(issued) - Date().timeIntervalSince1970) < 600)
        #expect(
            Set(read.keys) == ["jti", "iat", "exp", "iss", "sub", "client_id", "aud", "scope"])
        #expect(read["exp"] as? Int == issued + 3600)
        #expect(read["iss"] as? String == issuer)
        #expect(read["aud"] as? String == issuer)
        #expect(read["sub"] as? String == app.id)
        #expect(read["client_id"] as? String == app.id)
        #expect(read["scope"] as? String == "read write")
        #expect((read["jti"] as? String)?.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{26}/) != nil)
    }

    @Test("gives every token an id of its own, and no scope when none is asked for")
    func ids() async throws {
        let client = try await Self.client.value
        let first = try await client.post("/oauth/token", Self.grant)
        let second = try await client.post("/oauth/token", "\(Self.grant)&scope=")
        #expect(Set(try first.object().keys) == ["access_token", "token_type", "expires_in"])
        let texts = [try first.string("access_token"), try second.string("access_token")]
        let claims = try texts.map { try TokenText($0).claims }
        #expect(claims.allSatisfy { !$0.contains("scope") })
        #expect(claims[0].prefix(40) != claims[1].prefix(40))
    }

    @Test(
        "takes the audience from resource and audience",
        arguments: [
            ("resource=https://api.example/v1", #""https://api.example/v1""#),
            ("resource=https%3A%2F%2Fapi.example%2F%3Fa%3Db", #""https://api.example/?a=b""#),
            ("resource=urn:x:y&resource=a%3Ab", #"["urn:x:y","a:b"]"#),
            ("audience=my+api", #""my api""#), ("audience=%22%5C", #""\"\\""#),
            ("resource=urn:x&audience=y", #"["urn:x","y"]"#),
            ("resource=&audience=y", #""y""#), ("audience=&resource=", #"ISSUER"#),
        ])
    func audience(_ parameters: String, _ expected: String) async throws {
        let client = try await Self.client.value
        let token = try await client.accessToken("&\(parameters)")
        let issuer = #""http://127.0.0.1:\#(client.server.port)""#
        #expect(
            try TokenText(token).claims.contains(
                #","aud":\#(expected.replacing("ISSUER", with: issuer))"#))
    }

    // MARK: Refusals

    private static let refusals: [(body: String, error: String)] = [
        ("", "invalid_request"), ("scope=a", "invalid_request"),
        ("grant_type=", "invalid_request"), ("grant_type", "invalid_request"),
        ("GRANT_TYPE=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&grant_type=", "invalid_request"),
        ("\(grant)&scope=a&scope=a", "invalid_request"),
        ("\(grant)&audience=a&audience=a", "invalid_request"),
        ("\(grant)&client_id=a&client_id=a", "invalid_request"),
        ("\(grant)&client_id=someone-else", "invalid_request"),
        ("\(grant)&a=%", "invalid_request"), ("\(grant)&%zz=1", "invalid_request"),
        ("\(grant)&scope=%2", "invalid_request"), ("\(grant)&scope=%2g", "invalid_request"),
        ("\(grant)&scope=\u{e4}", "invalid_request"), ("\(grant)&scope=a\n", "invalid_request"),
        (grant + String(repeating: "&a=b", count: 64), "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
        ("grant_type=Client_Credentials", "unsupported_grant_type"),
        ("\(grant)&scope=a++b", "invalid_scope"), ("\(grant)&scope=+a", "invalid_scope"),
        ("\(grant)&scope=a+", "invalid_scope"), ("\(grant)&scope=+", "invalid_scope"),
        ("\(grant)&scope=%22a%22", "invalid_scope"), ("\(grant)&scope=a%5C", "invalid_scope"),
        ("\(grant)&scope=a%00", "invalid_scope"), ("\(grant)&scope=a%0Ab", "invalid_scope"),
        ("\(grant)&scope=%C3%A4", "invalid_scope"), ("\(grant)&scope=a%09b", "invalid_scope"),
        ("\(grant)&scope=" + String(repeating: "a", count: 4097), "invalid_scope"),
        ("\(grant)&resource=/relative", "invalid_target"),
        ("\(grant)&resource=https://a%23fragment", "invalid_target"),
        ("\(grant)&resource=a", "invalid_target"), ("\(grant)&resource=:a", "invalid_target"),
        ("\(grant)&resource=1a:b", "invalid_target"), ("\(grant)&resource=a:", "invalid_target"),
        ("\(grant)&resource=a:%20", "invalid_target"),
        ("\(grant)&resource=a:b&resource=/", "invalid_target"),
        (grant + String(repeating: "&resource=a:b", count: 9), "invalid_target"),
        ("\(grant)&audience=%0D%0A", "invalid_target"),
        ("\(grant)&audience=%C3%A4", "invalid_target"),
        ("grant_type=refresh_token", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=a.b.c", "invalid_grant"),
        ("grant_type=refresh_token&refresh_token=a.b.c&scope=a", "invalid_scope"),
        ("grant_type=refresh_token&refresh_token=a.b.c&resource=a:b", "invalid_target"),
    ]

    @Test("refuses with the codes of RFC 6749 section 5.2", arguments: refusals)
    func refusal(_ body: String, _ error: String) async throws {
        let answer = try await Self.client.value.post("/oauth/token", body)
        #expect(answer.status == 400)
        #expect(try OAuthClient.error(answer) == error)
    }

    @Test("ignores parameters that it does not know, however often they come")
    func unknownParameters() async throws {
        let answer = try await Self.client.value.post(
            "/oauth/token", "&&x=1&x=2&\(Self.grant)&=&=1&token_type_hint=a&scop%65=b&")
        #expect(answer.status == 200)
        #expect(try answer.string("scope") == "b")
    }

    // MARK: Media type

    @Test(
        "reads a form whatever parameters its media type has",
        arguments: [
            "application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded",
            "application/x-www-form-urlencoded;charset=UTF-8",
            "application/x-www-form-urlencoded ; charset=utf-8",
        ])
    func mediaType(_ type: String) async throws {
        let client = try await Self.client.value
        let answer = try await client.server.call(
            "POST", "/oauth/token", key: OAuthClient.basic(client.app.id, client.app.key),
            body: Array(Self.grant.utf8), fields: ["Content-Type: \(type)"])
        #expect(answer.status == 200)
    }

    @Test(
        "answers 415 to another media type, and to none",
        arguments: [
            nil, "application/json", "text/plain", "application/x-www-form-urlencodedx",
            "multipart/form-data; boundary=a", "application/x-www-form-urlencoded, text/plain",
        ])
    func otherMediaType(_ type: String?) async throws {
        let client = try await Self.client.value
        let answer = try await client.server.call(
            "POST", "/oauth/token", key: OAuthClient.basic(client.app.id, client.app.key),
            body: Array(Self.grant.utf8), fields: type.map { ["Content-Type: \($0)"] } ?? [])
        #expect(answer.status == 415)
        #expect(try OAuthClient.error(answer) == "invalid_request")
    }
}

/// Who calls the token endpoint (RFC 6749 section 2.3.1).
@Suite("Client authentication")
struct ClientAuthenticationTests {
    private static let client = Task { try await OAuthClient.make() }
    private static let grant = "grant_type=client_credentials"

    private static func call(_ authorization: String?, _ body: String) async throws -> Answer {
        try await Self.client.value.server.call(
            "POST", "/oauth/token", key: authorization, body: Array(body.utf8),
            fields: [OAuthClient.form])
    }

    @Test("takes client_secret_basic, as it is or encoded as a form, and client_secret_post")
    func methods() async throws {
        // A key with both characters that forms encode.
        var client = try await Self.client.value
        while !(client.app.key.contains("+") && client.app.key.contains("/")) {
            client = try await OAuthClient.make()
        }
        let (id, key) = (client.app.id, client.app.key)
        let encoded = OAuthClient.encode(key)
        #expect(encoded != key)
        let basics = [
            OAuthClient.basic(id, key), OAuthClient.basic(id, encoded),
            OAuthClient.basic(id.lowercased(), encoded.lowercasedEscapes),
            OAuthClient.basic(OAuthClient.encode(id), encoded),
            OAuthClient.basic(id, key).replacing("Basic ", with: "bAsIc   "),
        ]
        for basic in basics {
            #expect(try await Self.call(basic, Self.grant).status == 200)
            #expect(try await Self.call(basic, "\(Self.grant)&client_id=\(id)").status == 200)
        }
        for secret in [encoded, key, encoded.lowercasedEscapes] {
            let body = "\(Self.grant)&client_id=\(id)&client_secret=\(secret)"
            #expect(try await Self.call(nil, body).status == 200)
        }
    }

    @Test("refuses two ways at once")
    func both() async throws {
        let app = try await Self.client.value.app
        let secret = OAuthClient.encode(app.key)
        let body = "\(Self.grant)&client_id=\(app.id)&client_secret=\(secret)"
        for key in [OAuthClient.basic(app.id, app.key), "Basic x", "Bearer \(app.key)"] {
            let answer = try await Self.call(key, body)
            #expect(answer.status == 400)
            #expect(try OAuthClient.error(answer) == "invalid_request")
        }
        let repeated = try await Self.client.value.server.call(
            "POST", "/oauth/token", key: OAuthClient.basic(app.id, app.key),
            body: Array(Self.grant.utf8),
            fields: [OAuthClient.form, "Authorization: \(OAuthClient.basic(app.id, app.key))"])
        #expect(repeated.status == 400)
    }

    @Test("answers 401 with a challenge to everything else")
    func invalid() async throws {
        let app = try await Self.client.value.app
        let other = try await OAuthClient.make().app
        let secret = OAuthClient.encode(app.key)
        let absent = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        let calls: [(String?, String)] = [
            (nil, ""), (nil, "&client_id=\(app.id)"), (nil, "&client_secret=\(secret)"),
            (nil, "&client_id=\(app.id)&client_secret="),
            (nil, "&client_id=\(app.id)&client_secret=x"),
            (nil, "&client_id=x&client_secret=\(secret)"),
            (nil, "&client_id=\(absent)&client_secret=\(secret)"),
            (OAuthClient.basic(app.id, other.key), ""), (OAuthClient.basic(other.id, app.key), ""),
            (OAuthClient.basic(absent, app.key), ""), (OAuthClient.basic("", app.key), ""),
            (OAuthClient.basic(app.id, ""), ""), (OAuthClient.basic(app.id, app.key + "a"), ""),
            (OAuthClient.basic(app.id, String(app.key.dropLast())), ""),
            (OAuthClient.basic(app.id, app.key + "%"), ""),
            (OAuthClient.basic(app.id, app.key + "%0"), ""),
            (OAuthClient.basic(app.id, "%00"), ""), ("Basic", ""), ("Basic ", ""),
            ("Basic \(app.id):\(app.key)", ""), ("Basic %%%", ""),
            ("Basic \(Data(app.id.utf8).base64EncodedString())", ""),
            (app.key, ""), ("Bearer \(app.key)", ""), (TestServer.rootKey, ""),
        ]
        for (authorization, more) in calls {
            let answer = try await Self.call(authorization, Self.grant + more)
            #expect(answer.status == 401, "\(authorization ?? "none") \(more)")
            #expect(try OAuthClient.error(answer) == "invalid_client")
            #expect(answer.field("www-authenticate") == [#"Basic realm="signet""#])
            #expect(!answer.text.contains(app.id))
        }
    }

    @Test(
        "asks for credentials before it looks at the request", arguments: ["a=b", "grant_type=x"])
    func order(_ body: String) async throws {
        for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
            let answer = try await Self.client.value.server.call(
                "POST", path, body: Array(body.utf8), fields: [OAuthClient.form])
            #expect(answer.status == 401)
        }
    }
}

extension String {
    /// `%2F` as `%2f`.
    fileprivate var lowercasedEscapes: String {
        replacing(/%[0-9A-F]{2}/) { $0.output.lowercased() }
    }
}
