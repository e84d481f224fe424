internal import SignetJSON

/// A JSON Web Key (RFC 7517) for signatures, read strictly.
package struct JWK: Sendable {
    /// What the key can do.
    package enum Material: Sendable {
        /// It verifies.
        case publicKey(PublicKey)
        /// It signs: a private key or an HMAC secret.
        case privateKey(PrivateKey)
    }

    /// The `kid`, if there is one.
    package let keyID: [UInt8]?
    /// The `alg`, or the only algorithm of the key's type; nil for an RSA public key without `alg`.
    package let algorithm: Algorithm?
    /// The key itself.
    package let material: Material

    /// Reads one JWK. Throws `malformed` for what is none; `unsupportedKey` for another `kty`, `crv`,
    /// `alg` or `use`; `wrongAlgorithm`, `weakKey` and `inconsistentKey` for a key that may not be
    /// used. A secret key whose type allows several algorithms needs an `alg` or `algorithm`.
    package init(_ json: [UInt8], algorithm: Algorithm? = nil) throws(CryptoError) {
        self = try json.withBytes { bytes throws(CryptoError) in
            try JWK(0..<bytes.count, of: bytes, algorithm: algorithm)
        }
    }

    /// Reads the part `range` of `bytes` as one JWK.
    init(
        _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, algorithm expected: Algorithm? = nil
    ) throws(CryptoError) {
        let members = try JWKMembers(range, of: bytes)
        try members.requireSignatureUse()
        keyID = try members.text("kid")
        let named = try members.algorithm()
        guard expected == nil || named == nil || expected == named else {
            throw CryptoError(.wrongAlgorithm)
        }
        let requested = named ?? expected

        guard let form = try members.form() else {
            let secret = SecretBytes(try members.octets("k"))
            guard let requested else { throw CryptoError(.unsupportedKey) }
            algorithm = requested
            material = .privateKey(try PrivateKey(algorithm: requested, secret: secret))
            return
        }
        algorithm = requested ?? form.onlyAlgorithm
        guard algorithm == nil || algorithm?.keyForm == form else {
            throw CryptoError(.wrongAlgorithm)
        }
        guard members.has("d") else {
            material = .publicKey(try PublicKey(validating: try members.publicKey(form)))
            return
        }
        guard let algorithm else { throw CryptoError(.unsupportedKey) }
        let key = try members.privateKey(form)
        material = .privateKey(try PrivateKey(validating: key, algorithm: algorithm))
    }
}

extension PublicKey {
    /// Reads a JWK with a public key. Throws as `JWK.init` does, and `unsupportedKey` for a secret key.
    package init(jwk: [UInt8]) throws(CryptoError) {
        guard case .publicKey(let key) = try JWK(jwk).material else {
            throw CryptoError(.unsupportedKey)
        }
        self = key
    }
}

extension PrivateKey {
    /// Reads a JWK with a private key or an HMAC secret; `algorithm` stands in for a missing `alg`.
    /// Throws as `JWK.init` does, and `unsupportedKey` for a public key.
    package init(jwk: [UInt8], algorithm: Algorithm? = nil) throws(CryptoError) {
        guard case .privateKey(let key) = try JWK(jwk, algorithm: algorithm).material else {
            throw CryptoError(.unsupportedKey)
        }
        self = key
    }
}
