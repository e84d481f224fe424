internal import CMultiBuffer

/// Signs with an Ed25519 key (RFC 8032 section 5.1), the same signatures as `EdDSASigner`.
final class EdDSALanes: SignatureLanes {
    let countMin = 2

    private let pair: EdDSAKeyPair
    private let lanes = LaneRow()

    init(_ key: PrivateKey) throws(CryptoError) {
        pair = try EdDSAKeyPair(key)
    }

    func sign(_ inputs: UnsafeBufferPointer<SigningInput>) throws(CryptoError) {
        for (index, input) in inputs.enumerated() {
            lanes.assign(index, message: input.message, result: input.signature)
        }
        let status = signet_sign_ed25519(lanes.start, inputs.count, pair.seed, pair.publicKey)
        guard status == 1 else { throw CryptoError(.signingFailed) }
    }
}
