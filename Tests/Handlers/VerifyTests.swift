import Foundation
import SignetCrypto
import Testing

/// POST `/app/{app_id}/verify` (apps.md, "verify"; RFC 8725). Most tokens here are signed by the
/// app's real key, so that only the one thing that is wrong with them can be why they are refused.
@Suite("Verify")
struct VerifyTests {
    private static let path = "/app/{app}/verify"
    private static let app = Task { try await TestServer.shared.value.createApp(.hs256) }
    private static let session = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    private static let good = #"{"jid":"\#(session)","exp":9999999999}"#

    private static func verify(_ token: String, _ app: TestApp) async throws -> String {
        let answer = try await TestServer.shared.value.call(
            "POST", "/app/\(app.id)/verify", key: app.key, body: #"{"token":"\#(token)"}"#)
        #expect(answer.status == 200)
        return answer.text
    }

    private static func issue(_ app: TestApp) async throws -> (auth: String, refresh: String) {
        let answer = try await TestServer.shared.value.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(SignTests.wellKnown)}")
        return (try answer.string("auth_token"), try answer.string("refresh_token"))
    }

    private static let yes = #"{"verified":true}"#
    private static let no = #"{"verified":false}"#

    // MARK: The request

    private static let shapes: [Row] =
        [
            "a", "a.b", ".b.c", "a..c", "a.b.c.", "a.b.c.d", "..", "a.b.c=", "a.b.c ", " a.b.c",
            "a.b.c\\n", "a.b+.c", "a.b/.c", "ä.b.c", "a.b.\\u00e9", "a b.c.d",
        ].map {
            Row($0, path, body: #"{"token":"\#($0)"}"#, Errors.fields(("token", Errors.token)))
        }
        + ["{}", "null", #"{"token":""}"#, #"{"token":null}"#, #"{"Token":"a.b.c"}"#].map {
            Row($0, path, body: $0, Errors.fields(("token", Errors.required)))
        }
        + ["5", "true", "[]", "{}", #"["a.b.c"]"#].map {
            Row("token \($0)", path, body: #"{"token":\#($0)}"#, Errors.type)
        }

    @Test("refuses only what has not the shape of a token", arguments: shapes)
    func shape(_ row: Row) async throws {
        _ = try await row.check(try await TestServer.shared.value, try await Self.app.value)
    }

    @Test(
        "says false to what has the shape and nothing else",
        arguments: ["a.b.c", "a.b.", "-._.-", "eyJ.eyJ.eyJ", "e30.e30.e30", "e30.e30."])
    func nonsense(_ token: String) async throws {
        #expect(try await Self.verify(token, try await Self.app.value) == Self.no)
    }

    // MARK: Good tokens

    @Test(
        "accepts auth and refresh tokens, and no token of which a character was changed",
        arguments: [
            Algorithm.hs256, .hs384, .hs512, .es256, .es384, .es512, .rs256, .ps256, .eddsa,
        ])
    func tampering(_ algorithm: Algorithm) async throws {
        let app = try await TestServer.shared.value.createApp(algorithm)
        let pair = try await Self.issue(app)
        #expect(try await Self.verify(pair.auth, app) == Self.yes)
        #expect(try await Self.verify(pair.refresh, app) == Self.yes)
        // Verifying uses nothing up.
        #expect(try await Self.verify(pair.auth, app) == Self.yes)

        let characters = Array(pair.auth)
        let dots = characters.indices.filter { characters[$0] == "." }
        // The first, a middle and the last character of each segment.
        let segments = [0..<dots[0], dots[0] + 1..<dots[1], dots[1] + 1..<characters.count]
        for segment in segments {
            for index in [
                segment.lowerBound, (segment.lowerBound + segment.upperBound) / 2,
                segment.upperBound - 1,
            ] {
                var changed = characters
                changed[index] = changed[index] == "A" ? "B" : "A"
                #expect(try await Self.verify(String(changed), app) == Self.no, "at \(index)")
            }
        }
        #expect(try await Self.verify(String(pair.auth.dropLast()), app) == Self.no)
        #expect(try await Self.verify(pair.auth + "A", app) == Self.no)
        let refresh = pair.refresh.components(separatedBy: ".")
        let auth = pair.auth.components(separatedBy: ".")
        #expect(
            try await Self.verify("\(auth[0]).\(refresh[1]).\(auth[2])", app) == Self.no)
        #expect(try await Self.verify("\(auth[0]).\(auth[1]).", app) == Self.no)
    }

    @Test("refuses a signature whose last character has bits that no byte uses")
    func nonCanonical() async throws {
        let app = try await Self.app.value
        let token = try await Self.issue(app).auth
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let character = try #require(token.last)
        let last = try #require(alphabet.firstIndex(of: character))
        // 32 bytes are 42 characters and two thirds: the last one has two spare bits.
        #expect(last % 4 == 0)
        for spare in 1...3 {
            let other = String(token.dropLast()) + String(alphabet[last + spare])
            #expect(try await Self.verify(other, app) == Self.no)
        }
    }

    @Test("accepts a token that is written with JSON escapes")
    func escaped() async throws {
        let app = try await Self.app.value
        let token = try await Self.issue(app).auth
        #expect(try await Self.verify(token.replacing(".", with: #"\u002e"#), app) == Self.yes)
    }

    @Test("refuses the tokens of another app, even of one with the same name and algorithm")
    func otherApp() async throws {
        let app = try await Self.app.value
        let other = try await TestServer.shared.value.createApp(.hs256)
        let token = try await Self.issue(other).auth
        #expect(try await Self.verify(token, other) == Self.yes)
        #expect(try await Self.verify(token, app) == Self.no)
    }

    @Test("refuses tokens before their nbf")
    func early() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(tokenNotBefore: 1000, refreshNotBefore: 0)
        let pair = try await Self.issue(app)
        #expect(try await Self.verify(pair.auth, app) == Self.no)
        #expect(try await Self.verify(pair.refresh, app) == Self.yes)
    }

