internal import COpenSSL

/// Verifies signatures of one P-256 key by multiples of its point (FIPS 186-5 section 6.4.2). What it
/// is given is public, so its time may tell of it. Not `Sendable`: one for each thread and key.
final class MultiplesVerifier {
    /// Bytes of the order, of r and of s.
    static let numberLength = 32

    private let key: ECKey
    /// The curve with its own generator, its order, and the key's point; they belong to the key.
    private let group, orderNumber, point: OpaquePointer
    private let order: PrimeField
    private let context: NumberContext
    private let r, s, digest, inverse, factor, x: BigNumber
    private let sum, summand: CurvePoint

    init(_ key: borrowing ECKey) throws(CryptoError) {
        self.key = try ECKey(sharing: key)
        group = try key.group
        orderNumber = try key.order
        point = try key.point
        order = try PrimeField(key.order)
        context = try NumberContext()
        r = try BigNumber()
        s = try BigNumber()
        digest = try BigNumber()
        inverse = try BigNumber()
        factor = try BigNumber()
        x = try BigNumber()
        sum = try CurvePoint(key.group)
        summand = try CurvePoint(key.group)
    }

    /// Whether r and s, which `signature` has side by side, sign `digest`, 32 bytes.
    ///
    /// Throws `inconsistentKey` when `multiples` are another key's.
    func verify(
        _ digest: UnsafeRawBufferPointer, signature: UnsafeRawBufferPointer,
        _ multiples: KeyMultiples
    ) throws(CryptoError) -> Bool {
        precondition(digest.count == Self.numberLength)
        precondition(signature.count == 2 * Self.numberLength)
        let generator = try check(EC_GROUP_get0_generator(multiples.group), .internalFailure)
        guard EC_POINT_cmp(group, generator, point, context.raw) == 0 else {
            throw CryptoError(.inconsistentKey)
        }
        try r.assign(UnsafeRawBufferPointer(rebasing: signature[..<Self.numberLength]))
        try s.assign(UnsafeRawBufferPointer(rebasing: signature[Self.numberLength...]))
        guard isInRange(r), isInRange(s) else { return false }
        try self.digest.assign(digest)
        try order.reduceOnce(self.digest)

        // x of (digest / s)·generator + (r / s)·key.
        guard BN_mod_inverse(inverse.raw, s.raw, orderNumber, context.raw) != nil else {
            throw .last(.internalFailure)
        }
        try order.encode(inverse.raw, into: inverse, context)
        try order.multiply(self.digest, inverse, into: factor, context)
        try multiply(group, by: factor, into: sum)
        try order.multiply(r, inverse, into: factor, context)
        try multiply(multiples.group, by: factor, into: summand)
        try check(EC_POINT_add(group, sum.raw, sum.raw, summand.raw, context.raw), .internalFailure)
        guard EC_POINT_is_at_infinity(group, sum.raw) == 0 else { return false }
        let status = EC_POINT_get_affine_coordinates(group, sum.raw, x.raw, nil, context.raw)
        try check(status, .internalFailure)
        // The field is less than twice as large as the order.
        try order.reduceOnce(x)
        return BN_ucmp(x.raw, r.raw) == 0
    }

    /// Multiplies the generator of `group`.
    private func multiply(
        _ group: OpaquePointer, by number: borrowing BigNumber, into result: borrowing CurvePoint
    ) throws(CryptoError) {
        let status = EC_POINT_mul(group, result.raw, number.raw, nil, nil, context.raw)
        try check(status, .internalFailure)
    }

    /// Whether a number is one of 1 to the order - 1.
    private func isInRange(_ number: borrowing BigNumber) -> Bool {
        BN_is_zero(number.raw) == 0 && BN_ucmp(number.raw, orderNumber) < 0
    }
}
