import Foundation
import TestSupport
import Testing

@testable import SignetCrypto

/// What keeps two digests from ever sharing a nonce.
@Suite("ECDSA nonces")
struct ECDSANoncesTests {
    private static let order = bytes(
        hex: "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")

    private let key = [UInt8](repeating: 0x11, count: 32)
    private let digest = [UInt8](repeating: 0x22, count: 32)

    private func nonces(
        order: [UInt8] = order, key: [UInt8],
        random: @escaping ECDSANonces.RandomSource = { RandomPool().fill($0) }
    ) throws -> ECDSANonces {
        let order = try BigNumber(order)
        let key = try BigNumber(key)
        return try ECDSANonces(order: order.raw, privateNumber: key.raw, random: random)
    }

    /// A nonce, as long as the digest.
    private func make(_ nonces: ECDSANonces, _ digest: [UInt8]) throws -> [UInt8] {
        let number = try BigNumber()
        try digest.withBytes { digest throws(CryptoError) in try nonces.make(number, for: digest) }
        return number.bytes(length: digest.count)
    }

    /// A generator that gives the same byte for ever.
    private func stuck(_ byte: UInt8) -> ECDSANonces.RandomSource {
        { $0.initializeMemory(as: UInt8.self, repeating: byte) }
    }

    @Test("is the start of SHA-512 of the attempt, the key, the digest and the random bytes")
    func construction() throws {
        let script = """
            import hashlib, sys
            sys.stdout.buffer.write(hashlib.sha512(
                bytes(1) + bytes([0x11]) * 32 + bytes([0x22]) * 32 + bytes([0x33]) * 32).digest())
            """
        let expected = Array(try Python.run(script).prefix(32))
        let source = try nonces(key: key, random: stuck(0x33))
        #expect(try make(source, digest) == expected)
        source.wipe()
        #expect(try make(source, digest) == expected)
    }

    @Test("changes with the message, the key and the random bytes, each by itself")
    func ingredients() throws {
        var seen: Set<[UInt8]> = []
        for byte in UInt8(0)..<100 {
            let other = [UInt8](repeating: byte, count: 31) + [1]
            seen.insert(try make(nonces(key: key, random: stuck(0x33)), other))
            seen.insert(try make(nonces(key: other, random: stuck(0x33)), digest))
            seen.insert(try make(nonces(key: key, random: stuck(byte)), digest))
        }
        // One of the last kind, 0x33, has no ingredient changed; none of the others equals it.
        #expect(seen.count == 300)
        let source = try nonces(key: key)
        for _ in 0..<100 { seen.insert(try make(source, digest)) }
        #expect(seen.count == 400)
    }

    @Test(
        "hits every number from 1 to the order - 1 equally often", arguments: [2, 3, 5, 7, 13, 16])
    func uniform(_ order: UInt8) throws {
        let source = try nonces(order: [order], key: [1])
        var counts: [UInt8: Int] = [:]
        let total = 8000
        for number in 0..<total {
            counts[try make(source, [UInt8(truncatingIfNeeded: number)])[0], default: 0] += 1
        }
        #expect(counts.keys.sorted() == Array(1..<order))
        let expected = Double(total) / Double(order - 1)
        // Seven standard deviations either way.
        let margin = 7 * expected.squareRoot()
        #expect(counts.values.allSatisfy { abs(Double($0) - expected) <= margin })
    }

    @Test("leads to an end when the generator is stuck and half of all candidates are refused")
    func stuckGenerator() throws {
        // 2^255 + 1: no more than half of the numbers of 256 bits are below it.
        let order = [0x80] + [UInt8](repeating: 0, count: 30) + [1]
        let source = try nonces(order: order, key: key, random: stuck(0))
        var seen: Set<[UInt8]> = []
        for number in UInt8(0)..<200 {
            let nonce = try make(source, [UInt8](repeating: number, count: 32))
            #expect(nonce.lexicographicallyPrecedes(order))
            seen.insert(nonce)
        }
        #expect(seen.count == 200)
    }

    @Test("gives up when no number fits")
    func noNumber() throws {
        let source = try nonces(order: [1], key: [1])
        #expect(reason { try make(source, [0]) } == .signingFailed)
    }
}
