import Foundation
import SignetCrypto
import Testing

/// POST `/app/{app_id}/sign` (apps.md, "sign" and "Tokens").
@Suite("Sign")
struct SignTests {
    static let path = "/app/{app}/sign"
    static let wellKnown =
        #""sub":"test@test.com","aud":"web-app","ip":"1.1.1.1","useragent":"my-user-agent""#

    private static func row(_ body: String, _ text: String) -> Row {
        Row(body, path, body: body, text)
    }

    private static func ip(_ address: String) -> String {
        #"{"sub":"a","aud":"b","ip":\#(address),"useragent":"c"}"#
    }

    private static let rows: [Row] =
        [
            row(
                "{}",
                Errors.fields(
                    ("sub", Errors.required), ("aud", Errors.required), ("ip", Errors.required),
                    ("useragent", Errors.required))),
            row(
                "null",
                Errors.fields(
                    ("sub", Errors.required), ("aud", Errors.required), ("ip", Errors.required),
                    ("useragent", Errors.required))),
            row(
                #"{"sub":"","aud":null,"ip":"x","useragent":"u"}"#,
                Errors.fields(
                    ("sub", Errors.required), ("aud", Errors.required), ("ip", Errors.address))),
            row(
                #"{"SUB":"a","aud":"b","ip":"::1","useragent":"c"}"#,
                Errors.fields(("sub", Errors.required))),
            row(#"{"sub":5}"#, Errors.type), row(#"{"aud":["a"]}"#, Errors.type),
            row(#"{"ip":{}}"#, Errors.type), row(#"{"useragent":true}"#, Errors.type),
            row(ip(#""""#), Errors.fields(("ip", Errors.required))),
        ]
        + [
            "1.1.1", "1.1.1.1.1", "256.1.1.1", "01.1.1.1", "1.1.1.1/24", " 1.1.1.1", "1.1.1.1 ",
            "fe80::1%eth0", "::1/128", ":::", "1::2::3", "g::1", "00001::", "localhost",
            "0x1.1.1.1",
            "1.1.1.1\\u0000", "[::1]",
        ].map { row(ip("\"\($0)\""), Errors.fields(("ip", Errors.address))) }

    @Test("refuses what the contract refuses", arguments: rows)
    func refuses(_ row: Row) async throws {
        _ = try await row.check(try await TestServer.shared.value, try await Self.app.value)
    }

    private static let app = Task { try await TestServer.shared.value.createApp(.es256) }

    @Test(
        "takes every spelling of an address, and keeps it",
        arguments: [
            "0.0.0.0", "255.255.255.255", "::", "::1", "2001:DB8::0:1", "::ffff:1.2.3.4",
            "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", #"1\u002e1.1.1"#,
        ])
    func addresses(_ address: String) async throws {
        let app = try await Self.app.value
        let answer = try await TestServer.shared.value.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: Self.ip("\"\(address)\""))
        #expect(answer.status == 200)
        let claims = try TokenText(try answer.string("auth_token")).claims
        #expect(claims.contains(#""ip":"\#(address)""#))
    }

    @Test("answers exactly four members, which no cache may keep")
    func answer() async throws {
        let app = try await Self.app.value
        let answer = try await TestServer.shared.value.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(Self.wellKnown)}")
        #expect(answer.status == 200)
        #expect(answer.field("cache-control") == ["no-store"])
        #expect(answer.field("content-type") == ["application/json"])
        let auth = try answer.string("auth_token")
        let refresh = try answer.string("refresh_token")
        #expect(
            answer.text == """
                {"key_id":"\(app.keyID)","public_key":"\(try #require(app.publicKey))",\
                "auth_token":"\(auth)","refresh_token":"\(refresh)"}
                """)
    }

    private static let preserved = [
        #""n":1.50,"big":1e400,"long":123456789012345678901234567890,"minus":-0.0,"e":1E+2"#,
        #""z":1,"a":2,"m":{"y":[],"b":{}},"0":null"#,
        #""text":"\u00e4\u0041\/\"\\\b ä 😀 \ud83d\ude00","\u0061bc":"\n""#,
        #""spaced" : [ 1 , 2 ,{ "x" : true } ]"#,
        #""type":"refresh","jti":"x","kid":7,"JID":1,"Iss":"x","jidx":"y","":"empty name""#,
        #""deep":"# + String(repeating: "[", count: 63) + String(repeating: "]", count: 63),
        #""large":""# + String(repeating: "x", count: 200_000) + #"""#,
    ]

    @Test("preserves every claim byte for byte and in order", arguments: preserved)
    func preserves(_ members: String) async throws {
        let server = try await TestServer.shared.value
        let app = try await Self.app.value
        let answer = try await server.call(
            "POST", "/app/\(app.id)/sign", key: app.key,
            body: "{\(members),\(Self.wellKnown)}")
        #expect(answer.status == 200, "\(answer.text)")
        let auth = try TokenText(try answer.string("auth_token"))
        let times = try auth.times()

        #expect(
            auth.claims == """
                {"jid":"\(times.id)","iat":\(times.issued),"nbf":\(times.issued),\
                "exp":\(times.issued + 3600),"iss":"shop",\
                \(members),\(Self.wellKnown)}
                """)
        let verified = try await server.call(
            "POST", "/app/\(app.id)/verify", key: app.key,
            body: #"{"token":"\#(try answer.string("auth_token"))"}"#)
        #expect(verified.text == #"{"verified":true}"#)
    }

    @Test("drops the caller's values of the server's five claims, however they are written")
    func reserved() async throws {
        let app = try await Self.app.value
        let answer = try await TestServer.shared.value.call(
            "POST", "/app/\(app.id)/sign", key: app.key,
            body: """
                {"iat":1,"n\\u0062f":{"a":[1]},"exp":9999999999,"j\\u0069\\u0064":"x",\
                \(Self.wellKnown),\
                "iss":"somebody else","own":{"exp":5}}
                """)
        let claims = try TokenText(try answer.string("auth_token"))
        let times = try claims.times()
        #expect(
            claims.claims == """
                {"jid":"\(times.id)","iat":\(times.issued),"nbf":\(times.issued),\
                "exp":\(times.issued + 3600),"iss":"shop",\(Self.wellKnown),"own":{"exp":5}}
                """)
    }

