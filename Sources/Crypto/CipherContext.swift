internal import COpenSSL

/// An owned `EVP_CIPHER_CTX` for one AES-256-GCM message.
final class CipherContext {
    enum Direction: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    let raw: OpaquePointer
    /// Where OpenSSL writes lengths that GCM makes known beforehand.
    var ignored: Int32 = 0

    init(_ direction: Direction, key: SecretBytes, nonce: [UInt8]) throws(CryptoError) {
        raw = try check(EVP_CIPHER_CTX_new(), .internalFailure)
        let status = key.withBytes { key in
            EVP_CipherInit_ex2(
                raw, EVP_aes_256_gcm(), key.assumingMemoryBound(to: UInt8.self).baseAddress, nonce,
                direction.rawValue, nil)
        }
        try check(status, .internalFailure)
    }

    deinit { EVP_CIPHER_CTX_free(raw) }

    /// Takes bytes that are authenticated and not encrypted.
    func authenticate(_ bytes: [UInt8]) throws(CryptoError) {
        try check(
            EVP_CipherUpdate(raw, nil, &ignored, bytes, Int32(bytes.count)), .internalFailure)
    }

    /// The other side of `bytes`: as many as they are, because GCM is a stream.
    func update(_ bytes: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        var output = [UInt8](repeating: 0, count: bytes.count)
        try check(
            EVP_CipherUpdate(raw, &output, &ignored, bytes, Int32(bytes.count)), .internalFailure)
        return output
    }
}
