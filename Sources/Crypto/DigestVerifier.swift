internal import COpenSSL

/// Verifies RSA signatures of digests through a kept `EVP_PKEY_CTX`. Not `Sendable`: one for each
/// thread and key.
final class DigestVerifier {
    /// Bytes that a signature must have.
    let sizeMax: Int

    private let context: PKeyContext
    private let hasher: DigestContext
    private let digestLength: Int
    private let digest = Scratch(byteCount: Hash.lengthMax)

    init(_ key: PublicKey, algorithm: Algorithm) throws(CryptoError) {
        guard let hash = algorithm.hash else { throw CryptoError(.wrongAlgorithm) }
        let pkey = try key.makePKey()
        sizeMax = Int(EVP_PKEY_get_size(pkey.raw))
        context = try PKeyContext(pkey)
        let fetched = try FetchedDigest(hash)
        hasher = try DigestContext(fetched)
        digestLength = hash.length
        try check(EVP_PKEY_verify_init(context.raw), .internalFailure)
        try context.configure(for: algorithm, digest: fetched)
    }

    /// Whether `signature` is the key's for `message`.
    func verify(_ message: UnsafeRawBufferPointer, signature: UnsafeRawBufferPointer) -> Bool {
        guard (try? hasher.digest(message, into: digest.start)) != nil else { return false }
        let start = signature.assumingMemoryBound(to: UInt8.self).baseAddress
        let status = EVP_PKEY_verify(
            context.raw, start, signature.count, digest.start, digestLength)
        guard status == 1 else {
            // A bad signature leaves errors behind that are nobody's business.
            ERR_clear_error()
            return false
        }
        return true
    }
}
