internal import CSodium

/// Signs with an Ed25519 key (RFC 8032 section 5.1) by libsodium, which takes half of OpenSSL's time
/// (docs/decisions/0021-ed25519.md). Not `Sendable`: one for each thread and key.
final class EdDSASigner {
    static let signatureLength = 64

    private let pair: EdDSAKeyPair

    init(_ key: PrivateKey) throws(CryptoError) {
        pair = try EdDSAKeyPair(key)
    }

    /// Writes the 64 bytes of the signature of `message` to `signature`.
    func sign(
        _ message: UnsafeRawBufferPointer, into signature: UnsafeMutableRawPointer
    ) throws(CryptoError) {
        let target = signature.assumingMemoryBound(to: UInt8.self)
        let source = message.assumingMemoryBound(to: UInt8.self).baseAddress
        let status = crypto_sign_ed25519_detached(
            target, nil, source, UInt64(message.count), pair.start)
        guard status == 0 else { throw CryptoError(.signingFailed) }
    }
}
