import Foundation
import SignetCrypto
import SignetJSON
import TestSupport
import Testing

/// Tokens and keys to and from PyJWT and joserfc, for every algorithm.
@Suite("Interoperability with Python")
struct PythonInteroperabilityTests {
    /// What goes over to Python and back: keys as JWK and PEM, tokens as text.
    private struct Exchange: Codable {
        let algorithm: String
        var jwk: String
        var privatePEM: String?
        var publicPEM: String?
        var token: String
    }

    private static let payload = #"{"iss":"Signet","sub":"Zoë","count":12345678901234567890}"#

    @Test("PyJWT and joserfc accept our tokens and keys, and refuse changed ones")
    func ours() throws {
        let exchanges = try Algorithm.allCases.map { algorithm in
            let key = try TestKeys.key(algorithm)
            return Exchange(
                algorithm: algorithm.name,
                jwk: String(decoding: try key.jwk(keyID: Array("key 1".utf8)), as: UTF8.self),
                privatePEM: key.pem.map { String(decoding: $0, as: UTF8.self) },
                publicPEM: key.publicKey.map { String(decoding: $0.pem, as: UTF8.self) },
                token: try Self.token(key))
        }
        let script = """
            import json, sys, jwt
            from joserfc import jws
            from joserfc.jwk import JWKRegistry
            expected = json.loads(sys.argv[1])
            count = 0
            for e in json.load(sys.stdin):
                alg, token, jwk = e["algorithm"], e["token"], json.loads(e["jwk"])
                assert jwk["kid"] == "key 1" and jwk["use"] == "sig" and jwk["alg"] == alg
                secrets = ("d", "p", "q", "dp", "dq", "qi")
                key = jwt.PyJWK({k: v for k, v in jwk.items() if k not in secrets}, algorithm=alg)
                assert jwt.decode(token, key, algorithms=[alg]) == expected, alg
                if "publicPEM" in e:
                    assert jwt.decode(token, e["publicPEM"], algorithms=[alg]) == expected, alg
                    resigned = jwt.encode(expected, e["privatePEM"], algorithm=alg)
                    assert jwt.decode(resigned, e["publicPEM"], algorithms=[alg]) == expected
                registered = JWKRegistry.import_key(jwk)
                text = jws.deserialize_compact(token.encode(), registered, algorithms=[alg]).payload
                assert json.loads(text) == expected, alg
                head, body, signature = token.split(".")
                other = "A" if signature[4] != "A" else "B"
                changed = ".".join([head, body, signature[:4] + other + signature[5:]])
                try:
                    jwt.decode(changed, key, algorithms=[alg])
                    raise SystemExit("accepted " + alg)
                except jwt.InvalidSignatureError:
                    count += 1
            print(count)
            """
        let output = try Python.run(
            script, arguments: [Self.payload], input: JSONEncoder().encode(exchanges))
        #expect(String(decoding: output, as: UTF8.self) == "\(Algorithm.allCases.count)\n")
    }

    @Test("we accept the tokens and keys of PyJWT and joserfc, and refuse changed ones")
    func theirs() throws {
        let script = """
            import json, sys, secrets, jwt
            from joserfc import jws
            from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
            payload, names = sys.argv[1], sys.argv[2:]
            curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
            rsa, result = RSAKey.generate_key(2048), []
            for alg in names:
                if alg[:2] == "HS": key = OctKey.generate_key(int(alg[2:]))
                elif alg[:2] == "ES": key = ECKey.generate_key(curves[alg])
                elif alg == "EdDSA": key = OKPKey.generate_key("Ed25519")
                else: key = rsa
                jwk = {**key.as_dict(private=True), "alg": alg}
                public = key.as_pem(private=False).decode() if alg[:2] != "HS" else None
                private = key.as_pem(private=True).decode() if public else None
                one = jwt.encode(json.loads(payload), jwt.PyJWK(jwk, algorithm=alg).key, alg)
                two = jws.serialize_compact({"alg": alg}, payload.encode(), key, algorithms=[alg])
                for token in [one, two]:
                    result.append({"algorithm": alg, "jwk": json.dumps(jwk), "token": token,
                                   "privatePEM": private, "publicPEM": public})
            print(json.dumps(result))
            """
        let output = try Python.run(
            script, arguments: [Self.payload] + Algorithm.allCases.map(\.name))
        let exchanges = try JSONDecoder().decode([Exchange].self, from: output)
        #expect(exchanges.count == 2 * Algorithm.allCases.count)
        for exchange in exchanges { try check(exchange) }
    }

    private func check(_ exchange: Exchange) throws {
        let algorithm = try #require(Algorithm(name: exchange.algorithm))
        let key = try PrivateKey(jwk: Array(exchange.jwk.utf8))
        #expect(key.algorithm == algorithm)
        var verifiers = [try Verifier(key)]
        if let pem = exchange.publicPEM, let privatePEM = exchange.privatePEM {
            let publicKey = try PublicKey(pem: Array(pem.utf8))
            #expect(publicKey == key.publicKey)
            // The cryptography package writes PEM as OpenSSL does.
            #expect(String(decoding: publicKey.pem, as: UTF8.self) == pem)
            verifiers.append(try Verifier(publicKey, algorithm: algorithm))
            let again = try PrivateKey(pem: Array(privatePEM.utf8), algorithm: algorithm)
            #expect(again.encoded == key.encoded)
        }
        let token = Array(exchange.token.utf8)
        let reader = JWSReader()
        let jws = try reader.read(token)
        #expect(jws.algorithm == algorithm)
        let message = Array(token[jws.signingInput])
        var signature = Array(reader.signature)
        for verifier in verifiers {
            #expect(verifier.verify(message, signature: signature), "\(algorithm)")
        }
        signature[signature.count / 2] ^= 1
        for verifier in verifiers {
            #expect(!verifier.verify(message, signature: signature), "\(algorithm)")
        }
    }

    private static func token(_ key: PrivateKey) throws -> String {
        let header = #"{"alg":"\#(key.algorithm.name)","typ":"JWT"}"#
        var token = Base64URL.encode(Array(header.utf8)) + [UInt8(ascii: ".")]
        token += Base64URL.encode(Array(payload.utf8))
        let signature = try Signer(key).signature(of: token)
        return String(
            decoding: token + [UInt8(ascii: ".")] + Base64URL.encode(signature), as: UTF8.self)
    }
}
