import Foundation
import TestSupport
import Testing

@testable import SignetCrypto

@Suite("A password hash")
struct PasswordHashTests {
    /// Little, so that the tests are quick.
    private static let cost = PasswordHash.Cost(memoryKiB: 64, iterations: 2)
    /// Of every kind: what people type, no bytes at all, and what is no text.
    private static let passwords: [[UInt8]] = [
        Array("#thePassword1234!".utf8), Array("пароль \u{1F511}".utf8), [], [0], [0, 1, 0, 255],
        [UInt8](repeating: 7, count: 10_000),
    ]

    @Test("matches its own password and no other", arguments: passwords)
    func matches(bytes: [UInt8]) throws {
        let hash = try PasswordHash.make(SecretBytes(bytes), cost: Self.cost)
        #expect(hash.cost == Self.cost)
        #expect(try hash.matches(SecretBytes(bytes)))
        for other in [bytes + [0], bytes + [UInt8(ascii: "x")], Array(bytes.dropLast()) + [9]] {
            #expect(try !hash.matches(SecretBytes(other)))
        }
        let read = try #require(PasswordHash(hash.text))
        #expect(read == hash)
        // Each has a salt of its own.
        #expect(try PasswordHash.make(SecretBytes(bytes), cost: Self.cost) != hash)
    }

    @Test("is what argon2-cffi takes for the password's hash, and for no other's")
    func ours() throws {
        let costs = [Self.cost, .standard, PasswordHash.Cost(memoryKiB: 8, iterations: 1)]
        var lines: [String] = []
        for (password, cost) in Self.passwords.flatMap({ word in costs.map { (word, $0) } }) {
            let hash = try PasswordHash.make(SecretBytes(password), cost: cost)
            lines.append(
                "\(Data(password).base64EncodedString()) \(String(decoding: hash.text, as: UTF8.self)) "
                    + "\(cost.memoryKiB) \(cost.iterations)")
        }
        let script = """
            import base64, sys
            from argon2 import PasswordHasher, Type, extract_parameters
            from argon2.exceptions import VerifyMismatchError
            count = 0
            for line in sys.stdin.read().splitlines():
                password, text, memory, iterations = line.split(" ")
                password = base64.b64decode(password)
                cost = extract_parameters(text)
                assert cost.type is Type.ID and cost.version == 19 and cost.parallelism == 1
                assert (cost.memory_cost, cost.time_cost) == (int(memory), int(iterations))
                assert (cost.salt_len, cost.hash_len) == (16, 32)
                assert PasswordHasher().verify(text, password)
                try:
                    PasswordHasher().verify(text, password + b"x")
                    raise SystemExit("accepted " + text)
                except VerifyMismatchError:
                    count += 1
            print(count)
            """
        let output = try Python.run(script, input: Data(lines.joined(separator: "\n").utf8))
        #expect(String(decoding: output, as: UTF8.self) == "\(lines.count)\n")
    }

    @Test("matches what argon2-cffi has hashed")
    func theirs() throws {
        let script = """
            import base64, sys
            from argon2 import PasswordHasher
            for line in sys.stdin.read().split(" "):
                for memory, iterations in ((8, 1), (1024, 3), (19456, 2)):
                    print(PasswordHasher(iterations, memory, 1).hash(base64.b64decode(line)))
            """
        let input = Self.passwords.map { Data($0).base64EncodedString() }.joined(separator: " ")
        let output = try Python.run(script, input: Data(input.utf8))
        let texts = String(decoding: output, as: UTF8.self).split(separator: "\n")
        try #require(texts.count == 3 * Self.passwords.count)
        for (index, text) in texts.enumerated() {
            let password = Self.passwords[index / 3]
            let hash = try #require(PasswordHash(Array(text.utf8)), "\(text)")
            #expect(try hash.matches(SecretBytes(password)))
            #expect(try !hash.matches(SecretBytes(password + [1])))
        }
        #expect(PasswordHash(Array(texts[1].utf8))?.cost == .init(memoryKiB: 1024, iterations: 3))
    }

    /// Well formed; of no password.
    private static let good =
        "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\(String(repeating: "A", count: 43))"

