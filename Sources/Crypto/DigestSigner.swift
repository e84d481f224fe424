internal import COpenSSL

/// Signs digests with an RSA key through a kept `EVP_PKEY_CTX`, which OpenSSL lets one use again
/// after every `EVP_PKEY_sign`. Not `Sendable`: one for each thread and key.
final class DigestSigner {
    /// Bytes of every signature.
    let sizeMax: Int

    private let context: PKeyContext
    private let hasher: DigestContext
    private let digestLength: Int
    private let digest = Scratch(byteCount: Hash.lengthMax)

    init(_ key: PrivateKey) throws(CryptoError) {
        guard let hash = key.algorithm.hash else { throw CryptoError(.wrongAlgorithm) }
        let pkey = try key.makePKey()
        sizeMax = Int(EVP_PKEY_get_size(pkey.raw))
        context = try PKeyContext(pkey)
        let fetched = try FetchedDigest(hash)
        hasher = try DigestContext(fetched)
        digestLength = hash.length
        try check(EVP_PKEY_sign_init(context.raw), .internalFailure)
        try context.configure(for: key.algorithm, digest: fetched)
    }

    /// Writes the signature of `message` to `target` and returns its length.
    func sign(
        _ message: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) -> Int {
        try hasher.digest(message, into: digest.start)
        var length = target.count
        let start = target.assumingMemoryBound(to: UInt8.self).baseAddress
        let status = EVP_PKEY_sign(context.raw, start, &length, digest.start, digestLength)
        try check(status, .signingFailed)
        return length
    }
}

extension PKeyContext {
    /// Sets padding, hash and, for PSS, a salt as long as the hash (RFC 7518 section 3.5). The mask
    /// generation function takes the same hash by default. Signing or verifying is initialised.
    borrowing func configure(
        for algorithm: Algorithm, digest: borrowing FetchedDigest
    ) throws(CryptoError) {
        let padding = algorithm.isPSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING
        try check(EVP_PKEY_CTX_set_rsa_padding(raw, padding), .internalFailure)
        try check(EVP_PKEY_CTX_set_signature_md(raw, digest.raw), .internalFailure)
        if algorithm.isPSS {
            let status = EVP_PKEY_CTX_set_rsa_pss_saltlen(raw, RSA_PSS_SALTLEN_DIGEST)
            try check(status, .internalFailure)
        }
    }
}
