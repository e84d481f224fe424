internal import COpenSSL

/// Signs with an EC key (FIPS 186-5 section 6.4.1); r and s come side by side, as JOSE wants them
/// (RFC 7518 section 3.4).
///
/// Uses OpenSSL's ECDSA below EVP, which makes the same signature, nonce and all, without the DER form
/// and the provider around it (docs/decisions/0009-ecdsa.md), and for several signatures at once what
/// is below that (docs/decisions/0015-ecdsa-batches.md). Not `Sendable`: one for each thread and key.
final class ECDSASigner {
    /// Fewer signatures than this take as long one by one.
    private static let batchMin = 3

    /// Bytes of every signature.
    let signatureLength: Int

    private let key: ECKey
    private let hash: Hash
    private let form: KeyForm
    private let digest: Scratch
    /// Made when they are first needed: a key that signs a token now and then needs less memory.
    private var batch: (signatures: ECDSABatch, nonces: ECDSANonces)?

    init(_ key: PrivateKey) throws(CryptoError) {
        guard let hash = key.algorithm.hash, let form = key.algorithm.keyForm else {
            throw CryptoError(.wrongAlgorithm)
        }
        self.key = try ECKey(key.makePKey())
        self.hash = hash
        self.form = form
        digest = Scratch(byteCount: hash.length)
        signatureLength = 2 * form.coordinateLength
    }

    /// Writes the signatures of all `inputs`, `signatureLength` bytes each.
    func sign(_ inputs: UnsafeBufferPointer<SigningInput>) throws(CryptoError) {
        var rest = inputs[...]
        while form.signsInBatches, rest.count >= Self.batchMin {
            try signTogether(UnsafeBufferPointer(rebasing: rest.prefix(NumberRow.countMax)))
            rest = rest.dropFirst(NumberRow.countMax)
        }
        for input in rest { try signAlone(input) }
    }

    private func signTogether(
        _ inputs: UnsafeBufferPointer<SigningInput>
    ) throws(CryptoError) {
        let (signatures, nonces) = try madeBatch()
        let context = try NumberContext()
        defer {
            signatures.wipe(inputs.count)
            nonces.wipe()
        }

        for (index, input) in inputs.enumerated() {
            hash.digest(input.message, into: digest.start)
            let digest = UnsafeRawBufferPointer(digest.bytes)
            try signatures.add(index, digest: digest, context) { nonce throws(CryptoError) in
                try nonces.make(nonce, for: digest)
            }
        }
        try signatures.sign(inputs.count, context)
        for (index, input) in inputs.enumerated() {
            let target = input.signature.assumingMemoryBound(to: UInt8.self)
            let isWritten = try signatures.write(index, to: target)
            if !isWritten { try signAlone(input) }
        }
    }

    private func madeBatch() throws(CryptoError) -> (ECDSABatch, ECDSANonces) {
        if let batch { return batch }
        let random = RandomPool()
        let made = try (
            signatures: ECDSABatch(key),
            nonces: ECDSANonces(
                order: key.order, privateNumber: key.privateNumber, random: { random.fill($0) })
        )
        batch = made
        return made
    }

    private func signAlone(_ input: SigningInput) throws(CryptoError) {
        hash.digest(input.message, into: digest.start)
        let numbers = ECDSA_do_sign(digest.start, Int32(hash.length), key.raw)
        guard let numbers else { throw .last(.signingFailed) }
        defer { ECDSA_SIG_free(numbers) }

        let (r, s) = (ECDSA_SIG_get0_r(numbers), ECDSA_SIG_get0_s(numbers))
        let target = input.signature.assumingMemoryBound(to: UInt8.self)
        let length = Int32(form.coordinateLength)
        guard BN_bn2binpad(r, target, length) == length,
            BN_bn2binpad(s, target + form.coordinateLength, length) == length
        else { throw .last(.signingFailed) }
    }
}

extension KeyForm {
    /// Whether `ECDSABatch` may sign with it. Not P-521: the highest word of its numbers has only 9
    /// bits, is therefore often zero, and OpenSSL's public functions take less time for such a nonce
    /// (CVE-2024-13176), which `ECDSA_do_sign` hides by what is not public.
    fileprivate var signsInBatches: Bool { self == .p256 || self == .p384 }
}
