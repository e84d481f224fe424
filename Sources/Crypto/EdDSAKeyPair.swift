internal import COpenSSL
internal import CSodium

/// The seed of an Ed25519 private key with its public key behind it (RFC 8032 section 5.1.5), as
/// libsodium signs with it. Wiped with its owner.
///
/// The public key is made from the seed and not read: signing with another one's would give the
/// private key away.
struct EdDSAKeyPair: ~Copyable {
    private static let seedLength = 32

    private let bytes = Scratch(byteCount: 64)

    init(_ key: PrivateKey) throws(CryptoError) {
        try Sodium.setUp()
        let seed = Scratch(byteCount: Self.seedLength)
        let pkey = try key.makePKey()
        var length = seed.bytes.count
        let status = EVP_PKEY_get_raw_private_key(pkey.raw, seed.start, &length)
        guard status == 1, length == seed.bytes.count else { throw .last(.internalFailure) }
        var publicKey = [UInt8](repeating: 0, count: KeyForm.ed25519.coordinateLength)
        guard crypto_sign_ed25519_seed_keypair(&publicKey, bytes.start, seed.start) == 0 else {
            throw CryptoError(.internalFailure)
        }
    }

    /// All 64 bytes.
    var start: UnsafePointer<UInt8> { UnsafePointer(bytes.start) }
    /// The 32 bytes of the private key.
    var seed: UnsafePointer<UInt8> { start }
    /// The 32 bytes of the public key.
    var publicKey: UnsafePointer<UInt8> { start + Self.seedLength }
}
