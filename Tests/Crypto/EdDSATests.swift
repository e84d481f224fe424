import Foundation
import SignetCrypto
import TestSupport
import Testing

/// Ed25519, which libsodium makes and checks.
@Suite("Ed25519")
struct EdDSATests {
    /// A test of RFC 8032 section 7.1, which is of bare keys and signatures; an `RFCVector` is a token.
    struct Known: Sendable, CustomTestStringConvertible {
        let name: String
        let privateKey: String
        let publicKey: String
        let message: String
        let signature: String

        var testDescription: String { name }
    }

    static let known = [
        Known(
            name: "TEST 1",
            privateKey: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: """
                e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc6\
                1e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
                """),
        Known(
            name: "TEST 2",
            privateKey: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: """
                92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e45\
                8f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
                """),
        Known(
            name: "TEST 3",
            privateKey: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: """
                6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae\
                67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
                """),
        Known(
            name: "TEST SHA(abc)",
            privateKey: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            publicKey: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            message: """
                ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836\
                ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
                """,
            signature: """
                dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfd\
                fbc7c66431e0303dca179c138ac17ad9bef1177331a704
                """),
    ]

    /// A public key, and with it what it did or would sign, in hexadecimal digits.
    private struct Signed: Codable {
        var seed: String?
        let publicKey: String
        let message: String
        let signature: String
    }

    private func member(_ hex: String) -> String {
        String(decoding: Base64URL.encode(bytes(hex: hex)), as: UTF8.self)
    }

    private func key(_ privateKey: String, _ publicKey: String) throws -> PrivateKey {
        let jwk = """
            {"kty":"OKP","crv":"Ed25519","d":"\(member(privateKey))","x":"\(member(publicKey))"}
            """
        return try PrivateKey(jwk: Array(jwk.utf8))
    }

    private func verifier(_ publicKey: String) throws -> Verifier {
        let jwk = #"{"kty":"OKP","crv":"Ed25519","x":"\#(member(publicKey))"}"#
        return try Verifier(PublicKey(jwk: Array(jwk.utf8)), algorithm: .eddsa)
    }

    @Test("signs and verifies what the RFC signed", arguments: known)
    func knownAnswers(_ known: Known) throws {
        let key = try key(known.privateKey, known.publicKey)
        let message = bytes(hex: known.message)
        let signature = try Signer(key).signature(of: message)
        #expect(signature == bytes(hex: known.signature))
        #expect(try verifier(known.publicKey).verify(message, signature: signature))
        #expect(try !verifier(known.publicKey).verify(message + [0], signature: signature))
    }

    @Test("makes OpenSSL's signatures of messages of every length, and accepts them")
    func likeOpenSSL() throws {
        let script = """
            import json, os
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
            result = []
            for length in [*range(0, 300), 1000, 4096]:
                key, message = Ed25519PrivateKey.generate(), os.urandom(length)
                result.append({"seed": key.private_bytes_raw().hex(), "message": message.hex(),
                               "publicKey": key.public_key().public_bytes_raw().hex(),
                               "signature": key.sign(message).hex()})
            print(json.dumps(result))
            """
        let all = try JSONDecoder().decode([Signed].self, from: Python.run(script))
        #expect(all.count == 302)
        for theirs in all {
            let key = try key(try #require(theirs.seed), theirs.publicKey)
            let (message, signature) = (bytes(hex: theirs.message), bytes(hex: theirs.signature))
            #expect(try Signer(key).signature(of: message) == signature)
            #expect(try Verifier(key).verify(message, signature: signature))
        }
    }

    /// The identity for a public key, and for R in a signature that its key's owner made on purpose: both
    /// fulfil the equation of RFC 8032 section 5.1.7, the first one for any message.
    @Test("refuses points of small order, which OpenSSL accepts")
    func smallOrder() throws {
        let script = """
            import hashlib, json, os
            from cryptography.hazmat.primitives.asymmetric.ed25519 import (
                Ed25519PrivateKey, Ed25519PublicKey)
            order = 2**252 + 27742317777372353535851937790883648493
            def number(octets): return int.from_bytes(octets, "little")
            key, message = Ed25519PrivateKey.generate(), os.urandom(100)
            identity, public = bytes([1]) + bytes(31), key.public_key().public_bytes_raw()
            scalar = number(hashlib.sha512(key.private_bytes_raw()).digest()[:32])
            scalar = scalar & (2**254 - 8) | 2**254
            challenge = number(hashlib.sha512(identity + public + message).digest())
            response = (challenge * scalar % order).to_bytes(32, "little")
            pairs = [(identity, identity + bytes(32)), (public, identity + response)]
            for owner, signature in pairs:
                Ed25519PublicKey.from_public_bytes(owner).verify(signature, message)
            print(json.dumps([{"publicKey": owner.hex(), "message": message.hex(),
                               "signature": signature.hex()} for owner, signature in pairs]))
            """
        let all = try JSONDecoder().decode([Signed].self, from: Python.run(script))
        #expect(all.count == 2)
        for lax in all {
            let isAccepted = try verifier(lax.publicKey)
                .verify(bytes(hex: lax.message), signature: bytes(hex: lax.signature))
            #expect(!isAccepted)
        }
    }
}
