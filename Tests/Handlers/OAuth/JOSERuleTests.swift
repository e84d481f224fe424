import Foundation
import SignetCrypto
import TestSupport
import Testing

/// One test for each rule of RFC 8725 section 3 and of the paragraph "JOSE" of oauth.md, over HTTP.
///
/// Most tokens are signed by the app's real key, so that only the one thing that is wrong with them can
/// be why they are refused; each test also shows the token that lacks it to be accepted.
@Suite("JOSE rules")
struct JOSERuleTests {
    /// An app, and a session id that nobody has.
    private struct Realm {
        static let session = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        static let claims = #"{"jid":"\#(session)","sub":"a","iat":9999999998,"exp":9999999999}"#

        let client: OAuthClient

        var app: TestApp { client.app }

        static func make(_ algorithm: Algorithm = .hs256) async throws -> Realm {
            let server = try await TestServer.shared.value
            return Realm(
                client: OAuthClient(server: server, app: try await server.createApp(algorithm)))
        }

        func header(_ algorithm: Algorithm, more: String = "") -> String {
            #"{"alg":"\#(algorithm.name)","kid":"\#(app.keyID)"\#(more)}"#
        }

        /// A token as the app's key signs it.
        func token(_ header: String? = nil, claims: String = claims) throws -> String {
            try app.token(
                header: header ?? self.header(app.privateKey.algorithm), claims: claims)
        }

        /// What all three endpoints that take tokens say; nil when they don't agree.
        func verdict(_ token: String) async throws -> Bool? {
            let introspected = try await client.isActive(OAuthClient.encode(token))
            let check = try await client.server.call(
                "GET", "/auth/check", key: "Bearer \(token)")
            let isShaped = token.wholeMatch(of: /[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/)
            guard (check.status == 200) == introspected else { return nil }
            guard isShaped != nil else { return introspected }
            return try await client.verifies(token) == introspected ? introspected : nil
        }

        func expectRefusals(_ tokens: [String], _ location: SourceLocation) async throws {
            for token in tokens {
                #expect(
                    try await verdict(token) == false, "\(token)", sourceLocation: location)
            }
        }

        func expectRefused(
            _ tokens: String..., at location: SourceLocation = #_sourceLocation
        ) async throws {
            try await expectRefusals(tokens, location)
        }

        func expectAccepted(
            _ token: String, at location: SourceLocation = #_sourceLocation
        ) async throws {
            #expect(try await verdict(token) == true, "\(token)", sourceLocation: location)
        }
    }

