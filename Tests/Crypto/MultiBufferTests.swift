import Foundation
import TestSupport
import Testing

@testable import SignetCrypto

/// Signatures in lanes. What needs lanes is only run by a build with `SIGNET_CRYPTO_MB=1`, on a processor
/// that has them.
@Suite("Multi-buffer signatures")
struct MultiBufferTests {
    static let algorithms: [Algorithm] = [.eddsa, .es256, .rs256, .rs384, .rs512]

    /// Whether the build and the processor have lanes.
    static let hasLanes =
        (try? MultiBuffer.lanes(for: TestKeys.key(.eddsa)).map { _ in true }) == true

    /// Different messages, some of them empty or longer than a block.
    private func messages(_ count: Int) -> [[UInt8]] {
        (0..<count).map { [UInt8](repeating: UInt8($0), count: $0 * $0 * 7 % 400) }
    }

    @Test("signs batches of every size, with lanes or without", arguments: algorithms)
    func everySize(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let signer = try Signer(key)
        let verifier = try Verifier(key)
        let counts = algorithm.keyType == .rsa ? [1, 2, 3, 8, 11] : Array(0...20)
        for count in counts {
            let messages = messages(count)
            let made = try batchSignatures(messages, length: signer.signatureLength) {
                try signer.sign($0)
            }
            for (message, signature) in zip(messages, made) {
                #expect(verifier.verify(message, signature: signature))
                // One by one no lane is used.
                guard algorithm.isDeterministic else { continue }
                #expect(try signer.signature(of: message) == signature)
            }
            if !algorithm.isDeterministic {
                let nonces = Set(made.map { Array($0.prefix(32)) })
                #expect(nonces.count == count, "a nonce was used twice")
            }
        }
    }

    @Test(
        "signs in any number of lanes what Python accepts",
        .enabled(if: hasLanes, "no lanes"), arguments: algorithms)
    func lanes(_ algorithm: Algorithm) throws {
        let key = try TestKeys.key(algorithm)
        let length = try Signer(key).signatureLength
        let lanes = try #require(try MultiBuffer.lanes(for: key))
        let header = Base64URL.encode(Array(#"{"alg":"\#(algorithm.name)"}"#.utf8))
        var tokens: [String] = []
        for count in 1...MultiBuffer.laneCount {
            let messages = (0..<count).map { number in
                header + Array(".".utf8) + Base64URL.encode(Array(#"{"n":\#(number)}"#.utf8))
            }
            let made = try batchSignatures(messages, length: length) { try lanes.sign($0) }
            for (message, signature) in zip(messages, made) {
                let token = message + Array(".".utf8) + Base64URL.encode(signature)
                tokens.append(String(decoding: token, as: UTF8.self))
            }
        }
        let script = """
            import json, sys, jwt
            for token in json.load(sys.stdin):
                jwt.decode(token, sys.argv[1], algorithms=[sys.argv[2]])
            print("accepted")
            """
        let pem = String(decoding: try #require(key.publicKey).pem, as: UTF8.self)
        let output = try Python.run(
            script, arguments: [pem, algorithm.name], input: JSONEncoder().encode(tokens))
        #expect(String(decoding: output, as: UTF8.self) == "accepted\n")
    }

    @Test(
        "shows no signature of an RSA key whose halves do not fit",
        .enabled(if: hasLanes, "no lanes"))
    func faults() throws {
        // What a fault does to one half, a wrong exponent does as well: dp of another key.
        let pems = try Python.run(
            """
            from cryptography.hazmat.primitives.asymmetric import rsa
            n = rsa.generate_private_key(65537, 2048).private_numbers()
            def integer(number):
                octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
                size = len(octets).to_bytes(2, "big")
                return b"\\x02\\x82" + size + octets
            public = n.public_numbers
            body = b"".join(integer(x) for x in [
                0, public.n, public.e, n.d, n.p, n.q, n.dmp1 ^ 4, n.dmq1, n.iqmp])
            pkcs1 = b"\\x30\\x82" + len(body).to_bytes(2, "big") + body
            name = bytes.fromhex("300d06092a864886f70d0101010500")
            octets = b"\\x04\\x82" + len(pkcs1).to_bytes(2, "big") + pkcs1
            inner = b"\\x02\\x01\\x00" + name + octets
            print((b"\\x30\\x82" + len(inner).to_bytes(2, "big") + inner).hex())
            """)
        let key = try PrivateKey(
            algorithm: .rs256, encoded: bytes(hex: String(decoding: pems, as: UTF8.self)))
        let lanes = try #require(try MultiBuffer.lanes(for: key))
        #expect(lanes is RSALanes)
        var made: [[UInt8]] = []
        #expect(throws: CryptoError.self) {
            made = try batchSignatures(messages(8), length: 256) { inputs in
                defer {
                    for input in inputs {
                        let bytes = UnsafeRawBufferPointer(start: input.signature, count: 256)
                        #expect(bytes.allSatisfy { $0 == 0 })
                    }
                }
                try lanes.sign(inputs)
            }
        }
        #expect(made.isEmpty)
    }

    @Test(
        "has no lanes for RSA keys of other sizes and exponents, PSS, and other curves",
        .enabled(if: hasLanes, "no lanes"))
    func withoutLanes() throws {
        for algorithm: Algorithm in [.ps256, .es384, .es512, .hs256] {
            #expect(try MultiBuffer.lanes(for: TestKeys.key(algorithm)) == nil)
        }
        let pem = try Python.run(
            """
            from cryptography.hazmat.primitives import serialization as s
            from cryptography.hazmat.primitives.asymmetric import rsa
            for exponent, bits in [(3, 2048), (65537, 2560)]:
                key = rsa.generate_private_key(exponent, bits)
                print(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8,
                                        s.NoEncryption()).decode())
            """)
        let pems = String(decoding: pem, as: UTF8.self).components(separatedBy: "\n\n")
            .filter { $0.contains("BEGIN") }
        #expect(pems.count == 2)
        for pem in pems {
            let key = try PrivateKey(pem: Array((pem + "\n").utf8), algorithm: .rs256)
            #expect(try MultiBuffer.lanes(for: key) == nil)
            let message = Array("message".utf8)
            let made = try batchSignatures(
                [message, message, message], length: Signer(key).signatureLength
            ) {
                try Signer(key).sign($0)
            }
            #expect(try made.allSatisfy { try Verifier(key).verify(message, signature: $0) })
        }
    }
}
