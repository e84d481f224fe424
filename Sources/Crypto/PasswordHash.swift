internal import CSodium

/// A password as the store keeps it: Argon2id (RFC 9106) with its cost and salt, as a PHC string
/// (`$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`). Making and comparing take long and much memory:
/// never on a loop.
package struct PasswordHash: Sendable, Equatable {
    /// What a hash costs whoever makes it, or tries a password.
    package struct Cost: Sendable, Equatable {
        /// The memory, in KiB.
        package let memoryKiB: Int
        /// How often the memory is gone through.
        package let iterations: Int

        /// 19 MiB, twice: about 25 ms of a core.
        package static let standard = Cost(memoryKiB: 19 * 1024, iterations: 2)

        /// What is made and what is tried. A hash that asks for more is none of ours, and must not
        /// take the machine.
        package static let memoryKiBLimits = 8...262_144
        package static let iterationLimits = 1...16

        /// Traps outside of the limits.
        package init(memoryKiB: Int, iterations: Int) {
            precondition(Self.memoryKiBLimits.contains(memoryKiB))
            precondition(Self.iterationLimits.contains(iterations))
            self.memoryKiB = memoryKiB
            self.iterations = iterations
        }

        /// Whether it is less than `other` in memory or in iterations.
        package func isBelow(_ other: Cost) -> Bool {
            memoryKiB < other.memoryKiB || iterations < other.iterations
        }
    }

    private static let saltLength = 16
    private static let hashLength = 32

    /// What it cost.
    package let cost: Cost
    private let salt: [UInt8]
    private let hash: [UInt8]

    private init(cost: Cost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// Hashes a password with a new salt. Throws `internalFailure` when there is no memory for it.
    package static func make(
        _ password: SecretBytes, cost: Cost
    ) throws(CryptoError) -> PasswordHash {
        let salt = RandomPool().bytes(saltLength)
        return PasswordHash(
            cost: cost, salt: salt, hash: try derive(password, salt: salt, cost: cost))
    }

    /// A hash of no password, for the work of comparing with it: random bytes, made in no time.
    package static func ofNothing(cost: Cost) -> PasswordHash {
        let random = RandomPool()
        return PasswordHash(
            cost: cost, salt: random.bytes(saltLength), hash: random.bytes(hashLength))
    }

    /// Whether this is the hash of `password`. Throws `internalFailure` when there is no memory to
    /// find out.
    package func matches(_ password: SecretBytes) throws(CryptoError) -> Bool {
        constantTimeEqual(try Self.derive(password, salt: salt, cost: cost), hash)
    }

    // Not crypto_pwhash_str_verify, which takes a password for wrong when it has no memory.
    private static func derive(
        _ password: SecretBytes, salt: [UInt8], cost: Cost
    ) throws(CryptoError) -> [UInt8] {
        try Sodium.setUp()
        var hash = [UInt8](repeating: 0, count: hashLength)
        let status = password.withCharacters { characters, count in
            crypto_pwhash(
                &hash, UInt64(hashLength), characters, count, salt, UInt64(cost.iterations),
                cost.memoryKiB * 1024, crypto_pwhash_ALG_ARGON2ID13)
        }
        guard status == 0 else { throw CryptoError(.internalFailure) }
        return hash
    }
}

extension PasswordHash {
    /// The PHC string.
    package var text: [UInt8] {
        let parameters = "$argon2id$v=19$m=\(cost.memoryKiB),t=\(cost.iterations),p=1"
        return Array(parameters.utf8) + Self.part(salt) + Self.part(hash)
    }

    /// PHC strings have no padding.
    private static func part(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(ascii: "$")] + Base64.encode(bytes).filter { $0 != UInt8(ascii: "=") }
    }
}

extension PasswordHash {
    /// Reads a PHC string as the store has it. Nil unless it is Argon2id of version 19 with one lane,
    /// 16 bytes of salt and 32 of hash, in its one spelling and within the limits of `Cost`.
    package init?(_ text: [UInt8]) {
        // An empty part comes first.
        let parts = text.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1].elementsEqual("argon2id".utf8),
            parts[2].elementsEqual("v=19".utf8), let cost = Cost(parts[3]),
            let salt = Self.bytes(parts[4], count: Self.saltLength),
            let hash = Self.bytes(parts[5], count: Self.hashLength)
        else { return nil }
        self.init(cost: cost, salt: salt, hash: hash)
    }

    private static func bytes(_ text: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count & 3) & 3)
        guard text.last != UInt8(ascii: "="), let bytes = Base64.decode(Array(text) + padding),
            bytes.count == count
        else { return nil }
        return bytes
    }
}

extension PasswordHash.Cost {
    /// Reads `m=19456,t=2,p=1`.
    fileprivate init?(_ text: ArraySlice<UInt8>) {
        let fields = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard fields.count == 3, fields[2].elementsEqual("p=1".utf8),
            let memory = Self.number(fields[0], after: "m="),
            let iterations = Self.number(fields[1], after: "t="),
            Self.memoryKiBLimits.contains(memory), Self.iterationLimits.contains(iterations)
        else { return nil }
        self.init(memoryKiB: memory, iterations: iterations)
    }

    /// Digits without leading zeros.
    private static func number(_ field: ArraySlice<UInt8>, after name: String) -> Int? {
        guard field.starts(with: name.utf8) else { return nil }
        let digits = String(decoding: field.dropFirst(name.utf8.count), as: UTF8.self)
        guard let number = Int(digits), "\(number)" == digits else { return nil }
        return number
    }
}

extension SecretBytes {
    /// As libsodium takes it: it wants an address even for nothing.
    fileprivate func withCharacters<Result>(
        _ body: (UnsafePointer<CChar>, UInt64) -> Result
    ) -> Result {
        withBytes { bytes in
            guard let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress else {
                return withUnsafePointer(to: 0 as CChar) { body($0, 0) }
            }
            return body(start, UInt64(bytes.count))
        }
    }
}

extension PasswordHash: CustomStringConvertible, CustomReflectable {
    /// Says what it cost and not what it is.
    package var description: String { "PasswordHash(m=\(cost.memoryKiB),t=\(cost.iterations))" }

    /// Empty, so that `dump` shows no bytes.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
