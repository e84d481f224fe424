internal import COpenSSL

/// Verifies Ed25519 signatures (RFC 8032 section 5.1.7). Not `Sendable`: one for each thread and key.
final class EdDSAVerifier {
    private let key: PKey
    private let context: DigestContext

    init(_ key: PublicKey) throws(CryptoError) {
        self.key = try key.makePKey()
        context = try DigestContext()
        try arm()
    }

    /// Whether the 64 bytes of `signature` are the key's for `message`.
    func verify(_ message: UnsafeRawBufferPointer, signature: UnsafeRawBufferPointer) -> Bool {
        if attempt(message, signature) { return true }
        ERR_clear_error()
        guard needsFreshContext else { return false }
        guard (try? arm()) != nil else { return false }
        let isValid = attempt(message, signature)
        if !isValid { ERR_clear_error() }
        return isValid
    }

    /// Whether a context must be initialised for every verification. OpenSSL 3.0 keeps no state in a
    /// one-shot verification; 3.2 and later may refuse a second one, which looks like a bad signature.
    private let needsFreshContext = OPENSSL_version_major() != 3 || OPENSSL_version_minor() != 0

    private func attempt(
        _ message: UnsafeRawBufferPointer, _ signature: UnsafeRawBufferPointer
    ) -> Bool {
        let start = signature.assumingMemoryBound(to: UInt8.self).baseAddress
        let source = message.assumingMemoryBound(to: UInt8.self).baseAddress
        return EVP_DigestVerify(context.raw, start, signature.count, source, message.count) == 1
    }

    private func arm() throws(CryptoError) {
        try check(EVP_MD_CTX_reset(context.raw), .internalFailure)
        let status = EVP_DigestVerifyInit(context.raw, nil, nil, nil, key.raw)
        try check(status, .internalFailure)
    }
}
