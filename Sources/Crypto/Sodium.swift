internal import CSodium

/// libsodium, which makes password hashes and Ed25519 signatures. It has to be set up before its first
/// use, when it looks what the processor can do.
enum Sodium {
    /// Sets the library up, unless that was done. Throws `internalFailure` when it refuses, which needs
    /// a system without random bytes.
    static func setUp() throws(CryptoError) {
        guard status >= 0 else { throw CryptoError(.internalFailure) }
    }

    /// Safe from any thread, and done once.
    private static let status = sodium_init()
}
