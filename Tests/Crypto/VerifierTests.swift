import SignetCrypto
import Testing

/// What a verifier refuses, whatever a token says (RFC 8725).
@Suite("Signer and verifier")
struct VerifierTests {
    private let message = Array("message".utf8)

    @Test(
        "accepts its own signatures of every length, one by one and in batches",
        arguments: [
            Algorithm.hs256, .hs384, .hs512, .es256, .es384, .es512, .eddsa, .rs256, .ps256, .ps384,
        ])
    func batches(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let signer = try Signer(key)
        let verifier = try Verifier(key)
        #expect(signer.signatureLength == verifier.signatureLength)
        let messages = [0, 1, 63, 64, 65, 1000].map { [UInt8](repeating: 7, count: $0) }
        let length = signer.signatureLength
        // One byte more than the signatures take, to see that nothing is written behind them.
        var output = [UInt8](repeating: 0xEE, count: messages.count * length + 1)
        try output.withUnsafeMutableBytes { output in
            let joined = messages.flatMap { $0 }
            try joined.withUnsafeBytes { joined in
                var start = 0
                let batch = messages.enumerated().map { index, message in
                    defer { start += message.count }
                    return SigningInput(
                        message: UnsafeRawBufferPointer(
                            rebasing: joined[start..<start + message.count]),
                        signature: output.baseAddress! + index * length)
                }
                try batch.withUnsafeBufferPointer { try signer.sign($0) }
            }
        }
        #expect(output.last == 0xEE)
        for (index, message) in messages.enumerated() {
            var signature = Array(output[index * length..<(index + 1) * length])
            #expect(verifier.verify(message, signature: signature))
            #expect(!verifier.verify(message + [0], signature: signature))
            signature[index] ^= 0x10
            #expect(!verifier.verify(message, signature: signature))
        }
    }

    @Test(
        "makes ECDSA signatures of constant length although r and s are numbers",
        arguments: [
            Algorithm.es256, .es384, .es512,
        ])
    func leadingZeros(_ algorithm: Algorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let signer = try Signer(key)
        let verifier = try Verifier(key)
        // Among 600 signatures a few have an r or s with a leading zero byte.
        for number in 0..<(algorithm == .es256 ? 600 : 100) {
            let message = Array("\(number)".utf8)
            #expect(verifier.verify(message, signature: try signer.signature(of: message)))
        }
    }

    @Test(
        "takes a new nonce for every ECDSA signature, of one signer and of two of the same key",
        arguments: [
            Algorithm.es256, .es384, .es512,
        ])
    func nonces(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let signers = [try Signer(key), try Signer(key)]
        // The nonce makes r, the first half. Two signatures with the same one tell the private key.
        var seen = Set<[UInt8]>()
        for _ in 0..<50 {
            for signer in signers {
                let signature = try signer.signature(of: message)
                seen.insert(Array(signature.prefix(signature.count / 2)))
            }
        }
        #expect(seen.count == 100)
    }

    @Test(
        "verifies after a refusal, and after r and s of other lengths",
        arguments: [
            Algorithm.es256, .es384, .es512,
        ])
    func keptNumbers(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let verifier = try Verifier(key)
        let signature = try Signer(key).signature(of: message)
        let ones = [UInt8](repeating: 0xFF, count: signature.count)
        var one = [UInt8](repeating: 0, count: signature.count)
        one[signature.count / 2 - 1] = 1
        one[signature.count - 1] = 1
        for other in [ones, one, one.map { _ in 0 }] {
            #expect(!verifier.verify(message, signature: other))
            #expect(verifier.verify(message, signature: signature))
        }
    }

    @Test("refuses truncated, extended and empty signatures", arguments: Algorithm.allCases)
    func lengths(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let signature = try Signer(key).signature(of: message)
        let verifier = try Verifier(key)
        #expect(verifier.verify(message, signature: signature))
        #expect(!verifier.verify(message, signature: []))
        #expect(!verifier.verify(message, signature: Array(signature.dropLast())))
        #expect(!verifier.verify(message, signature: Array(signature.dropFirst())))
        #expect(!verifier.verify(message, signature: signature + [0]))
        #expect(!verifier.verify(message, signature: [0] + signature))
        #expect(!verifier.verify(message, signature: signature.map { _ in 0 }))
        #expect(!verifier.verify(message, signature: signature.map { _ in 0xFF }))
    }

    @Test("says the same of every signature by multiples of the key")
    func multiples() throws {
        let key = try PrivateKey.generate(.es256)
        let publicKey = try #require(key.publicKey)
        let multiples = try #require(try KeyMultiples.calculate(of: publicKey))
        let (signer, verifier) = (try Signer(key), try Verifier(key))
        for number in 0..<300 {
            let message = Array("\(number)".utf8)
            var signature = try signer.signature(of: message)
            #expect(verifier.verify(message, signature: signature, multiples))
            #expect(!verifier.verify(message + [0], signature: signature, multiples))
            signature[number % 64] ^= UInt8(1 << (number % 8))
            #expect(!verifier.verify(message, signature: signature, multiples))
            #expect(!verifier.verify(message, signature: signature))
        }
    }