    private static func segment(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Base64URL.encode([UInt8](bytes)), as: UTF8.self)
    }

    private static func segment(_ text: String) -> String { segment(text.utf8) }

    // MARK: RFC 8725 section 3

    @Test(
        "3.1 Perform algorithm verification: the key's algorithm and no other",
        arguments: Algorithm.allCases)
    func algorithmVerification(_ algorithm: Algorithm) async throws {
        let realm = try await Realm.make(algorithm)
        try await realm.expectAccepted(try realm.token())
        for other in Algorithm.allCases where other != algorithm {
            // The right signature under another name, and, where the key can, that other signature.
            try await realm.expectRefused(try realm.token(realm.header(other)))
            let encoded = realm.app.privateKey.encoded
            guard let key = try? PrivateKey(algorithm: other, encoded: encoded) else { continue }
            for name in [other, algorithm] {
                try await realm.expectRefused(
                    try TestApp.token(
                        header: realm.header(name), claims: Realm.claims, signedWith: key))
            }
        }
    }

    @Test("3.1 and 3.2: no HMAC with a public key for its secret, by PyJWT and by hand")
    func algorithmConfusion() async throws {
        for algorithm in [Algorithm.rs256, .ps256, .es256, .eddsa] {
            let realm = try await Realm.make(algorithm)
            let publicKey = try #require(realm.app.privateKey.publicKey)
            let forged = try HostileTokens.make(realm.app, claims: Realm.claims)
            try await realm.expectAccepted(try #require(forged["honest"]))
            let names = forged.keys.filter { $0.hasPrefix("confused") }
            #expect(names.count >= 12)
            for name in names { try await realm.expectRefused(forged[name] ?? "") }
            for secret in [publicKey.pem, publicKey.der, try publicKey.jwk()] {
                let key = try PrivateKey(algorithm: .hs256, encoded: secret)
                try await realm.expectRefused(
                    try TestApp.token(
                        header: realm.header(.hs256), claims: Realm.claims, signedWith: key))
            }
        }
    }

    @Test("3.2 Use appropriate algorithms: `none` in any spelling is refused")
    func none() async throws {
        for realm in [try await Realm.make(.hs256), try await Realm.make(.rs256)] {
            let forged = try HostileTokens.make(realm.app, claims: Realm.claims)
            try await realm.expectRefused(try #require(forged["none"]))
            for name in ["none", "None", "NONE", "nOnE", ""] {
                let header = #"{"alg":"\#(name)","kid":"\#(realm.app.keyID)"}"#
                let input = "\(Self.segment(header)).\(Self.segment(Realm.claims))"
                try await realm.expectRefused("\(input).", try realm.token(header))
            }
            // The signature cut off a good token.
            let good = try realm.token()
            try await realm.expectAccepted(good)
            let parts = good.components(separatedBy: ".")
            try await realm.expectRefused("\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])")
        }
    }

    @Test("3.3 Validate all cryptographic operations: a nested token is no token")
    func nested() async throws {
        let realm = try await Realm.make()
        let inner = try realm.token()
        try await realm.expectRefused(
            try realm.token(realm.header(.hs256, more: #","cty":"JWT""#), claims: inner),
            try realm.token(
                realm.header(.hs256, more: #","cty":"JWT""#), claims: #""\#(inner)""#))
        let forged = try HostileTokens.make(realm.app, claims: Realm.claims)
        try await realm.expectRefused(try #require(forged["nested"]))
    }

    @Test("3.4 Validate cryptographic inputs: no r or s out of range, no trivial signature")
    func inputs() async throws {
        for (algorithm, length) in [(Algorithm.es256, 32), (.es384, 48), (.es512, 66)] {
            let realm = try await Realm.make(algorithm)
            let good = try realm.token()
            try await realm.expectAccepted(good)
            let parts = good.components(separatedBy: ".")
            let real = try #require(Base64URL.decode(Array(parts[2].utf8)))
            let (r, s) = (Array(real[..<length]), Array(real[length...]))
            let zero = [UInt8](repeating: 0, count: length)
            let ones = [UInt8](repeating: 0xFF, count: length)
            let one: [UInt8] = zero.dropLast() + [1]
            let pairs = [
                (zero, zero), (zero, one), (one, zero), (one, one), (ones, ones), (r, zero),
                (zero, s), (r, ones), (ones, s), (s, r), (r, s + [0]), ([0] + r, s),
                (r, s.dropLast()),
            ]
            for signature in pairs.map({ $0 + $1 }) {
                try await realm.expectRefused(
                    "\(parts[0]).\(parts[1]).\(Self.segment(signature))")
            }
        }
        for algorithm in [Algorithm.rs256, .ps512, .eddsa, .hs256] {
            let realm = try await Realm.make(algorithm)
            let parts = try realm.token().components(separatedBy: ".")
            let count = try #require(Base64URL.decode(Array(parts[2].utf8))).count
            for byte in [UInt8(0), 1, 0xFF] {
                let signature = [UInt8](repeating: byte, count: count)
                try await realm.expectRefused(
                    "\(parts[0]).\(parts[1]).\(Self.segment(signature))")
            }
        }
    }

    @Test("3.5 Ensure keys have sufficient entropy: a guessable HMAC secret does not exist")
    func entropy() async throws {
        let realm = try await Realm.make()
        for secret in ["", "secret", "password", "changeme", "signet", realm.app.key] {
            guard let key = try? PrivateKey(algorithm: .hs256, encoded: Array(secret.utf8)) else {
                continue
            }
            try await realm.expectRefused(
                try TestApp.token(
                    header: realm.header(.hs256), claims: Realm.claims, signedWith: key))
        }
        // Shorter than the hash is no key (RFC 7518 section 3.2).
        for (algorithm, length) in [(Algorithm.hs256, 32), (.hs384, 48), (.hs512, 64)] {
            #expect(throws: CryptoError.self) {
                try PrivateKey(
                    algorithm: algorithm, encoded: [UInt8](repeating: 1, count: length - 1))
            }
            #expect(try await Realm.make(algorithm).app.privateKey.encoded.count >= length)
        }
    }

    @Test("3.6 Avoid compression of encryption inputs: encrypted tokens are not read at all")
    func encrypted() async throws {
        let realm = try await Realm.make()
        let forged = try HostileTokens.make(realm.app, claims: Realm.claims)
        for name in ["jwe", "jwe-deflated", "jwe-direct"] {
            try await realm.expectRefused(try #require(forged[name]))
        }
    }

    @Test("3.7 Use UTF-8: headers and claims in anything else are refused")
    func encoding() async throws {
        let realm = try await Realm.make()
        let key = realm.app.privateKey
        func token(_ header: [UInt8], _ claims: [UInt8]) throws -> String {
            let input = "\(Self.segment(header)).\(Self.segment(claims))"
            let signature = try Signer(key).signature(of: Array(input.utf8))
            return "\(input).\(Self.segment(signature))"
        }
        let header = Array(realm.header(.hs256).utf8)
        let claims = Array(Realm.claims.utf8)
        try await realm.expectAccepted(try token(header, claims))
        func wide(_ text: [UInt8]) -> [UInt8] { Array(text.map { [$0, 0] }.joined()) }
        let latin = claims.dropLast() + Array(#","a":""#.utf8) + [0xE4, 0x22, 0x7D]
        try await realm.expectRefused(
            try token(header, wide(claims)), try token(header, [0xFF, 0xFE] + wide(claims)),
            try token(header, [0xEF, 0xBB, 0xBF] + claims), try token(header, Array(latin)),
            try token(wide(header), claims),
            try token([0xEF, 0xBB, 0xBF] + header, claims))
    }

    @Test("3.8 Validate issuer and subject: a key belongs to one realm, whatever `iss` says")
    func issuer() async throws {
        let (realm, other) = (try await Realm.make(), try await Realm.make())
        let header = #"{"alg":"HS256","kid":"\#(other.app.keyID)"}"#
        // The other app's token, and one that names the other's key but is signed by our own.
        #expect(try await other.verdict(try other.token()) == true)
        let theirs = try other.token()
        #expect(try await !realm.client.isActive(theirs))
        #expect(try await !realm.client.verifies(theirs))
        try await realm.expectRefused(try realm.token(header))
        // And one that names our key but is signed by the other's.
        try await realm.expectRefused(
            try TestApp.token(
                header: realm.header(.hs256), claims: Realm.claims,
                signedWith: other.app.privateKey))
    }

    @Test("3.9 Use and validate audience: every access token has one")
    func audience() async throws {
        let client = try await Realm.make().client
        for more in ["", "&audience=", "&audience=a", "&resource=a:b&resource=c:d"] {
            let object = try await client.introspect(try await client.accessToken(more)).object()
            #expect(object["aud"] != nil)
        }
    }

    @Test(
        "3.10 Do not trust received claims: `kid` finds a key or nothing, and nothing is fetched",
        arguments: ["jku", "x5u"])
    func received(_ name: String) async throws {
        let realm = try await Realm.make(.rs256)
        for id in [
            "../../../dev/null", "' OR 1=1 --", "\\u0000", "/etc/passwd", realm.app.keyID + " ",
            " " + realm.app.keyID, realm.app.keyID + "\\u0000", "*", "0",
        ] {
            try await realm.expectRefused(try realm.token(#"{"alg":"RS256","kid":"\#(id)"}"#))
        }
        // A listener that nobody may call.
        let trap = try Trap()
        let url = #","\#(name)":"http://127.0.0.1:\#(trap.port)/jwks.json""#
        try await realm.expectAccepted(try realm.token(realm.header(.rs256, more: url)))
        let forged = try TestApp.token(
            header: realm.header(.rs256, more: url), claims: Realm.claims,
            signedWith: try PrivateKey.generate(.rs256))
        try await realm.expectRefused(forged)
        #expect(!trap.wasCalled())
    }

    @Test("3.10: a key in the token is never used", arguments: ["jwk", "x5c"])
    func embeddedKey(_ name: String) async throws {
        let realm = try await Realm.make(.es256)
        let key = try PrivateKey.generate(.es256)
        let own = try #require(key.publicKey)
        let jwk = String(decoding: try own.jwk(), as: UTF8.self)
        let value = name == "jwk" ? jwk : #"["\#(Self.segment(own.der))"]"#
        for header in [
            realm.header(.es256, more: #","\#(name)":\#(value)"#),
            #"{"alg":"ES256","\#(name)":\#(value)}"#,
        ] {
            try await realm.expectRefused(
                try TestApp.token(header: header, claims: Realm.claims, signedWith: key))
        }
    }

    @Test("3.11 Use explicit typing: the type of a token decides where it is good")
    func typing() async throws {
        let realm = try await Realm.make()
        // An app's token that calls itself an access token is one of the OAuth realm only.
        for type in ["at+jwt", "AT+JWT", "application/at+jwt"] {
            let header = realm.header(.hs256, more: #","typ":"\#(type)""#)
            // One for somebody else is none at all.
            try await realm.expectRefused(try realm.token(header))
            let id = realm.client.app.id
            let token = try realm.client.app.token(
                header: header, claims: #"{"sub":"\#(id)","client_id":"\#(id)","exp":9999999999}"#)
            #expect(try await !realm.client.verifies(token))
            let check = try await realm.client.server.call(
                "GET", "/auth/check", key: "Bearer \(token)")
            #expect(check.field("x-auth-realm") == ["oauth"])
        }
        try await realm.expectAccepted(
            try realm.token(realm.header(.hs256, more: #","typ":"JWT""#)))
        try await realm.expectRefused(
            try realm.token(realm.header(.hs256, more: #","typ":5"#)),
            try realm.token(realm.header(.hs256, more: #","typ":null"#)))
    }

    @Test("3.12 Use mutually exclusive validation rules: no claim makes one kind another")
    func kinds() async throws {
        let client = try await Realm.make().client
        let auth = try await client.pair(#"\#(SignTests.wellKnown),"type":"refresh""#).auth
        let refused = try await client.post(
            "/oauth/token", "grant_type=refresh_token&refresh_token=\(auth)")
        #expect(try OAuthClient.error(refused) == "invalid_grant")
        let refresh = try await client.pair().refresh
        let check = try await client.server.call(
            "GET", "/auth/check", key: "Bearer \(refresh)")
        #expect(check.status == 401)
        #expect(try await client.introspect(refresh).object()["token_type"] as? String == "N_A")
        let access = try await client.accessToken()
        #expect(try await !client.verifies(access))
    }

    // MARK: The paragraph "JOSE" of oauth.md

    @Test("compact only: no other serialisation, no white space, no more or fewer segments")
    func compactOnly() async throws {
        let realm = try await Realm.make()
        let good = try realm.token()
        try await realm.expectAccepted(good)
        let parts = good.components(separatedBy: ".")
        let flattened =
            #"{"protected":"\#(parts[0])","payload":"\#(parts[1])","signature":"\#(parts[2])"}"#
        let general =
            #"{"payload":"\#(parts[1])","signatures":[{"protected":"\#(parts[0])","#
            + #""signature":"\#(parts[2])"}]}"#
        try await realm.expectRefused(
            flattened, general, good + ".", "." + good, good + ".\(parts[2])", parts[0],
            parts[0] + "." + parts[1], "\(parts[0])..\(parts[2])", ".\(parts[1]).\(parts[2])",
            parts.reversed().joined(separator: "."), good.replacing(".", with: ","))
        for token in [" " + good, good + " ", good + "\n", good.replacing(".", with: ". ")] {
            #expect(try await !realm.client.isActive(OAuthClient.encode(token)))
        }
    }

    @Test("canonical unpadded base64url: one text for each token")
    func canonical() async throws {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let realm = try await Realm.make(.es256)
        var sawSpareBits = false
        for pad in ["", "x", "xx"] {
            let claims = String(Realm.claims.dropLast()) + #","p":"\#(pad)"}"#
            let good = try realm.token(claims: claims)
            try await realm.expectAccepted(good)
            let parts = good.components(separatedBy: ".")
            for (index, part) in parts.enumerated() {
                func with(_ other: String) -> String {
                    var changed = parts
                    changed[index] = other
                    return changed.joined(separator: ".")
                }
                try await realm.expectRefused(
                    with(part + "="), with(part + "=="), with(part + "A"),
                    with(String(part.dropLast())), with(part + "\u{e4}"))
                // Bits of the last character that belong to no byte.
                let spareBits = [0: 1, 2: 16, 3: 4][part.count % 4] ?? 1
                let last = try #require(alphabet.firstIndex(of: part.last ?? "A"))
                guard spareBits > 1 else { continue }
                sawSpareBits = true
                for spare in 1..<spareBits {
                    let character = alphabet[last - last % spareBits + spare]
                    try await realm.expectRefused(with(part.dropLast() + String(character)))
                }
            }
        }
        #expect(sawSpareBits)
        // The other alphabet.
        let key = Self.segment([0xFB, 0xEF, 0xFF])
        #expect(key == "--__")
        let claims = #"{"jid":"\#(Realm.session)","exp":9999999999,"q":"???>>>~~~"}"#
        let token = try realm.token(claims: claims)
        try await realm.expectAccepted(token)
        let standard = token.replacing("-", with: "+").replacing("_", with: "/")
        if standard != token { try await realm.expectRefused(standard) }
    }

    @Test("duplicate header names are refused, escaped or not")
    func duplicateNames() async throws {
        let realm = try await Realm.make()
        let id = realm.app.keyID
        for header in [
            #"{"alg":"HS256","alg":"HS256","kid":"\#(id)"}"#,
            #"{"alg":"none","alg":"HS256","kid":"\#(id)"}"#,
            #"{"alg":"HS256","\u0061lg":"none","kid":"\#(id)"}"#,
            #"{"alg":"HS256","kid":"x","kid":"\#(id)"}"#,
            #"{"alg":"HS256","kid":"\#(id)","x":1,"x":1}"#,
            #"{"alg":"HS256","kid":"\#(id)","x":{"y":1,"y":1}}"#,
        ] {
            try await realm.expectRefused(try realm.token(header))
        }
        try await realm.expectRefused(
            try realm.token(claims: #"{"jid":"\#(Realm.session)","exp":1,"exp":9999999999}"#))
    }

    @Test("any `crit` is refused, and so is `b64`")
    func critical() async throws {
        let realm = try await Realm.make()
        for more in [
            #","crit":["exp"]"#, #","crit":[]"#, #","crit":null"#, #","crit":["b64"],"b64":false"#,
            #","b64":false"#, #","b64":true"#, #","crit":["http://x/y"],"http://x/y":true"#,
            #","\u0063rit":["a"],"a":1"#,
        ] {
            try await realm.expectRefused(try realm.token(realm.header(.hs256, more: more)))
        }
        let forged = try HostileTokens.make(realm.app, claims: Realm.claims)
        try await realm.expectRefused(try #require(forged["crit"]))
        try await realm.expectAccepted(try realm.token(realm.header(.hs256, more: #","x":true"#)))
    }

    @Test("RSA keys below 2048 bits are no keys")
    func shortRSA() throws {
        let script = """
            import sys
            from cryptography.hazmat.primitives import serialization as s
            from cryptography.hazmat.primitives.asymmetric import rsa
            for bits in (1024, 2047, 2048):
                key = rsa.generate_private_key(65537, bits)
                print(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8,
                    s.NoEncryption()).decode(), end="|")
            """
        let keys = String(decoding: try Python.run(script), as: UTF8.self).split(separator: "|")
        #expect(keys.count == 3)
        for (index, pem) in keys.enumerated() {
            let key = try? PrivateKey(pem: Array(pem.utf8), algorithm: .rs256)
            #expect((key != nil) == (index == 2))
        }
    }

    @Test("Ed25519 is RFC 8037's: EdDSA by name, and joserfc's tokens are ours")
    func ed25519() async throws {
        let realm = try await Realm.make(.eddsa)
        let forged = try HostileTokens.make(realm.app, claims: Realm.claims)
        try await realm.expectAccepted(try #require(forged["honest"]))
        for name in ["Ed25519", "ES256", "eddsa"] {
            try await realm.expectRefused(
                try realm.token(#"{"alg":"\#(name)","kid":"\#(realm.app.keyID)"}"#))
        }
    }

    @Test("`kid` is needed, and looked up in the realm only")
    func keyID() async throws {
        let realm = try await Realm.make()
        let id = realm.app.keyID
        try await realm.expectRefused(
            try realm.token(#"{"alg":"HS256"}"#), try realm.token(#"{"alg":"HS256","kid":""}"#),
            try realm.token(#"{"alg":"HS256","kid":5}"#),
            try realm.token(#"{"alg":"HS256","kid":["\#(id)"]}"#),
            try realm.token(#"{"alg":"HS256","kid":"\#(realm.app.id)"}"#),
            try realm.token(#"{"alg":"HS256","kid":"\#(Realm.session)"}"#))
    }

    @Test("the denylist is keyed by session: another text of an ended token is no way around it")
    func denylist() async throws {
        let realm = try await Realm.make()
        // A session that no other test uses.
        let id = "01BX5ZZKBKACTAV9WEVGEMMVRZ"
        let claims = #"{"jid":"\#(id)","iat":9999999998,"exp":9999999999}"#
        let tokens = [
            try realm.token(claims: claims), try realm.token(claims: claims + " "),
            try realm.token(realm.header(.hs256, more: #","x":1"#), claims: claims),
            try realm.token(claims: claims.replacing(id, with: id.lowercased())),
            try realm.token(claims: claims.replacing("jid", with: #"j\u0069d"#)),
        ]
        for token in tokens { try await realm.expectAccepted(token) }
        #expect(
            try await realm.client.post("/oauth/revoke", "token=\(tokens[0])").status == 200)
        for token in tokens { try await realm.expectRefused(token) }
        try await realm.expectAccepted(
            try realm.token(claims: claims.replacing(id, with: Realm.session)))
    }

    @Test("large tokens are read whole, and refused when they are none")
    func large() async throws {
        let realm = try await Realm.make()
        let long = String(repeating: "a", count: 300_000)
        let good = try realm.token(claims: String(Realm.claims.dropLast()) + #","a":"\#(long)"}"#)
        #expect(try await realm.client.isActive(good))
        #expect(try await realm.client.verifies(good))
        let dots = String(repeating: "a.", count: 100_000)
        for token in [good.dropLast(2) + "AA", long + "." + long + "." + long, dots + "a"] {
            #expect(try await !realm.client.isActive(String(token)))
        }
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(
            try await !realm.client.isActive(
                try realm.token(claims: String(Realm.claims.dropLast()) + #","a":\#(deep)}"#)))
    }
}
