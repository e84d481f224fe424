import Foundation
import TestSupport
import Testing

@testable import SignetCrypto

/// Signatures that share their inversions.
@Suite("ECDSA batches")
struct ECDSABatchTests {
    private static let algorithms: [Algorithm] = [.es256, .es384, .es512]

    /// The signatures of `messages`, made as one batch of a `Signer`.
    private func sign(_ messages: [[UInt8]], with signer: Signer) throws -> [[UInt8]] {
        try batchSignatures(messages, length: signer.signatureLength) { try signer.sign($0) }
    }

    /// The signatures of digests with the given nonces, made side by side.
    private func sign(
        _ inputs: [(digest: [UInt8], nonce: [UInt8])], with batch: ECDSABatch, length: Int
    ) throws -> [[UInt8]] {
        let context = try NumberContext()
        defer { batch.wipe(inputs.count) }
        for (index, input) in inputs.enumerated() {
            try input.digest.withUnsafeBytes { digest in
                try batch.add(index, digest: digest, context) { nonce throws(CryptoError) in
                    try input.nonce.withBytes { bytes throws(CryptoError) in
                        try nonce.assign(bytes)
                    }
                }
            }
        }
        try batch.sign(inputs.count, context)
        return try inputs.indices.map { index in
            var signature = [UInt8](repeating: 0, count: length)
            let isWritten = try batch.write(index, to: &signature)
            #expect(isWritten)
            return signature
        }
    }

    private func digest(_ message: String, _ hash: Hash) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: hash.length)
        Array(message.utf8).withUnsafeBytes { hash.digest($0, into: &digest) }
        return digest
    }

    @Test(
        "makes the RFC's signatures from the RFC's nonces, at every place",
        arguments: RFC6979Key.all)
    func knownNonces(_ known: RFC6979Key) throws {
        let key = try known.key()
        let hash = try #require(known.algorithm.hash)
        let length = try Signer(key).signatureLength
        let batch = try ECDSABatch(ECKey(key.makePKey()))
        for count in [1, 2, 3, NumberRow.countMax] {
            let signatures = (0..<count).map { known.signatures[$0 * $0 / 3 % 2] }
            let inputs = signatures.map {
                (digest: digest($0.message, hash), nonce: bytes(hex: $0.k))
            }
            let made = try sign(inputs, with: batch, length: length)
            #expect(made == signatures.map { bytes(hex: $0.r + $0.s) })
        }
    }

    @Test(
        "signs a digest that is a number above the order",
        arguments: [
            (RFC6979Key.all[0], "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"),
            (
                RFC6979Key.all[1],
                "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77A"
                    + "ECEC196ACCC52973"
            ),
        ])
    func largeDigest(_ known: RFC6979Key, _ order: String) throws {
        let signature = known.signatures[0]
        let digest = String(repeating: "F", count: order.count)
        // FIPS 186-5 section 6.4.1, steps 9 and 10.
        let script = """
            import sys
            n, k, r, d, e = (int(text, 16) for text in sys.argv[1:])
            s = pow(k, -1, n) * (e + r * d) % n
            sys.stdout.write(f"{s:0{len(sys.argv[1])}x}")
            """
        let s = try Python.run(
            script, arguments: [order, signature.k, signature.r, known.d, digest])
        let batch = try ECDSABatch(ECKey(known.key().makePKey()))
        let input = (digest: bytes(hex: digest), nonce: bytes(hex: signature.k))
        let made = try sign([input, input], with: batch, length: order.count)
        let expected = bytes(hex: signature.r + String(decoding: s, as: UTF8.self))
        #expect(made == [expected, expected])
    }

    @Test("refuses to sign with a nonce of zero, and goes on after that", arguments: RFC6979Key.all)
    func zeroNonce(_ known: RFC6979Key) throws {
        let key = try known.key()
        let hash = try #require(known.algorithm.hash)
        let length = try Signer(key).signatureLength
        let batch = try ECDSABatch(ECKey(key.makePKey()))
        let first = known.signatures[0]
        let good = (digest: digest(first.message, hash), nonce: bytes(hex: first.k))
        for place in 0..<3 {
            var inputs = [good, good, good]
            inputs[place].nonce = [0]
            let refusal = reason { try sign(inputs, with: batch, length: length) }
            #expect(refusal == .signingFailed)
            let made = try sign([good], with: batch, length: length)
            #expect(made == [bytes(hex: first.r + first.s)])
        }
    }

    @Test(
        "signs batches of every size, each message with a nonce of its own",
        arguments: algorithms, [1, 2, 3, 15, 16, 17, 19, 40])
    func sizes(_ algorithm: Algorithm, _ count: Int) throws {
        let key = try TestKeys.key(algorithm)
        let (signer, verifier) = (try Signer(key), try Verifier(key))
        // Twice with one signer, the same message and others.
        var seen: Set<[UInt8]> = []
        let rounds = [
            [[UInt8]](repeating: Array("message".utf8), count: count),
            (0..<count).map { Array("message \($0)".utf8) },
        ]
        for messages in rounds {
            for (message, signature) in zip(messages, try sign(messages, with: signer)) {
                #expect(verifier.verify(message, signature: signature))
                #expect(!verifier.verify(message + [0], signature: signature))
                seen.insert(Array(signature.prefix(signature.count / 2)))
            }
        }
        #expect(seen.count == 2 * count)
    }

    @Test("makes batches that PyJWT accepts", arguments: algorithms)
    func python(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let header = Base64URL.encode(Array(#"{"alg":"\#(algorithm.name)"}"#.utf8))
        let messages = (0..<NumberRow.countMax).map { number in
            header + [UInt8(ascii: ".")] + Base64URL.encode(Array(#"{"n":\#(number)}"#.utf8))
        }
        let signatures = try sign(messages, with: Signer(key))
        let tokens = zip(messages, signatures).map { message, signature in
            message + [UInt8(ascii: ".")] + Base64URL.encode(signature)
        }
        let script = """
            import sys, jwt
            key, algorithm = sys.argv[1:]
            for number, token in enumerate(sys.stdin.read().split()):
                assert jwt.decode(token, key, algorithms=[algorithm]) == {"n": number}
            print(number + 1)
            """
        let pem = String(decoding: try #require(key.publicKey).pem, as: UTF8.self)
        let output = try Python.run(
            script, arguments: [pem, algorithm.name],
            input: Data(tokens.joined(separator: [UInt8(ascii: "\n")])))
        #expect(String(decoding: output, as: UTF8.self) == "\(NumberRow.countMax)\n")
    }

    @Test("makes 10,000 signatures of one message with 10,000 nonces, in range")
    func many() throws {
        let key = try TestKeys.key(.es256)
        let (signer, verifier) = (try Signer(key), try Verifier(key))
        let message = Array("message".utf8)
        let order = bytes(
            hex: "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
        let zero = [UInt8](repeating: 0, count: order.count)
        let signatures = try sign(
            [[UInt8]](repeating: message, count: 10_000), with: signer)
        var (rs, ss): (Set<[UInt8]>, Set<[UInt8]>) = ([], [])
        var areInRange = true
        for signature in signatures {
            let (r, s) = (Array(signature.prefix(32)), Array(signature.suffix(32)))
            for number in [r, s] {
                areInRange =
                    areInRange && number != zero && number.lexicographicallyPrecedes(order)
            }
            rs.insert(r)
            ss.insert(s)
        }
        #expect(areInRange && rs.count == 10_000 && ss.count == 10_000)
        for signature in signatures.prefix(200) {
            #expect(verifier.verify(message, signature: signature))
        }
    }
}
