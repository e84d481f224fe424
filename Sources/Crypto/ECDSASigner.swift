internal import COpenSSL

/// Signs with an EC key (FIPS 186-5 section 6.4.1); r and s come side by side, as JOSE wants them
/// (RFC 7518 section 3.4).
///
/// Uses OpenSSL's ECDSA below EVP, which makes the same signature, nonce and all, without the DER form
/// and the provider around it (docs/decisions/0009-ecdsa.md). Not `Sendable`: one for each thread and
/// key.
final class ECDSASigner {
    /// Bytes of every signature.
    let signatureLength: Int

    private let key: ECKey
    private let hash: Hash
    private let coordinateLength: Int
    private let digest = Scratch(byteCount: Hash.lengthMax)

    init(_ key: PrivateKey) throws(CryptoError) {
        guard let hash = key.algorithm.hash, let form = key.algorithm.keyForm else {
            throw CryptoError(.wrongAlgorithm)
        }
        self.key = try ECKey(key.makePKey())
        self.hash = hash
        coordinateLength = form.coordinateLength
        signatureLength = 2 * coordinateLength
    }

    /// Writes the signature of `message`, `signatureLength` bytes, to `signature`.
    func sign(
        _ message: UnsafeRawBufferPointer, into signature: UnsafeMutableRawPointer
    ) throws(CryptoError) {
        hash.digest(message, into: digest.start)
        let numbers = ECDSA_do_sign(digest.start, Int32(hash.length), key.raw)
        guard let numbers else { throw .last(.signingFailed) }
        defer { ECDSA_SIG_free(numbers) }

        let (r, s) = (ECDSA_SIG_get0_r(numbers), ECDSA_SIG_get0_s(numbers))
        let target = signature.assumingMemoryBound(to: UInt8.self)
        let length = Int32(coordinateLength)
        guard BN_bn2binpad(r, target, length) == length,
            BN_bn2binpad(s, target + coordinateLength, length) == length
        else { throw .last(.signingFailed) }
    }
}
