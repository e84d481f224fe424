internal import COpenSSL

/// A key that signs, for one algorithm: an asymmetric private key or an HMAC secret. Holds no OpenSSL
/// object, so it may be shared; a `Signer` makes its own. Its bytes are wiped with its last copy.
package struct PrivateKey: Sendable {
    /// The only algorithm that it is used with (RFC 8725 section 3.1).
    package let algorithm: Algorithm
    /// What verifies its signatures; nil for HMAC, where the secret itself does.
    package let publicKey: PublicKey?
    /// PKCS#8 DER, or the bytes of an HMAC secret.
    let secret: SecretBytes

    /// Makes a key: HMAC secrets as long as the hash, RSA of 2048 bits, or 4096 for RS512 and PS512.
    /// Slow for RSA: tens of milliseconds to seconds, so not on an event loop.
    package static func generate(_ algorithm: Algorithm) throws(CryptoError) -> PrivateKey {
        guard let form = algorithm.keyForm else {
            let length = algorithm.hash?.length ?? 0
            return try PrivateKey(
                algorithm: algorithm, secret: SecretBytes(RandomPool().bytes(length)))
        }
        let key = try PKey(generating: form, rsaBits: algorithm.generatedRSABits)
        return try PrivateKey(trusting: key, algorithm: algorithm)
    }

    /// Reads what `encoded` returned. Throws `malformed`, `wrongAlgorithm`, `unsupportedKey` or
    /// `weakKey`. The numbers are not tested against each other: the bytes come from our own store.
    package init(algorithm: Algorithm, encoded: [UInt8]) throws(CryptoError) {
        guard algorithm.keyForm != nil else {
            try self.init(algorithm: algorithm, secret: SecretBytes(encoded))
            return
        }
        let key = try encoded.withBytes { bytes throws(CryptoError) in
            try PKey(privateDER: bytes)
        }
        try self.init(trusting: key, algorithm: algorithm)
    }

    /// Reads an unencrypted PEM private key (PKCS#8, PKCS#1 or SEC 1). Throws as
    /// `init(algorithm:encoded:)` does, and `inconsistentKey` for numbers that form no key.
    package init(pem: [UInt8], algorithm: Algorithm) throws(CryptoError) {
        let key = try pem.withBytes { bytes throws(CryptoError) in try PKey(privatePEM: bytes) }
        try self.init(validating: key, algorithm: algorithm)
    }

    /// Checks a key from outside and takes it.
    init(validating key: borrowing PKey, algorithm: Algorithm) throws(CryptoError) {
        try self.init(trusting: key, algorithm: algorithm)
        try key.validatePrivate()
    }

    /// Takes an HMAC secret. Throws `weakKey` when it is shorter than the hash
    /// (RFC 7518 section 3.2).
    init(algorithm: Algorithm, secret: SecretBytes) throws(CryptoError) {
        guard let hash = algorithm.hash, algorithm.isSymmetric else {
            throw CryptoError(.wrongAlgorithm)
        }
        guard secret.count >= hash.length else { throw CryptoError(.weakKey) }
        self.algorithm = algorithm
        self.secret = secret
        publicKey = nil
    }

    private init(trusting key: borrowing PKey, algorithm: Algorithm) throws(CryptoError) {
        let form = try key.validatedForm()
        guard algorithm.keyForm == form else { throw CryptoError(.wrongAlgorithm) }
        self.algorithm = algorithm
        secret = try key.pkcs8()
        publicKey = try PublicKey(key, form: form)
    }

    /// The bytes to be sealed and stored: PKCS#8 DER, or the HMAC secret. Nothing else may see them.
    package var encoded: [UInt8] { secret.withBytes { [UInt8]($0) } }

    /// Whether the other key has the same algorithm and bytes. In constant time for keys of one length.
    package func isSame(as other: PrivateKey) -> Bool {
        algorithm == other.algorithm
            && secret.withBytes { mine in other.secret.withBytes { constantTimeEqual(mine, $0) } }
    }

    /// The PEM form, `-----BEGIN PRIVATE KEY-----` (RFC 7468 section 10); nil for HMAC.
    package var pem: [UInt8]? {
        guard !algorithm.isSymmetric else { return nil }
        return secret.withBytes { PEM.encode($0, label: "PRIVATE KEY") }
    }

    /// A key for one signer. Only for asymmetric keys.
    func makePKey() throws(CryptoError) -> PKey {
        try secret.withBytes { bytes throws(CryptoError) in try PKey(privateDER: bytes) }
    }
}

extension PrivateKey: CustomStringConvertible, CustomReflectable {
    /// Says what it is and not which.
    package var description: String { "PrivateKey(\(algorithm.name), hidden)" }

    /// Empty, so that `dump` shows no bytes.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
