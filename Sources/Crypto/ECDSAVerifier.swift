internal import COpenSSL

/// Verifies signatures of an EC key (FIPS 186-5 section 6.4.2) that are r and s side by side, below
/// EVP as `ECDSASigner` makes them. Not `Sendable`: one for each thread and key.
final class ECDSAVerifier {
    /// Bytes that a signature must have.
    let signatureLength: Int

    private let key: ECKey
    private let hash: Hash
    private let coordinateLength: Int
    private let digest = Scratch(byteCount: Hash.lengthMax)
    private let numbers: ECDSANumbers
    /// Made when there are multiples for the first time.
    private var multiplesVerifier: MultiplesVerifier?

    init(_ key: PublicKey, algorithm: Algorithm) throws(CryptoError) {
        guard let hash = algorithm.hash else { throw CryptoError(.wrongAlgorithm) }
        self.key = try ECKey(key.makePKey())
        self.hash = hash
        coordinateLength = key.form.coordinateLength
        signatureLength = 2 * coordinateLength
        numbers = try ECDSANumbers()
    }

    /// Whether `signature`, `signatureLength` bytes, is the key's for `message`.
    ///
    /// - Parameter multiples: of this key, on P-256. Without them, or if anything is wrong with them, it
    ///   verifies as well, in more time.
    func verify(
        _ message: UnsafeRawBufferPointer, signature: UnsafeRawBufferPointer,
        _ multiples: KeyMultiples?
    ) -> Bool {
        precondition(signature.count == signatureLength)
        hash.digest(message, into: digest.start)
        if let multiples, let isValid = try? verify(digest.start, signature, by: multiples) {
            return isValid
        }
        let start = signature.assumingMemoryBound(to: UInt8.self).baseAddress
        let length = Int32(coordinateLength)
        // OpenSSL itself refuses r and s outside of 1 to n - 1.
        guard BN_bin2bn(start, length, numbers.r) != nil,
            BN_bin2bn(start.map { $0 + coordinateLength }, length, numbers.s) != nil,
            ECDSA_do_verify(digest.start, Int32(hash.length), numbers.raw, key.raw) == 1
        else {
            // A bad signature leaves errors behind that are nobody's business.
            ERR_clear_error()
            return false
        }
        return true
    }

    private func verify(
        _ digest: UnsafePointer<UInt8>, _ signature: UnsafeRawBufferPointer,
        by multiples: KeyMultiples
    ) throws(CryptoError) -> Bool {
        let digest = UnsafeRawBufferPointer(start: digest, count: hash.length)
        if let multiplesVerifier {
            return try multiplesVerifier.verify(digest, signature: signature, multiples)
        }
        let made = try MultiplesVerifier(key)
        multiplesVerifier = made
        return try made.verify(digest, signature: signature, multiples)
    }
}

/// An owned `ECDSA_SIG` whose numbers are written again for every signature.
private struct ECDSANumbers: ~Copyable {
    let raw: OpaquePointer
    /// Both belong to `raw`.
    let r, s: OpaquePointer

    init() throws(CryptoError) {
        let raw = try check(ECDSA_SIG_new(), .internalFailure)
        guard let r = BN_new(), let s = BN_new(), ECDSA_SIG_set0(raw, r, s) == 1 else {
            ECDSA_SIG_free(raw)
            throw .last(.internalFailure)
        }
        (self.raw, self.r, self.s) = (raw, r, s)
    }

    deinit { ECDSA_SIG_free(raw) }
}
