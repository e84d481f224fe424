internal import COpenSSL

/// Verifies signatures of one key and algorithm, with contexts that are kept. Not `Sendable`: one for
/// each thread and key.
package final class Verifier {
    private enum Backend {
        case hmac(HMAC)
        case rsa(DigestVerifier)
        case ecdsa(ECDSAVerifier)
        case eddsa(EdDSAVerifier)
    }

    /// The only algorithm that signatures are verified for, whatever a token says.
    package let algorithm: Algorithm
    /// Bytes that a signature must have.
    package let signatureLength: Int

    private let backend: Backend
    /// Room for an HMAC tag.
    private let tag = Scratch(byteCount: Hash.lengthMax)

    /// Sets up verifying with `key`. Throws `wrongAlgorithm` when the key is not for `algorithm`.
    package init(_ key: PublicKey, algorithm: Algorithm) throws(CryptoError) {
        guard key.fits(algorithm) else { throw CryptoError(.wrongAlgorithm) }
        self.algorithm = algorithm
        switch key.form {
        case .rsa:
            let verifier = try DigestVerifier(key, algorithm: algorithm)
            backend = .rsa(verifier)
            signatureLength = verifier.sizeMax
        case .p256, .p384, .p521:
            let verifier = try ECDSAVerifier(key, algorithm: algorithm)
            backend = .ecdsa(verifier)
            signatureLength = verifier.signatureLength
        case .ed25519:
            backend = .eddsa(try EdDSAVerifier(key))
            signatureLength = EdDSASigner.signatureLength
        }
    }

    /// Sets up verifying what `key` signs; for HMAC with the secret itself.
    package convenience init(_ key: PrivateKey) throws(CryptoError) {
        guard let publicKey = key.publicKey else {
            try self.init(secretOf: key)
            return
        }
        try self.init(publicKey, algorithm: key.algorithm)
    }

    private init(secretOf key: PrivateKey) throws(CryptoError) {
        guard let hash = key.algorithm.hash else { throw CryptoError(.wrongAlgorithm) }
        algorithm = key.algorithm
        let hmac = try HMAC(hash, secret: key.secret)
        backend = .hmac(hmac)
        signatureLength = hmac.length
    }

    /// Whether `signature` is the key's for `message`. Everything but an exact signature is false: a
    /// wrong length, r or s that are 0 or not below the order, a PSS salt not as long as the hash.
    /// HMAC tags are compared in constant time.
    ///
    /// - Parameter multiples: of this key, if its algorithm has some; the outcome is the same without.
    package func verify(
        _ message: UnsafeRawBufferPointer, signature: UnsafeRawBufferPointer,
        _ multiples: KeyMultiples? = nil
    ) -> Bool {
        guard signature.count == signatureLength else { return false }
        switch backend {
        case .hmac(let hmac):
            hmac.authenticate(message, into: tag.start)
            return constantTimeEqual(
                UnsafeRawBufferPointer(start: tag.start, count: signatureLength), signature)
        case .rsa(let verifier):
            return verifier.verify(message, signature: signature)
        case .ecdsa(let verifier):
            return verifier.verify(message, signature: signature, multiples)
        case .eddsa(let verifier):
            return verifier.verify(message, signature: signature)
        }
    }

    /// Whether `signature` is the key's for `message`, under the rules of the other one.
    package func verify(
        _ message: [UInt8], signature: [UInt8], _ multiples: KeyMultiples? = nil
    ) -> Bool {
        message.withUnsafeBytes { message in
            signature.withUnsafeBytes { verify(message, signature: $0, multiples) }
        }
    }
}
