internal import COpenSSL

/// An owned `BN_CTX`: what OpenSSL keeps between steps of a calculation. Freeing it wipes that, so one
/// that saw secrets lives no longer than their calculation.
struct NumberContext: ~Copyable {
    let raw: OpaquePointer

    init() throws(CryptoError) {
        raw = try check(BN_CTX_new(), .internalFailure)
    }

    deinit { BN_CTX_free(raw) }
}
