internal import COpenSSL
internal import Synchronization

/// Multiples of the point of one P-256 key, with which a verification takes less than half as long
/// (docs/decisions/0036-key-multiples.md): 150 KB, calculated in some 15 milliseconds.
///
/// `@unchecked Sendable`: nothing changes it, and OpenSSL only reads it. Any thread may use it.
package final class KeyMultiples: @unchecked Sendable {
    /// There are no more of them in a process, but for what two threads make at the same time: 10 MB.
    package static let countMax = 64
    private static let count = Atomic<Int>(0)

    private let curve: KeyCurve
    /// The curve with the key's point for its generator; belongs to this.
    var group: OpaquePointer { curve.raw }

    /// Calculates those of `key`. Throws `unsupportedKey` for one that is not on P-256, or when there
    /// are `max` of them already.
    package init(_ key: PublicKey, max: Int = countMax) throws(CryptoError) {
        guard key.form == .p256, Self.count.load(ordering: .relaxed) < max else {
            throw CryptoError(.unsupportedKey)
        }
        let key = try ECKey(key.makePKey())
        curve = try KeyCurve(of: key)
        // From here on this is whole, and goes by its deinitialiser also if it throws.
        Self.count.add(1, ordering: .relaxed)
        try curve.generate(by: key)
    }

    deinit { Self.count.subtract(1, ordering: .relaxed) }
}

/// An owned `EC_GROUP` whose generator is the point of a key, since OpenSSL keeps multiples of a generator alone.
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
        let point = try check(EC_KEY_get0_public_key(key.raw), .internalFailure)
        let status = try EC_GROUP_set_generator(raw, point, key.order, BN_value_one())
        try check(status, .internalFailure)
        try check(EC_GROUP_precompute_mult(raw, context.raw), .internalFailure)
    }
}
