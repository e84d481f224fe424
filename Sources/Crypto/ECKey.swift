internal import COpenSSL

/// An owned `EC_KEY`: what is below an `EVP_PKEY` of a NIST curve. Freed exactly once, and the private
/// number in it wiped.
struct ECKey: ~Copyable {
    let raw: OpaquePointer

    /// Takes the numbers out of `key`, which is not needed after that.
    init(_ key: borrowing PKey) throws(CryptoError) {
        raw = try check(EVP_PKEY_get1_EC_KEY(key.raw), .internalFailure)
    }

    /// The same key once more.
    init(sharing key: borrowing ECKey) throws(CryptoError) {
        try check(EC_KEY_up_ref(key.raw), .internalFailure)
        raw = key.raw
    }

    deinit { EC_KEY_free(raw) }

    /// The curve; belongs to the key.
    var group: OpaquePointer {
        get throws(CryptoError) { try check(EC_KEY_get0_group(raw), .internalFailure) }
    }

    /// The number of points, a prime; belongs to the key.
    var order: OpaquePointer {
        get throws(CryptoError) { try check(EC_GROUP_get0_order(group), .internalFailure) }
    }

    /// The public point; belongs to the key.
    var point: OpaquePointer {
        get throws(CryptoError) { try check(EC_KEY_get0_public_key(raw), .internalFailure) }
    }

    /// The private number; belongs to the key.
    var privateNumber: OpaquePointer {
        get throws(CryptoError) { try check(EC_KEY_get0_private_key(raw), .internalFailure) }
    }
}
