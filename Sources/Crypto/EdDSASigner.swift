internal import COpenSSL
internal import CSodium

/// Signs with an Ed25519 key (RFC 8032 section 5.1) by libsodium, which takes half of OpenSSL's time
/// (docs/decisions/0021-ed25519.md). Not `Sendable`: one for each thread and key.
final class EdDSASigner {
    static let signatureLength = 64

    private static let publicKeyLength = 32

    /// The private key with its public key behind it, which libsodium signs with.
    private let pair = Scratch(byteCount: 64)

    init(_ key: PrivateKey) throws(CryptoError) {
        try Sodium.setUp()
        let seed = Scratch(byteCount: KeyForm.ed25519.coordinateLength)
        let pkey = try key.makePKey()
        var length = seed.bytes.count
        let status = EVP_PKEY_get_raw_private_key(pkey.raw, seed.start, &length)
        guard status == 1, length == seed.bytes.count else { throw .last(.internalFailure) }
        // The public key is made from the private one and not read: signing with another one's would
        // give the private key away.
        var publicKey = [UInt8](repeating: 0, count: Self.publicKeyLength)
        guard crypto_sign_ed25519_seed_keypair(&publicKey, pair.start, seed.start) == 0 else {
            throw CryptoError(.internalFailure)
        }
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
