internal import COpenSSL

/// Signs with an Ed25519 key (RFC 8032 section 5.1). Not `Sendable`: one for each thread and key.
final class EdDSASigner {
    static let signatureLength = 64

    private let key: PKey
    private let context: DigestContext

    init(_ key: PrivateKey) throws(CryptoError) {
        self.key = try key.makePKey()
        context = try DigestContext()
        try arm()
    }

    /// Writes the 64 bytes of the signature of `message` to `signature`.
    func sign(
        _ message: UnsafeRawBufferPointer, into signature: UnsafeMutableRawPointer
    ) throws(CryptoError) {
        if attempt(message, signature) { return }
        // OpenSSL 3.0 keeps no state in a one-shot signature, so the context can be used again. Later
        // versions are free to refuse that; they get a fresh start, and only then is it a failure.
        ERR_clear_error()
        try arm()
        guard attempt(message, signature) else { throw .last(.signingFailed) }
    }

    private func attempt(
        _ message: UnsafeRawBufferPointer, _ signature: UnsafeMutableRawPointer
    ) -> Bool {
        var length = Self.signatureLength
        let target = signature.assumingMemoryBound(to: UInt8.self)
        let source = message.assumingMemoryBound(to: UInt8.self).baseAddress
        let status = EVP_DigestSign(context.raw, target, &length, source, message.count)
        return status == 1 && length == Self.signatureLength
    }

    private func arm() throws(CryptoError) {
        try check(EVP_MD_CTX_reset(context.raw), .internalFailure)
        let status = EVP_DigestSignInit(context.raw, nil, nil, nil, key.raw)
        try check(status, .internalFailure)
    }
}
