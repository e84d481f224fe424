internal import COpenSSL

/// The key that private keys are sealed with at rest: AES-256-GCM (NIST SP 800-38D).
///
/// A sealed value is a version byte, a random 96-bit nonce, the ciphertext and a 128-bit tag. The
/// version and the caller's context are authenticated with it, so a value that is moved to another
/// row does not open there.
package struct MasterKey: Sendable {
    /// Bytes of the key.
    package static let length = 32
    /// Bytes that sealing adds.
    package static let overhead = 1 + nonceLength + tagLength

    private static let version: UInt8 = 1
    private static let nonceLength = 12
    private static let tagLength = 16

    private let secret: SecretBytes

    /// A key of these 32 bytes; throws `malformed` for any other number.
    package init(bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == Self.length else { throw CryptoError(.malformed) }
        secret = SecretBytes(bytes)
    }

    /// Reads the base64 of 32 bytes, as `SIGNET_MASTER_KEY` and `master.key` have it; throws
    /// `malformed` for anything else.
    package init(base64: [UInt8]) throws(CryptoError) {
        guard var bytes = Base64.decode(base64) else { throw CryptoError(.malformed) }
        defer { wipe(&bytes) }
        try self.init(bytes: bytes)
    }

    private init(secret: SecretBytes) {
        self.secret = secret
    }

    /// A new random key.
    package static func generate() -> MasterKey {
        MasterKey(secret: SecretBytes(RandomPool().bytes(length)))
    }

    /// The base64 of the key, for the file that keeps it and for nothing else.
    package func base64ForStorage() -> [UInt8] {
        secret.withBytes { Base64.encode($0) }
    }

    /// A key for one other purpose: the first block of HKDF-Expand with SHA-256 (RFC 5869 section 2.3), since
    /// this key is as random as what HKDF-Extract would make of it. Who has it learns nothing of this one.
    ///
    /// - Parameter purpose: what it is for, and nobody else's name.
    package func derivedKey(for purpose: StaticString) throws(CryptoError) -> SecretBytes {
        let hmac = try HMAC(.sha256, secret: secret)
        var info = Array(
            UnsafeBufferPointer(
                start: purpose.utf8Start, count: purpose.utf8CodeUnitCount))
        info.append(1)
        return SecretBytes(capacity: hmac.length) { target in
            guard let start = target.assumingMemoryBound(to: UInt8.self).baseAddress else {
                return 0
            }
            info.withUnsafeBytes { hmac.authenticate($0, into: start) }
            return hmac.length
        }
    }

    /// Encrypts `plaintext` and binds it to `context`, which says what and whose it is.
    package func seal(_ plaintext: [UInt8], context: [UInt8]) throws(CryptoError) -> [UInt8] {
        let nonce = RandomPool().bytes(Self.nonceLength)
        let cipher = try CipherContext(.encrypt, key: secret, nonce: nonce)
        try cipher.authenticate([Self.version] + context)
        let ciphertext = try cipher.update(plaintext)
        try check(EVP_EncryptFinal_ex(cipher.raw, nil, &cipher.ignored), .internalFailure)
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        let status = EVP_CIPHER_CTX_ctrl(
            cipher.raw, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), &tag)
        try check(status, .internalFailure)
        return [Self.version] + nonce + ciphertext + tag
    }

    /// Decrypts what `seal` returned for the same `context`. Throws `malformed` for what is no sealed
    /// value, `notAuthentic` when it was changed or belongs to another key or context.
    package func open(_ sealed: [UInt8], context: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard sealed.count >= Self.overhead, sealed[0] == Self.version else {
            throw CryptoError(.malformed)
        }
        let body = 1 + Self.nonceLength..<sealed.count - Self.tagLength
        var tag = Array(sealed[body.upperBound...])
        let cipher = try CipherContext(
            .decrypt, key: secret, nonce: Array(sealed[1..<body.lowerBound]))
        try cipher.authenticate([Self.version] + context)
        let plaintext = try cipher.update(Array(sealed[body]))
        let status = EVP_CIPHER_CTX_ctrl(
            cipher.raw, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), &tag)
        try check(status, .internalFailure)
        guard EVP_DecryptFinal_ex(cipher.raw, nil, &cipher.ignored) == 1 else {
            throw .last(.notAuthentic)
        }
        return plaintext
    }
}

extension MasterKey: CustomStringConvertible, CustomReflectable {
    /// Says what it is and not which.
    package var description: String { "MasterKey(hidden)" }

    /// Empty, so that `dump` shows no bytes.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
