internal import COpenSSL

/// A hash function fetched from OpenSSL's providers, once, because every implicit fetch costs about
/// half a microsecond in OpenSSL 3.0.
struct FetchedDigest: ~Copyable {
    let raw: OpaquePointer

    init(_ hash: Hash) throws(CryptoError) {
        raw = try check(EVP_MD_fetch(nil, hash.fetchName, nil), .internalFailure)
    }

    deinit { EVP_MD_free(raw) }
}

/// An owned `EVP_MD_CTX`.
struct DigestContext: ~Copyable {
    let raw: OpaquePointer

    init() throws(CryptoError) {
        raw = try check(EVP_MD_CTX_new(), .internalFailure)
    }

    /// A context that is ready to take the bytes to be hashed.
    init(_ digest: borrowing FetchedDigest) throws(CryptoError) {
        let context = try check(EVP_MD_CTX_new(), .internalFailure)
        guard EVP_DigestInit_ex2(context, digest.raw, nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw .last(.internalFailure)
        }
        raw = context
    }

    deinit { EVP_MD_CTX_free(raw) }

    /// Hashes `message` from the start into `digest`, which has room for it.
    func digest(
        _ message: UnsafeRawBufferPointer, into digest: UnsafeMutablePointer<UInt8>
    ) throws(CryptoError) {
        // Without a type the context starts again with the digest that it was made with.
        try check(EVP_DigestInit_ex2(raw, nil, nil), .internalFailure)
        try check(EVP_DigestUpdate(raw, message.baseAddress, message.count), .internalFailure)
        try check(EVP_DigestFinal_ex(raw, digest, nil), .internalFailure)
    }
}
