internal import COpenSSL

/// An owned `EC_KEY`: what is below an `EVP_PKEY` of a NIST curve. Freed exactly once, and the private
/// number in it wiped.
struct ECKey: ~Copyable {
    let raw: OpaquePointer

    /// Takes the numbers out of `key`, which is not needed after that.
    init(_ key: borrowing PKey) throws(CryptoError) {
        raw = try check(EVP_PKEY_get1_EC_KEY(key.raw), .internalFailure)
    }

    deinit { EC_KEY_free(raw) }
}
