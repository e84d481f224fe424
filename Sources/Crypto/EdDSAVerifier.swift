internal import CSodium

/// Verifies Ed25519 signatures (RFC 8032 section 5.1.7) by libsodium, which refuses more than the RFC
/// asks for: points of small order (docs/decisions/0021-ed25519.md). Not `Sendable`: one for each thread
/// and key.
final class EdDSAVerifier {
    private let publicKey: [UInt8]

    init(_ key: PublicKey) throws(CryptoError) {
        try Sodium.setUp()
        publicKey = try key.makePKey().rawPublicKey()
    }

    /// Whether the 64 bytes of `signature` are the key's for `message`.
    func verify(_ message: UnsafeRawBufferPointer, signature: UnsafeRawBufferPointer) -> Bool {
        precondition(signature.count == EdDSASigner.signatureLength)
        let source = message.assumingMemoryBound(to: UInt8.self).baseAddress
        guard let start = signature.assumingMemoryBound(to: UInt8.self).baseAddress else {
            return false
        }
        let status = crypto_sign_ed25519_verify_detached(
            start, source, UInt64(message.count), publicKey)
        return status == 0
    }
}
