internal import COpenSSL

/// Makes the secret numbers of ECDSA signatures, a fresh one for each.
///
/// A nonce is the start of SHA-512 of the private key, the digest to be signed and random bytes, as
/// OpenSSL's `BN_generate_dsa_nonce` makes it: neither a weak generator nor a message that comes again
/// gives a nonce twice for two digests. Not `Sendable`: one for each thread and key.
final class ECDSANonces {
    /// Fills bytes with random ones.
    typealias RandomSource = (UnsafeMutableRawBufferPointer) -> Void

    /// Candidates after which it gives up. At most half of them are refused, so it never happens.
    private static let attemptsMax: UInt8 = 128

    private let order: BigNumber
    private let orderBits: Int32
    private let orderLength: Int
    private let random: RandomSource
    /// What is hashed: the attempt, the private key, the digest, the random bytes.
    private let input: Scratch
    /// A byte that is not zero, then the hash.
    private let output = Scratch(byteCount: 1 + Hash.lengthMax)
    private let state: UnsafeMutablePointer<SHA512_CTX>

    /// Nonces from 1 to `order` - 1, an order of at most 512 bits, for digests as long as the order.
    init(
        order: OpaquePointer, privateNumber: OpaquePointer, random: @escaping RandomSource
    ) throws(CryptoError) {
        self.order = try BigNumber(copying: order)
        self.random = random
        orderBits = BN_num_bits(order)
        orderLength = Int(orderBits + 7) / 8
        precondition(orderLength <= Hash.lengthMax)
        input = Scratch(byteCount: 1 + 3 * orderLength)
        state = .allocate(capacity: 1)
        state.initialize(to: SHA512_CTX())
        let length = Int32(orderLength)
        guard BN_bn2binpad(privateNumber, input.start + 1, length) == length else {
            throw .last(.internalFailure)
        }
    }

    deinit {
        OPENSSL_cleanse(state, MemoryLayout<SHA512_CTX>.size)
        state.deallocate()
    }

    /// Makes `nonce` a new one for the signature of `digest`.
    func make(
        _ nonce: borrowing BigNumber, for digest: UnsafeRawBufferPointer
    ) throws(CryptoError) {
        precondition(digest.count == orderLength)
        part(2).copyMemory(from: digest)
        let fresh = part(3)
        BN_set_flags(nonce.raw, BN_FLG_CONSTTIME)
        for attempt in 0..<Self.attemptsMax {
            input.start[0] = attempt
            random(fresh)
            try hash(into: nonce)
            // Refusing what is too large leaves the rest equally likely, and tells nothing of it.
            if BN_is_zero(nonce.raw) == 0, BN_ucmp(nonce.raw, order.raw) < 0 { return }
        }
        throw CryptoError(.signingFailed)
    }

    /// Wipes what is left of the last nonces.
    func wipe() {
        OPENSSL_cleanse(part(3).baseAddress, orderLength)
        OPENSSL_cleanse(output.bytes.baseAddress, output.bytes.count)
        OPENSSL_cleanse(state, MemoryLayout<SHA512_CTX>.size)
    }

    /// One of the three parts of the input behind the attempt.
    private func part(_ number: Int) -> UnsafeMutableRawBufferPointer {
        let start = 1 + (number - 1) * orderLength
        return UnsafeMutableRawBufferPointer(
            rebasing: input.bytes[start..<start + orderLength])
    }

    /// Makes `candidate` the first bits of the hash, as many as the order has.
    private func hash(into candidate: borrowing BigNumber) throws(CryptoError) {
        SHA512_Init(state)
        SHA512_Update(state, input.start, input.bytes.count)
        SHA512_Final(output.start + 1, state)
        // The byte in front keeps `BN_bin2bn` from skipping zeros, which takes a time of its own.
        output.start[0] = 1
        let bytes = UnsafeRawBufferPointer(output.bytes).prefix(1 + orderLength)
        try candidate.assign(UnsafeRawBufferPointer(rebasing: bytes))
        try check(BN_mask_bits(candidate.raw, orderBits), .internalFailure)
    }
}
