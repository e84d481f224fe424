import Foundation
import SignetCrypto
import Testing

/// Every file of the Wycheproof project that speaks of our algorithms.
@Suite("Wycheproof vectors", .enabled(if: Wycheproof.isAvailable, "\(Wycheproof.absence)"))
struct WycheproofTests {
    struct File: Sendable, CustomTestStringConvertible {
        let name: String
        let algorithm: Algorithm
        let count: Int
        var testDescription: String { name }
    }

    static let signatures = [
        File(name: "ecdsa_secp256r1_sha256_p1363_test.json", algorithm: .es256, count: 262),
        File(name: "ecdsa_secp384r1_sha384_p1363_test.json", algorithm: .es384, count: 280),
        File(name: "ecdsa_secp521r1_sha512_p1363_test.json", algorithm: .es512, count: 318),
        File(name: "ed25519_test.json", algorithm: .eddsa, count: 151),
        File(name: "rsa_signature_2048_sha256_test.json", algorithm: .rs256, count: 259),
        File(name: "rsa_signature_2048_sha384_test.json", algorithm: .rs384, count: 258),
        File(name: "rsa_signature_4096_sha512_test.json", algorithm: .rs512, count: 259),
        File(name: "rsa_pss_2048_sha256_mgf1_32_test.json", algorithm: .ps256, count: 108),
        File(name: "rsa_pss_2048_sha384_mgf1_48_test.json", algorithm: .ps384, count: 141),
        File(name: "rsa_pss_4096_sha512_mgf1_64_test.json", algorithm: .ps512, count: 179),
    ]

    static let tags = [
        File(name: "hmac_sha256_test.json", algorithm: .hs256, count: 174),
        File(name: "hmac_sha384_test.json", algorithm: .hs384, count: 174),
        File(name: "hmac_sha512_test.json", algorithm: .hs512, count: 174),
    ]

    @Test("decides on every signature as Wycheproof does", arguments: signatures)
    func signature(_ file: File) throws {
        var count = 0
        for group in try Wycheproof.load(file.name).testGroups {
            let der = bytes(hex: try #require(group.publicKeyDer))
            let key = try PublicKey(der: der)
            #expect(key.der == der)
            let verifier = try Verifier(key, algorithm: file.algorithm)
            for test in group.tests {
                let message = bytes(hex: try #require(test.msg))
                let signature = bytes(hex: try #require(test.sig))
                let isValid = verifier.verify(message, signature: signature)
                // "acceptable" is a PKCS #1 signature without the NULL of the hash's parameters. RFC
                // 8017 section 8.2.2 compares whole encodings, and ours has the NULL: it is refused.
                #expect(isValid == (test.result == "valid"), "\(test.tcId) \(test.comment)")
                count += 1
            }
        }
        #expect(count == file.count)
    }

    @Test("decides so by multiples of the key as well")
    func signatureByMultiples() throws {
        var count = 0
        for group in try Wycheproof.load(Self.signatures[0].name).testGroups {
            let key = try PublicKey(der: bytes(hex: try #require(group.publicKeyDer)))
            let verifier = try Verifier(key, algorithm: .es256)
            let multiples = try #require(try KeyMultiples.calculate(of: key))
            for test in group.tests {
                let message = bytes(hex: try #require(test.msg))
                let signature = bytes(hex: try #require(test.sig))
                let isValid = verifier.verify(message, signature: signature, multiples)
                #expect(isValid == (test.result == "valid"), "\(test.tcId) \(test.comment)")
                count += 1
            }
        }
        #expect(count == Self.signatures[0].count)
    }

    @Test("reads the same key from DER, PEM and JWK", arguments: signatures)
    func keyForms(_ file: File) throws {
        for group in try Wycheproof.load(file.name).testGroups {
            let key = try PublicKey(der: bytes(hex: try #require(group.publicKeyDer)))
            #expect(try PublicKey(pem: Array(try #require(group.publicKeyPem).utf8)) == key)
            #expect(try PublicKey(pem: key.pem) == key)
            #expect(try PublicKey(jwk: key.jwk()) == key)
            if let jwk = group.publicKeyJwk {
                let json = try JSONEncoder().encode(jwk)
                #expect(try PublicKey(jwk: Array(json)) == key)
            }
        }
    }

    /// The files also have keys shorter than the hash and tags cut in half. Signet refuses both (RFC
    /// 7518 section 3.2), so those keys are checked to be refused, and those tags are checked as the
    /// start of the whole one.
    @Test("authenticates as Wycheproof does", arguments: tags)
    func tag(_ file: File) throws {
        var count = 0
        for group in try Wycheproof.load(file.name).testGroups {
            for test in group.tests {
                count += 1
                let key = bytes(hex: try #require(test.key))
                let message = bytes(hex: try #require(test.msg))
                let tag = bytes(hex: try #require(test.tag))
                let fullLength = try #require(Int(file.algorithm.name.suffix(3))) / 8
                guard key.count >= fullLength else {
                    #expect(throws: CryptoError.self) {
                        try PrivateKey(algorithm: file.algorithm, encoded: key)
                    }
                    continue
                }
                let secret = try PrivateKey(algorithm: file.algorithm, encoded: key)
                let isValid = test.result == "valid"
                let whole = try Signer(secret).signature(of: message)
                #expect(whole.starts(with: tag) == isValid, "\(test.tcId) \(test.comment)")
                let isAccepted = try Verifier(secret).verify(message, signature: tag)
                #expect(isAccepted == (isValid && tag.count == fullLength), "\(test.tcId)")
            }
        }
        #expect(count == file.count)
    }

    /// A key set and a token: valid when the set is accepted, has the token's key, and the algorithm
    /// and the signature fit.
    @Test("decides on key sets as Wycheproof does")
    func keySets() throws {
        var count = 0
        for group in try Wycheproof.load("json_web_key_test.json").testGroups {
            let set = try #require(group.public ?? group.private)
            let json = Array(try JSONEncoder().encode(set))
            for test in group.tests {
                count += 1
                let isValid = accepts(Array(try #require(test.jws).utf8), with: json)
                #expect(
                    isValid == (test.result == "valid"),
                    "\(test.tcId) \(group.comment ?? "") \(test.comment)")
            }
        }
        #expect(count == 26)
    }

    private func accepts(_ token: [UInt8], with json: [UInt8]) -> Bool {
        let reader = JWSReader()
        guard let set = try? JWKSet(json), let jws = try? reader.read(token),
            let keyID = reader.keyID, let key = set.key(id: keyID)
        else { return false }
        let verifier: Verifier?
        switch key.material {
        case .publicKey(let publicKey):
            guard key.algorithm == jws.algorithm else { return false }
            verifier = try? Verifier(publicKey, algorithm: jws.algorithm)
        case .privateKey(let secret):
            guard secret.algorithm == jws.algorithm else { return false }
            verifier = try? Verifier(secret)
        }
        return verifier?.verify(Array(token[jws.signingInput]), signature: Array(reader.signature))
            ?? false
    }
}
