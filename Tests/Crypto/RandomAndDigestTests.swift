import Foundation
import SignetCrypto
import TestSupport
import Testing

@Suite("Random bytes, digests, comparison")
struct RandomAndDigestTests {
    @Test("hands out every byte once")
    func unique() {
        let pool = RandomPool()
        var words: Set<UInt64> = []
        for _ in 0..<5000 { words.insert(pool.nextUInt64()) }
        #expect(words.count == 5000)
        // Sizes that do not divide the block, and more than a block.
        for count in [0, 1, 7, 1000, 1024, 1025, 4095, 4096, 10_000] {
            for _ in 0..<5 {
                let bytes = pool.bytes(count)
                #expect(bytes.count == count)
                // Eight zero bytes in a row come up by chance once in 10^16 tests.
                let zeros = bytes.split(omittingEmptySubsequences: true) { $0 != 0 }
                #expect(zeros.allSatisfy { $0.count < 8 })
            }
        }
    }

    @Test("makes keys of 128 characters out of 64, all of them about equally often")
    func keyText() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        #expect(randomKeyText().count == 128 && randomKeyText() != randomKeyText())
        var counts: [UInt8: Int] = [:]
        for byte in RandomPool().keyText(length: 64_000) { counts[byte, default: 0] += 1 }
        #expect(Set(counts.keys) == alphabet)
        // The expectation is 1000 with a standard deviation of 31: seven of them either way.
        #expect(counts.values.allSatisfy { (780...1220).contains($0) })
    }

    @Test("digests the vectors of FIPS 180-4, again and again")
    func sha256() throws {
        let vectors = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
        for _ in 0..<3 {
            for (text, expected) in vectors {
                #expect(SHA256Digest.digest(Array(text.utf8)) == bytes(hex: expected))
            }
        }
    }

    @Test("compares whole byte strings")
    func comparison() {
        #expect(constantTimeEqual([] as [UInt8], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(!constantTimeEqual([], [0]))
        for index in 0..<40 {
            var other = [UInt8](repeating: 9, count: 40)
            other[index] ^= 0x80
            #expect(!constantTimeEqual([UInt8](repeating: 9, count: 40), other))
        }
    }

    @Test("knows algorithms by their names, which are case-sensitive")
    func names() {
        let names = [
            "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
            "ES256",
            "ES384", "ES512", "EdDSA",
        ]
        #expect(Algorithm.allCases.map(\.name) == names)
        #expect(names.map { Algorithm(name: $0) } == Algorithm.allCases)
        for name in ["", "none", "hs256", "EDDSA", "ES256K", "HS256 "] {
            #expect(Algorithm(name: name) == nil)
        }
        #expect(KeyType.allCases.map(\.name) == ["RSA", "ECDSA", "OKP", "OCT"])
        #expect(KeyType(name: "RSA")?.algorithms.map(\.name) == Array(names[3..<9]))
        #expect(KeyType(name: "rsa") == nil)
        #expect(KeyType.allCases.flatMap(\.algorithms).count == names.count)
    }
}
