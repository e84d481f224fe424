internal import COpenSSL
internal import Synchronization

/// Multiples of the point of one P-256 key, with which a signature is verified in less than half the time
/// (docs/decisions/0036-key-multiples.md): 151 KB.
///
/// `@unchecked Sendable`: nothing changes it, and OpenSSL only reads it. Any thread may use it.
package final class KeyMultiples: @unchecked Sendable {
    /// There are no more of them in a process, but for what threads calculate at the same time: 10 MB.
    package static let countMax = 64
    private static let count = Atomic<Int>(0)

    private let curve: KeyCurve
    /// The curve with the key's point for its generator; belongs to this.
    var group: OpaquePointer { curve.raw }

    /// Whether they make the verification of an algorithm's signatures quicker. Elsewhere OpenSSL has no code of its own
    /// for P-256, and multiplies a generator no quicker than any other point.
    package static func areUseful(for algorithm: Algorithm) -> Bool {
        #if arch(x86_64) || arch(arm64)
            algorithm == .es256
        #else
            false
        #endif
    }

    /// Calculates those of `key`, in some 20 milliseconds; nil when there are `max` already. Throws
    /// `unsupportedKey` for a key that is not on P-256.
    package static func calculate(
        of key: PublicKey, max: Int = countMax
    ) throws(CryptoError) -> KeyMultiples? {
        guard key.form == .p256 else { throw CryptoError(.unsupportedKey) }
        guard count.load(ordering: .relaxed) < max else { return nil }
        return try KeyMultiples(ECKey(key.makePKey()))
    }

    private init(_ key: borrowing ECKey) throws(CryptoError) {
        curve = try KeyCurve(of: key)
        // From here on this is whole, and goes by its deinitialiser also if it throws.
        Self.count.add(1, ordering: .relaxed)
        try curve.generate(by: key)
    }

    deinit { Self.count.subtract(1, ordering: .relaxed) }
}

/// An owned `EC_GROUP` whose generator is the point of a key, since OpenSSL keeps multiples of a
/// generator alone.
private struct KeyCurve: ~Copyable {
    let raw: OpaquePointer

    /// The curve of `key`, with the generator that is everybody's.
    init(of key: borrowing ECKey) throws(CryptoError) {
        raw = try check(EC_GROUP_dup(key.group), .internalFailure)
    }

    deinit { EC_GROUP_free(raw) }

    /// Makes the point of `key` the generator, and calculates its multiples.
    borrowing func generate(by key: borrowing ECKey) throws(CryptoError) {
        let context = try NumberContext()
        let status = try EC_GROUP_set_generator(raw, key.point, key.order, BN_value_one())
        try check(status, .internalFailure)
        try check(EC_GROUP_precompute_mult(raw, context.raw), .internalFailure)
    }
}