    @Test(
        "is read only as we write it, and never when it would take the machine",
        arguments: [
            ("argon2id", "argon2i"), ("argon2id", "argon2d"), ("argon2id", "argon2"),
            ("argon2id", "Argon2id"), ("v=19", "v=16"), ("v=19$", ""), ("m=64", "m=7"),
            ("m=64", "m=262145"), ("m=64", "m=4194304"), ("m=64", "m=99999999999999999999"),
            ("m=64", "m=064"), ("m=64", "m=+64"), ("m=64", "m=-64"), ("m=64", "m="),
            ("m=64", "n=64"), ("t=2", "t=0"), ("t=2", "t=17"), ("t=2", "t=4294967295"),
            ("t=2,", ""), ("m=64,t=2", "t=2,m=64"), ("p=1", "p=2"), ("p=1", "p=16777215"),
            ("p=1", "p=1,keyid=AA"), ("p=1$", "p=1$$"), ("c29t", "29t"), ("c29t", "c29tc29t"),
            // The last character's lowest bits belong to no byte: another spelling of the same.
            ("FsdA", "FsdB"), ("FsdA$", "FsdA==$"), ("c29t", "c29-"),
            ("$AAAA", "$AAA"), ("$AAAA", "$AAAAAAAA"), ("$argon", "argon"), ("$argon", " $argon"),
        ])
    func refuses(what: String, with other: String) throws {
        #expect(PasswordHash(Array(Self.good.utf8)) != nil)
        let text = Self.good.replacingOccurrences(of: what, with: other)
        try #require(text != Self.good)
        #expect(PasswordHash(Array(text.utf8)) == nil, "\(text)")
    }

    @Test("is read neither with anything behind it, nor cut off")
    func refusesLengths() {
        let good = Array(Self.good.utf8)
        for end in [[0], [10], [UInt8(ascii: "$")], [UInt8(ascii: "=")], [UInt8(ascii: "A")]] {
            #expect(PasswordHash(good + end) == nil)
        }
        for length in 0..<good.count { #expect(PasswordHash(Array(good[..<length])) == nil) }
    }

    @Test("of nothing is a hash like others that no password has")
    func ofNothing() throws {
        let nothing = PasswordHash.ofNothing(cost: Self.cost)
        #expect(PasswordHash(nothing.text) == nothing)
        for password in Self.passwords { #expect(try !nothing.matches(SecretBytes(password))) }
        let script = """
            import sys
            from argon2 import PasswordHasher
            from argon2.exceptions import VerifyMismatchError
            try:
                PasswordHasher().verify(sys.argv[1], "password")
            except VerifyMismatchError:
                print("no")
            """
        let text = String(decoding: nothing.text, as: UTF8.self)
        #expect(try Python.run(script, arguments: [text]) == Data("no\n".utf8))
    }

    @Test("is not told wrong, and not made, when there is no memory for it")
    func noMemory() async {
        await #expect(processExitsWith: .success) {
            let cost = PasswordHash.Cost(memoryKiB: 262_144, iterations: 1)
            let (password, hash) = (SecretBytes([1]), PasswordHash.ofNothing(cost: cost))
            let pages = try #require(
                String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
                    .first.flatMap { rlim_t($0) })
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
            limit.rlim_cur = pages * 4096 + 128 << 20
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
            func failure(_ body: () throws(CryptoError) -> Void) -> CryptoError.Reason? {
                do throws(CryptoError) {
                    try body()
                    return nil
                } catch {
                    return error.reason
                }
            }
            let (matching, making) = (
                failure { () throws(CryptoError) in _ = try hash.matches(password) },
                failure { () throws(CryptoError) in
                    _ = try PasswordHash.make(password, cost: cost)
                }
            )
            precondition(matching == .internalFailure && making == .internalFailure)
        }
    }

    @Test("is below a cost that is more in memory or in iterations")
    func below() {
        let cost = PasswordHash.Cost(memoryKiB: 64, iterations: 2)
        #expect(!cost.isBelow(cost))
        #expect(cost.isBelow(.init(memoryKiB: 65, iterations: 1)))
        #expect(cost.isBelow(.init(memoryKiB: 8, iterations: 3)))
        #expect(!cost.isBelow(.init(memoryKiB: 64, iterations: 1)))
        #expect(!cost.isBelow(.init(memoryKiB: 8, iterations: 2)))
    }

    @Test("shows nothing of itself")
    func hidden() throws {
        let password = SecretBytes(Array("secret-word".utf8))
        let hash = try PasswordHash.make(password, cost: Self.cost)
        let texts = ["\(hash)", String(reflecting: hash), Self.dump(hash), Self.dump(password)]
        for text in texts {
            #expect(!text.contains("secret-"))
            #expect(!text.contains("argon2id"))
        }
    }

    private static func dump(_ value: some Any) -> String {
        var text = ""
        Swift.dump(value, to: &text)
        return text
    }
}
