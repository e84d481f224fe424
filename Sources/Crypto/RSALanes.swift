internal import CMultiBuffer
internal import COpenSSL

/// Signs with an RSA key by RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.1).
///
/// A signature by the Chinese remainder theorem of which one half went wrong gives the key away, and
/// crypto_mb does not look: each one is raised to the public exponent before anybody sees it.
final class RSALanes: SignatureLanes {
    let countMin = 3

    private static let publicExponent: [UInt8] = [1, 0, 1]

    private let hash: Hash
    private let length: Int
    /// The encoded messages, complete but for their digests.
    private let encoded: Scratch
    /// What the signatures are when they are raised to the public exponent.
    private let opened: Scratch
    private let numbers: RSALaneNumbers
    private let lanes = LaneRow()

    /// Nil for a key that there are no lanes for: of another size, with other primes than two of half its
    /// size, or with another public exponent than 65537.
    init?(_ key: PrivateKey) throws(CryptoError) {
        let pkey = try key.makePKey()
        let bits = Int(EVP_PKEY_get_bits(pkey.raw))
        guard let hash = key.algorithm.hash, signet_lanes_rsa(bits) == 1,
            try pkey.number(OSSL_PKEY_PARAM_RSA_E) == Self.publicExponent,
            let numbers = try RSALaneNumbers(pkey, bits: bits)
        else { return nil }
        self.hash = hash
        self.numbers = numbers
        length = bits / 8
        encoded = Scratch(byteCount: length * MultiBuffer.laneCount)
        opened = Scratch(byteCount: length * MultiBuffer.laneCount)
        for lane in 0..<MultiBuffer.laneCount { encode(lane) }
    }

    func sign(_ inputs: UnsafeBufferPointer<SigningInput>) throws(CryptoError) {
        let count = inputs.count
        // Too large to be kept for every key, and wiped with the batch.
        let work = Scratch(byteCount: signet_rsa_work_bytes(numbers.key.bits))
        for (index, input) in inputs.enumerated() {
            hash.digest(input.message, into: row(encoded, index) + (length - hash.length))
            lanes.assign(index, message: bytes(encoded, index), result: input.signature)
        }
        var isRight = signet_rsa_private(lanes.start, count, &numbers.key, work.start) == 1
        for (index, input) in inputs.enumerated() {
            let signature = UnsafeRawBufferPointer(start: input.signature, count: length)
            lanes.assign(index, message: signature, result: row(opened, index))
        }
        isRight =
            isRight && signet_rsa_public(lanes.start, count, &numbers.key, work.start) == 1
        for index in 0..<count {
            isRight = constantTimeEqual(bytes(opened, index), bytes(encoded, index)) && isRight
        }
        guard isRight else {
            for input in inputs { OPENSSL_cleanse(input.signature, length) }
            throw CryptoError(.signingFailed)
        }
    }

    /// Writes the encoding of a digest (RFC 8017 section 9.2) but for the digest.
    private func encode(_ lane: Int) {
        let start = row(encoded, lane)
        let prefix = hash.digestInfo
        let separator = length - hash.length - prefix.count - 1
        (start + 1).update(repeating: 0xFF, count: separator - 1)
        start[1] = 1
        start[separator] = 0
        (start + separator + 1).update(from: prefix, count: prefix.count)
    }

    private func row(_ rows: borrowing Scratch, _ lane: Int) -> UnsafeMutablePointer<UInt8> {
        rows.start + lane * length
    }

    private func bytes(_ rows: borrowing Scratch, _ lane: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: row(rows, lane), count: length)
    }
}

/// The numbers of an RSA key as crypto_mb takes them: the lowest byte first, wiped with their owner.
private final class RSALaneNumbers {
    /// Has addresses in `bytes`.
    var key: SignetRSAKey

    private let bytes: Scratch

    /// Nil unless the key's modulus has `bits` bits and both primes half of them.
    init?(_ pkey: borrowing PKey, bits: Int) throws(CryptoError) {
        let half = bits / 16
        bytes = Scratch(byteCount: 7 * half)
        let start = bytes.start
        let (p, q) = (start + 2 * half, start + 3 * half)
        let (dp, dq, qi) = (start + 4 * half, start + 5 * half, start + 6 * half)
        key = SignetRSAKey(bits: bits, modulus: start, p: p, q: q, dp: dp, dq: dq, qi: qi)
        for (name, target, length) in [
            (OSSL_PKEY_PARAM_RSA_N, start, 2 * half), ("rsa-factor1", p, half),
            ("rsa-factor2", q, half), ("rsa-exponent1", dp, half), ("rsa-exponent2", dq, half),
            ("rsa-coefficient1", qi, half),
        ] {
            let number = try BigNumber(name, of: pkey.raw)
            guard BN_bn2lebinpad(number.raw, target, Int32(length)) == length else {
                ERR_clear_error()
                return nil
            }
        }
        // A key with shorter primes would not fill its modulus.
        guard p[half - 1] & 0x80 != 0, q[half - 1] & 0x80 != 0 else { return nil }
    }
}

extension Hash {
    /// What stands in front of a digest to name its hash (RFC 8017 section 9.2, note 1).
    fileprivate var digestInfo: [UInt8] {
        let number: UInt8 =
            switch self {
            case .sha256: 1
            case .sha384: 2
            case .sha512: 3
            }
        return [0x30, UInt8(17 + length), 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65]
            + [0x03, 0x04, 0x02, number, 0x05, 0x00, 0x04, UInt8(length)]
    }
}
