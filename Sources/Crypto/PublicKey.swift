internal import COpenSSL

/// A key that verifies: RSA, EC on P-256, P-384 or P-521, or Ed25519. Holds no OpenSSL object, so it
/// may be shared; a `Verifier` makes its own.
package struct PublicKey: Sendable, Equatable {
    /// What kind of key it is.
    package let form: KeyForm
    /// The DER SubjectPublicKeyInfo (RFC 5280 section 4.1), with EC points uncompressed.
    package let der: [UInt8]

    /// Reads a DER SubjectPublicKeyInfo. Throws `malformed`, `unsupportedKey`, `weakKey`, or
    /// `inconsistentKey` for a point that is not on its curve.
    package init(der: [UInt8]) throws(CryptoError) {
        let key = try der.withBytes { bytes throws(CryptoError) in try PKey(publicDER: bytes) }
        try self.init(validating: key)
    }

    /// Reads a PEM `PUBLIC KEY`. Throws as `init(der:)` does.
    package init(pem: [UInt8]) throws(CryptoError) {
        let key = try pem.withBytes { bytes throws(CryptoError) in try PKey(publicPEM: bytes) }
        try self.init(validating: key)
    }

    /// Checks the public part of `key` and takes it.
    init(validating key: borrowing PKey) throws(CryptoError) {
        form = try key.validatedForm()
        try key.validatePublic()
        der = try key.publicDER(form)
    }

    /// The public part of a key that was checked already.
    init(_ key: borrowing PKey, form: KeyForm) throws(CryptoError) {
        self.form = form
        der = try key.publicDER(form)
    }

    /// The PEM form, `-----BEGIN PUBLIC KEY-----`, with a line feed at the end.
    package var pem: [UInt8] {
        der.withUnsafeBytes { PEM.encode($0, label: "PUBLIC KEY") }
    }

    /// Whether signatures of `algorithm` can be verified with this key.
    package func fits(_ algorithm: Algorithm) -> Bool { algorithm.keyForm == form }

    /// A key for one verifier.
    func makePKey() throws(CryptoError) -> PKey {
        try der.withBytes { bytes throws(CryptoError) in try PKey(publicDER: bytes) }
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` with a typed error and for results that cannot be copied.
    func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try span.bytes.withUnsafeBytes(body)
    }
}