    @Test("does without multiples that are another key's")
    func othersMultiples() throws {
        let (key, other) = (try PrivateKey.generate(.es256), try PrivateKey.generate(.es256))
        let publicKey = try #require(other.publicKey)
        let multiples = try #require(try KeyMultiples.calculate(of: publicKey))
        let verifier = try Verifier(key)
        let signature = try Signer(key).signature(of: message)
        #expect(verifier.verify(message, signature: signature, multiples))
        let others = try Signer(other).signature(of: message)
        #expect(!verifier.verify(message, signature: others, multiples))
    }

    @Test("has multiples of P-256 alone, and of so many keys at a time")
    func multiplesMax() throws {
        for algorithm in Algorithm.allCases {
            #expect(KeyMultiples.areUseful(for: algorithm) == (algorithm == .es256))
        }
        for algorithm in [Algorithm.es384, .es512, .eddsa, .rs256] {
            let publicKey = try #require(TestKeys.key(algorithm).publicKey)
            #expect(throws: CryptoError.self) {
                try KeyMultiples.calculate(of: publicKey)
            }
        }
        let publicKey = try #require(TestKeys.key(.es256).publicKey)
        // Those that are gone count no more.
        for _ in 0...KeyMultiples.countMax {
            #expect(try KeyMultiples.calculate(of: publicKey) != nil)
        }
        let one = try KeyMultiples.calculate(of: publicKey)
        #expect(try KeyMultiples.calculate(of: publicKey, max: 1) == nil)
        withExtendedLifetime(one) {}
    }

    @Test("refuses r or s of 0, of n, and DER in place of r and s", arguments: [false, true])
    func ecdsaNumbers(byMultiples: Bool) throws {
        let key = try TestKeys.key(.es256)
        let verifier = try Verifier(key)
        let publicKey = try #require(key.publicKey)
        let multiples = byMultiples ? try KeyMultiples.calculate(of: publicKey) : nil
        let signature = try Signer(key).signature(of: message)
        let zero = [UInt8](repeating: 0, count: 32)
        // The order of P-256 (SEC 2 section 2.4.2).
        let order = bytes(
            hex: "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
        let (r, s) = (Array(signature[..<32]), Array(signature[32...]))
        for other in [zero, order] {
            #expect(!verifier.verify(message, signature: other + s, multiples))
            #expect(!verifier.verify(message, signature: r + other, multiples))
            #expect(!verifier.verify(message, signature: other + other, multiples))
        }
        func integer(_ number: [UInt8]) -> [UInt8] {
            let trimmed = Array(number.drop { $0 == 0 })
            let signed = trimmed[0] & 0x80 == 0 ? trimmed : [0] + trimmed
            return [0x02, UInt8(signed.count)] + signed
        }
        let body = integer(r) + integer(s)
        let der = [0x30, UInt8(body.count)] + body
        #expect(!verifier.verify(message, signature: der, multiples))
        #expect(!verifier.verify(message, signature: Array(der.prefix(64)), multiples))
    }

    @Test("refuses a key for an algorithm that is not its own")
    func algorithmConfusion() throws {
        for algorithm in Algorithm.allCases where !algorithm.isSymmetric {
            let publicKey = try #require(try TestKeys.key(algorithm).publicKey)
            for other in Algorithm.allCases where other.keyType != algorithm.keyType {
                #expect(throws: CryptoError.self) { try Verifier(publicKey, algorithm: other) }
            }
            for other in KeyType.ecdsa.algorithms where algorithm.keyType == .ecdsa {
                #expect(publicKey.fits(other) == (other == algorithm))
            }
        }
    }

    @Test("does not take the public key for an HMAC secret")
    func publicKeyAsSecret() throws {
        // The classic attack: HS256 with the bytes of the RSA public key, which anybody has.
        let publicKey = try #require(try TestKeys.key(.rs256).publicKey)
        let forged = try Signer(PrivateKey(algorithm: .hs256, encoded: publicKey.pem))
        let signature = try forged.signature(of: message)
        for algorithm in [Algorithm.rs256, .ps256] {
            let verifier = try Verifier(publicKey, algorithm: algorithm)
            #expect(!verifier.verify(message, signature: signature))
        }
        #expect(throws: CryptoError.self) { try Verifier(publicKey, algorithm: .hs256) }
    }

    @Test("does not mix up PKCS #1 and PSS, or hashes")
    func paddings() throws {
        let rsa = try TestKeys.key(.rs256)
        let names: [Algorithm] = [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        for signing in names {
            let key = try PrivateKey(algorithm: signing, encoded: rsa.encoded)
            let signature = try Signer(key).signature(of: message)
            for verifying in names {
                let verifier = try Verifier(try #require(key.publicKey), algorithm: verifying)
                #expect(verifier.verify(message, signature: signature) == (signing == verifying))
            }
        }
    }
}
