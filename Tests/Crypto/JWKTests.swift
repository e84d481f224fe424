import Foundation
import SignetCrypto
import Testing

/// JSON Web Keys that are refused (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).
@Suite("JWK")
struct JWKTests {
    private func members(_ algorithm: Algorithm) throws -> [String: Any] {
        let json = try TestKeys.key(algorithm).jwk()
        return try #require(
            try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    }

    /// Why the key of `algorithm` is refused when some members are changed; nil removes one.
    private func refusal(
        _ algorithm: Algorithm, _ changes: [String: Any?]
    ) throws -> CryptoError.Reason? {
        var members = try members(algorithm)
        for (name, value) in changes { members[name] = value }
        let json = Array(try JSONSerialization.data(withJSONObject: members))
        return reason { try JWK(json) }
    }

    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: Base64URL.encode(bytes), as: UTF8.self)
    }

    private func octets(_ algorithm: Algorithm, _ name: String) throws -> [UInt8] {
        let text = try #require(try members(algorithm)[name] as? String)
        return try #require(Base64URL.decode(Array(text.utf8)))
    }

    @Test("accepts the unchanged key, and says what it is", arguments: Algorithm.allCases)
    func accepts(_ algorithm: Algorithm) throws {
        let jwk = try JWK(TestKeys.key(algorithm).jwk(keyID: Array("a".utf8)))
        #expect(jwk.algorithm == algorithm && jwk.keyID == Array("a".utf8))
        #expect(try refusal(algorithm, ["unknown": [1, 2]]) == nil)
        #expect(try refusal(algorithm, ["use": nil, "key_ops": ["sign", "verify"]]) == nil)
    }

    @Test(
        "refuses coordinates of another length",
        arguments: [Algorithm.es256, .es384, .es512, .eddsa])
    func coordinateLengths(_ algorithm: Algorithm) throws {
        let names = algorithm == .eddsa ? ["x", "d"] : ["x", "y", "d"]
        for name in names {
            let octets = try octets(algorithm, name)
            for changed in [[0] + octets, Array(octets.dropFirst()), [], octets + [0]] {
                #expect(try refusal(algorithm, [name: text(changed)]) == .malformed, "\(name)")
            }
        }
    }

    @Test("refuses points that are not on the curve", arguments: [Algorithm.es256, .es384, .es512])
    func points(_ algorithm: Algorithm) throws {
        for name in ["x", "y"] {
            var octets = try octets(algorithm, name)
            octets[octets.count - 1] ^= 1
            #expect(try refusal(algorithm, [name: text(octets), "d": nil]) == .inconsistentKey)
            #expect(try refusal(algorithm, [name: text(octets)]) == .inconsistentKey)
        }
        let zero = text(try octets(algorithm, "x").map { _ in 0 })
        #expect(try refusal(algorithm, ["x": zero, "y": zero, "d": nil]) == .inconsistentKey)
    }

    @Test(
        "refuses private keys that do not match their public part",
        arguments: [
            Algorithm.es256, .es384, .es512, .eddsa, .rs256,
        ])
    func mismatches(_ algorithm: Algorithm) throws {
        let other = try PrivateKey.generate(algorithm).jwk()
        let others = try #require(
            try JSONSerialization.jsonObject(with: Data(other)) as? [String: Any])
        #expect(try refusal(algorithm, ["d": others["d"]]) == .inconsistentKey)
        if algorithm != .rs256 {
            let changes = ["x": others["x"], "y": others["y"]].filter { $0.value != nil }
            #expect(try refusal(algorithm, changes) == .inconsistentKey)
        }
    }

    @Test("refuses a private number of 0 and of the group's order")
    func privateNumbers() throws {
        // The order of P-256 (SEC 2 section 2.4.2).
        let order = bytes(
            hex: "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
        for number in [[UInt8](repeating: 0, count: 32), order] {
            #expect(try refusal(.es256, ["d": text(number)]) == .inconsistentKey)
        }
    }

    @Test("refuses RSA numbers that do not fit, are missing, or have leading zeros")
    func rsaNumbers() throws {
        for name in ["p", "q", "dp", "dq", "qi"] {
            #expect(try refusal(.rs256, [name: nil]) == .malformed)
            var octets = try octets(.rs256, name)
            octets[octets.count - 1] ^= 2
            #expect(try refusal(.rs256, [name: text(octets)]) == .inconsistentKey, "\(name)")
        }
        for name in ["n", "e", "d", "p"] {
            let octets = try octets(.rs256, name)
            #expect(try refusal(.rs256, [name: text([0] + octets)]) == .malformed)
            #expect(try refusal(.rs256, [name: ""]) == .malformed)
        }
        for exponent: [UInt8] in [[1], [2], [1, 0, 0]] {
            #expect(try refusal(.rs256, ["e": text(exponent), "d": nil]) == .weakKey)
        }
        #expect(try refusal(.rs256, ["oth": []]) == .unsupportedKey)
    }

    @Test("refuses other types, curves, algorithms and uses")
    func unsupported() throws {
        let cases: [(Algorithm, [String: Any?])] = [
            (.es256, ["kty": "RSA"]), (.es256, ["kty": "OKP"]), (.es256, ["kty": "ec"]),
            (.es256, ["crv": "P-384"]), (.es256, ["crv": "secp256k1"]), (.es256, ["crv": nil]),
            (.es256, ["alg": "ES384"]), (.es256, ["alg": "none"]), (.es256, ["alg": "HS256"]),
            (.es256, ["use": "enc"]), (.es256, ["use": 1]), (.es256, ["key_ops": ["deriveKey"]]),
            (.es256, ["key_ops": "sign"]), (.es256, ["key_ops": []]), (.es256, ["kid": 1]),
            (.es256, ["kty": nil]), (.es256, ["x": nil]), (.es256, ["y": nil]), (.es256, ["x": 5]),
            (.eddsa, ["crv": "X25519"]), (.eddsa, ["crv": "Ed448"]), (.eddsa, ["x": nil]),
            (.eddsa, ["kty": "EC"]), (.hs256, ["alg": "RS256"]), (.hs256, ["alg": "A256KW"]),
            (.hs256, ["alg": nil]), (.hs256, ["k": nil]), (.hs256, ["k": "AAA"]),
            (.rs256, ["alg": "ES256"]), (.rs256, ["alg": nil]), (.rs256, ["n": "AQAB"]),
        ]
        for (algorithm, changes) in cases {
            #expect(try refusal(algorithm, changes) != nil, "\(algorithm) \(changes)")
        }
    }

    @Test("refuses what is no JSON object, or names a member twice")
    func documents() throws {
        for text in ["", "[]", "null", "{}", #"{"kty":"oct","kty":"oct","alg":"HS256"}"#] {
            #expect(reason { try JWK(Array(text.utf8)) } == .malformed, "\(text)")
        }
    }

    @Test("tells public from private keys")
    func kinds() throws {
        let key = try TestKeys.key(.es256)
        let publicJWK = try #require(try key.publicKey?.jwk())
        #expect(reason { try PrivateKey(jwk: publicJWK) } == .unsupportedKey)
        #expect(reason { try PublicKey(jwk: key.jwk()) } == .unsupportedKey)
        #expect(!String(decoding: publicJWK, as: UTF8.self).contains(#""d""#))
        let secret = try TestKeys.key(.hs256).jwk()
        #expect(reason { try PublicKey(jwk: secret) } == .unsupportedKey)
    }

    @Test("leaves out keys of a set that it cannot use, and finds the others by their id")
    func sets() throws {
        let es256 = try #require(try TestKeys.key(.es256).publicKey?.jwk(keyID: Array("a".utf8)))
        let rs256 = try #require(try TestKeys.key(.rs256).publicKey?.jwk(keyID: Array("b".utf8)))
        let unusable = [
            #"{"kty":"OKP","crv":"X448","x":"AA","kid":"c"}"#, "5", "{}", #"{"kty":7}"#,
        ]
        let elements = [es256, rs256].map { String(decoding: $0, as: UTF8.self) } + unusable
        let json = #"{"x":[],"keys":[\#(elements.joined(separator: " , "))]}"#
        let set = try JWKSet(Array(json.utf8))
        #expect(set.keys.count == 2)
        #expect(set.key(id: Array("a".utf8))?.algorithm == .es256)
        let rsa = try #require(set.key(id: Array("b".utf8)))
        #expect(rsa.algorithm == nil)
        #expect(set.key(id: Array("c".utf8)) == nil)
        for text in ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#] {
            #expect(reason { try JWKSet(Array(text.utf8)) } == .malformed, "\(text)")
        }
    }
}