    // MARK: Forged headers, signed by the real key

    /// KID stands for the app's key id, OTHER for that of another app's key.
    private static let forgedHeaders: [(header: String, verdict: String)] = [
        (#"{"alg":"HS256","kid":"KID","typ":"JWT"}"#, yes),
        (#"{"kid":"KID","alg":"HS256"}"#, yes),
        (#"{"alg":"HS256","typ":"JWT"}"#, no),
        (#"{"alg":"HS256","kid":"OTHER"}"#, no),
        (#"{"alg":"HS256","kid":"01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#, no),
        (#"{"alg":"HS256","kid":"x"}"#, no), (#"{"alg":"HS256","kid":""}"#, no),
        (#"{"alg":"HS256","kid":5}"#, no), (#"{"alg":"HS256","kid":null}"#, no),
        (#"{"alg":"HS256","kid":["KID"]}"#, no),
        (#"{"alg":"none","kid":"KID"}"#, no), (#"{"alg":"None","kid":"KID"}"#, no),
        (#"{"alg":"","kid":"KID"}"#, no), (#"{"alg":null,"kid":"KID"}"#, no),
        (#"{"kid":"KID"}"#, no), (#"{"alg":"hs256","kid":"KID"}"#, no),
        (#"{"alg":"HS384","kid":"KID"}"#, no), (#"{"alg":"HS512","kid":"KID"}"#, no),
        (#"{"alg":"RS256","kid":"KID"}"#, no), (#"{"alg":"EdDSA","kid":"KID"}"#, no),
        (#"{"alg":"HS256","kid":"KID","crit":["exp"]}"#, no),
        (#"{"alg":"HS256","kid":"KID","crit":[]}"#, no),
        (#"{"alg":"HS256","kid":"KID","crit":["b64"],"b64":false}"#, no),
        (#"{"alg":"HS256","kid":"KID","b64":true}"#, no),
        (#"{"alg":"HS256","alg":"HS256","kid":"KID"}"#, no),
        (#"{"alg":"none","kid":"KID","a\u006cg":"HS256"}"#, no),
        (#"{"alg":"HS256","kid":"OTHER","kid":"KID"}"#, no),
        (#"{"alg":"HS256","kid":"KID"} "#, yes), (#"{"alg":"HS256","kid":"KID"}{}"#, no),
        (#"["HS256","KID"]"#, no), ("null", no), (#"{"alg":"HS256","kid":"KID""#, no),
    ]

    @Test("looks at the header strictly", arguments: forgedHeaders)
    func header(_ header: String, _ verdict: String) async throws {
        let app = try await Self.app.value
        let other = try await TestServer.shared.value.createApp(.hs256)
        let text = header.replacing("KID", with: app.keyID).replacing("OTHER", with: other.keyID)
        #expect(
            try await Self.verify(try app.token(header: text, claims: Self.good), app) == verdict)
    }

    @Test("refuses an unsigned token", arguments: ["none", "None", "NONE", "HS256"])
    func unsigned(_ algorithm: String) async throws {
        let app = try await Self.app.value
        let signed = try app.token(
            header: #"{"alg":"\#(algorithm)","kid":"\#(app.keyID)"}"#, claims: Self.good)
        let input = signed.components(separatedBy: ".").dropLast().joined(separator: ".")
        #expect(try await Self.verify(input + ".", app) == Self.no)
    }

    @Test(
        "refuses an HMAC that was made with the public key as its secret (algorithm confusion)",
        arguments: [Algorithm.rs256, .ps256, .es256, .es384, .eddsa])
    func confusion(_ algorithm: Algorithm) async throws {
        let app = try await TestServer.shared.value.createApp(algorithm)
        let publicKey = try #require(app.publicKey)
        let pem = try #require(Data(base64Encoded: publicKey))
        let der = try #require(app.privateKey.publicKey).der
        for secret in [[UInt8](pem), Array(pem.dropLast()), der, Array(publicKey.utf8)] {
            for name in ["HS256", algorithm.name] {
                let token = try TestApp.token(
                    header: #"{"alg":"\#(name)","kid":"\#(app.keyID)","typ":"JWT"}"#,
                    claims: Self.good,
                    signedWith: try PrivateKey(algorithm: .hs256, encoded: secret))
                #expect(try await Self.verify(token, app) == Self.no)
            }
        }
        let honest = try app.token(
            header: #"{"alg":"\#(algorithm.name)","kid":"\#(app.keyID)"}"#, claims: Self.good)
        #expect(try await Self.verify(honest, app) == Self.yes)
    }

    @Test("refuses RS256 for a PS256 key, and the other way round")
    func padding() async throws {
        for (own, other) in [(Algorithm.ps256, Algorithm.rs256), (.rs256, .ps256)] {
            let app = try await TestServer.shared.value.createApp(own)
            let key = try PrivateKey(algorithm: other, encoded: app.privateKey.encoded)
            for name in [own.name, other.name] {
                let token = try TestApp.token(
                    header: #"{"alg":"\#(name)","kid":"\#(app.keyID)"}"#, claims: Self.good,
                    signedWith: key)
                #expect(try await Self.verify(token, app) == Self.no)
            }
        }
    }

    // MARK: Forged claims, signed by the real key

    private static let forgedClaims: [(claims: String, verdict: String)] = [
        (good, yes),
        (#"{"jid":"\#(session)","exp":9999999999,"nbf":0}"#, yes),
        (#"{"jid":"\#(session)","exp":1}"#, no), (#"{"jid":"\#(session)","exp":0}"#, no),
        (#"{"jid":"\#(session)","exp":-1}"#, no), (#"{"jid":"\#(session)"}"#, no),
        (#"{"jid":"\#(session)","exp":"9999999999"}"#, no),
        (#"{"jid":"\#(session)","exp":9999999999.5}"#, no),
        (#"{"jid":"\#(session)","exp":1e400}"#, no),
        (#"{"jid":"\#(session)","exp":99999999999999999999}"#, no),
        (#"{"jid":"\#(session)","exp":null}"#, no),
        (#"{"jid":"\#(session)","exp":9999999999,"nbf":9999999998}"#, no),
        (#"{"jid":"\#(session)","exp":9999999999,"nbf":"0"}"#, no),
        (#"{"jid":"\#(session)","exp":9999999999,"exp":9999999999}"#, no),
        (#"{"jid":"\#(session)","exp":1,"e\u0078p":9999999999}"#, no),
        // Signed elsewhere with the key: it belongs to no session.
        (#"{"exp":9999999999}"#, yes), (#"{"jid":"x","exp":9999999999}"#, no),
        (#"{"jid":5,"exp":9999999999}"#, no), ("[]", no), ("null", no), ("x", no),
        (good + "x", no),
    ]

    @Test("looks at the claims strictly", arguments: forgedClaims)
    func claims(_ claims: String, _ verdict: String) async throws {
        let app = try await Self.app.value
        let token = try app.token(
            header: #"{"alg":"HS256","kid":"\#(app.keyID)"}"#, claims: claims)
        #expect(try await Self.verify(token, app) == verdict)
    }
}
