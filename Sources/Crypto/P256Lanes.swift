internal import CMultiBuffer
internal import COpenSSL

/// Signs with a P-256 key (FIPS 186-5 section 6.4.1). The nonces are `ECDSANonces`, as in `ECDSABatch`.
final class P256Lanes: SignatureLanes {
    let countMin = 2

    private let hash = Hash.sha256
    private let nonces: ECDSANonces
    private let nonce: BigNumber
    // Numbers with the lowest byte first; a digest and a nonce for each lane.
    private let privateNumber = Scratch(byteCount: 32)
    private let digestRow = Scratch(byteCount: 32 * MultiBuffer.laneCount)
    private let nonceRow = Scratch(byteCount: 32 * MultiBuffer.laneCount)
    private let lanes = LaneRow()

    init(_ key: PrivateKey) throws(CryptoError) {
        let key = try ECKey(key.makePKey())
        let random = RandomPool()
        nonces = try ECDSANonces(
            order: key.order, privateNumber: key.privateNumber, random: { random.fill($0) })
        nonce = try BigNumber()
        try Self.write(key.privateNumber, to: privateNumber.start)
    }

    func sign(_ inputs: UnsafeBufferPointer<SigningInput>) throws(CryptoError) {
        defer {
            nonce.wipe()
            nonces.wipe()
            OPENSSL_cleanse(nonceRow.bytes.baseAddress, nonceRow.bytes.count)
        }

        for (index, input) in inputs.enumerated() {
            hash.digest(input.message, into: digestRow.start + 32 * index)
            let digest = UnsafeRawBufferPointer(start: digestRow.start + 32 * index, count: 32)
            try nonces.make(nonce, for: digest)
            try Self.write(nonce.raw, to: nonceRow.start + 32 * index)
            lanes.assign(index, message: digest, result: input.signature)
        }
        let status = signet_sign_p256(
            lanes.start, inputs.count, privateNumber.start, nonceRow.start)
        guard status == 1 else { throw CryptoError(.signingFailed) }
    }

    /// Writes a number in 32 bytes, in a time that does not depend on it.
    private static func write(
        _ number: OpaquePointer, to target: UnsafeMutablePointer<UInt8>
    ) throws(CryptoError) {
        guard BN_bn2lebinpad(number, target, 32) == 32 else { throw .last(.signingFailed) }
    }
}