    @Test("makes a refresh token of exactly the listed claims, whatever the caller sends")
    func refreshToken() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(
            .hs384, name: #"a\tb c"#, tokenNotBefore: 10, refreshNotBefore: 20)
        let answer = try await server.call(
            "POST", "/app/\(app.id)/sign", key: app.key,
            body: #"{\#(Self.wellKnown),"type":"custom","more":1}"#)
        let auth = try TokenText(try answer.string("auth_token"))
        let refresh = try TokenText(try answer.string("refresh_token"))
        let times = try auth.times()
        #expect(
            auth.claims == """
                {"jid":"\(times.id)","iat":\(times.issued),"nbf":\(times.issued + 10),\
                "exp":\(times.issued + 3600),"iss":"a\\tb c",\(Self.wellKnown),\
                "type":"custom","more":1}
                """)
        #expect(
            refresh.claims == """
                {"type":"refresh","jid":"\(times.id)","iat":\(times.issued),\
                "nbf":\(times.issued + 20),"exp":\(times.issued + 7200),"iss":"a\\tb c"}
                """)
        #expect(refresh.header == auth.header)
        #expect(abs(Double(times.issued) - Date().timeIntervalSince1970) < 600)
    }

    @Test("asks for the required claims of the app only")
    func requiredClaims() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(more: #","required_claims":["aud"]"#)
        let path = "/app/\(app.id)/sign"
        let missing = try await server.call("POST", path, key: app.key, body: "{}")
        #expect(missing.text == Errors.fields(("aud", Errors.required)))
        let wrong = try await server.call(
            "POST", path, key: app.key, body: #"{"aud":"a","ip":"x"}"#)
        #expect(wrong.text == Errors.fields(("ip", Errors.address)))
        let type = try await server.call("POST", path, key: app.key, body: #"{"aud":"a","sub":5}"#)
        #expect(type.text == Errors.type)
        let good = try await server.call(
            "POST", path, key: app.key, body: #"{"aud":"a","sub":null,"ip":""}"#)
        #expect(
            try TokenText(try good.string("auth_token")).claims
                .hasSuffix(#""iss":"shop","aud":"a","sub":null,"ip":""}"#))

        let free = try await server.createApp(more: #","required_claims":[]"#)
        let bare = try await server.call("POST", "/app/\(free.id)/sign", key: free.key, body: "{}")
        #expect(try TokenText(try bare.string("auth_token")).claims.hasSuffix(#","iss":"shop"}"#))
    }

    @Test("never gives two sessions the same id")
    func unique() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp()
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let answer = try await server.call(
                        "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(Self.wellKnown)}")
                    return try TokenText(try answer.string("auth_token")).times().id
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(ids.count == 100)
    }
}
