import SignetCrypto
import Testing

/// RFC 7515 appendix A and RFC 8037 appendix A.
@Suite("RFC vectors")
struct RFCVectorTests {
    @Test("verifies the RFC's token", arguments: RFCVector.all)
    func verifies(_ vector: RFCVector) throws {
        let key = try PrivateKey(jwk: Array(vector.jwk.utf8), algorithm: vector.algorithm)
        let token = Array(vector.token.utf8)
        let reader = JWSReader()
        let jws = try reader.read(token)
        #expect(jws.algorithm == vector.algorithm)
        let verifier = try Verifier(key)
        let message = Array(token[jws.signingInput])
        #expect(verifier.verify(message, signature: Array(reader.signature)))

        var changed = message
        changed[changed.count - 1] ^= 1
        #expect(!verifier.verify(changed, signature: Array(reader.signature)))
    }

    @Test("signs what the RFC signed", arguments: RFCVector.all)
    func signs(_ vector: RFCVector) throws {
        let key = try PrivateKey(jwk: Array(vector.jwk.utf8), algorithm: vector.algorithm)
        let token = Array(vector.token.utf8)
        let reader = JWSReader()
        let jws = try reader.read(token)
        let message = Array(token[jws.signingInput])
        let signature = try Signer(key).signature(of: message)
        if vector.isDeterministic {
            #expect(signature == Array(reader.signature))
        } else {
            #expect(signature != Array(reader.signature), "a nonce was used twice")
        }
        #expect(try Verifier(key).verify(message, signature: signature))
    }

    @Test("refuses the unsecured token of RFC 7515 A.5")
    func unsecured() {
        let token =
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtc"
            + "GxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        #expect(throws: JWSRefusal.algorithm) { try JWSReader().read(Array(token.utf8)) }
    }

    @Test("derives the public key of RFC 8037 A.2")
    func publicPart() throws {
        let vector = try #require(RFCVector.all.last)
        let key = try #require(try PrivateKey(jwk: Array(vector.jwk.utf8)).publicKey)
        let expected =
            #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","#
            + #""use":"sig"}"#
        #expect(String(decoding: try key.jwk(), as: UTF8.self) == expected)
    }
}
