internal import COpenSSL

/// Signatures of one EC key that are made side by side (FIPS 186-5 section 6.4.1), so that they share
/// the two inversions that each would cost: of the nonce, and of the coordinate that its point is
/// divided by (docs/decisions/0015-ecdsa-batches.md). Not `Sendable`: one for each thread and key.
final class ECDSABatch {
    /// Keeps `group` alive.
    private let key: ECKey
    private let group: OpaquePointer
    private let order: PrimeField
    private let field: PrimeField
    /// The private number, in Montgomery form.
    private let privateNumber: BigNumber
    private let coordinateLength: Int32

    private let point: CurvePoint
    // For each signature: the nonce k, the digest as a number e, and the coordinates X and Z of k·G,
    // whose affine x = X / Z² becomes r; then Z becomes s.
    private let nonces: NumberRow
    private let digests: NumberRow
    private let x: NumberRow
    private let z: NumberRow
    private let inverses: NumberRow

    /// Sets up signing with `key`.
    init(_ key: borrowing ECKey) throws(CryptoError) {
        self.key = try ECKey(sharing: key)
        group = try key.group
        order = try PrimeField(key.order)
        field = try PrimeField(check(EC_GROUP_get0_field(group), .internalFailure))
        coordinateLength = (EC_GROUP_get_degree(group) + 7) / 8
        privateNumber = try BigNumber()
        point = try CurvePoint(group)
        nonces = try NumberRow()
        digests = try NumberRow()
        x = try NumberRow()
        z = try NumberRow()
        inverses = try NumberRow()
        try order.encode(key.privateNumber, into: privateNumber, NumberContext())
        BN_set_flags(privateNumber.raw, BN_FLG_CONSTTIME)
    }

    /// Takes in the digest of signature `index`, not longer than the order, and the nonce that
    /// `makeNonce` writes, from 1 to the order - 1.
    func add(
        _ index: Int, digest: UnsafeRawBufferPointer, _ context: borrowing NumberContext,
        makeNonce: (borrowing BigNumber) throws(CryptoError) -> Void
    ) throws(CryptoError) {
        precondition(digest.count <= Int(coordinateLength))
        try digests[index].assign(digest)
        try order.reduceOnce(digests[index])
        try makeNonce(nonces[index])
        BN_set_flags(nonces[index].raw, BN_FLG_CONSTTIME)
        let status = EC_POINT_mul(group, point.raw, nonces[index].raw, nil, nil, context.raw)
        try check(status, .signingFailed)
        let reading = EC_POINT_get_Jprojective_coordinates_GFp(
            group, point.raw, x[index].raw, nil, z[index].raw, context.raw)
        try check(reading, .signingFailed)
    }

    /// Makes the first `count` signatures. Throws `signingFailed` when there is any doubt about them.
    func sign(
        _ count: Int, _ context: borrowing NumberContext
    ) throws(CryptoError) {
        try field.invert(z, count, into: inverses, context)
        for index in 0..<count {
            // 1/Z·R squared is 1/Z²·R, in Montgomery form as well.
            try field.multiply(inverses[index], inverses[index], into: inverses[index], context)
            try field.multiply(x[index], inverses[index], into: x[index], context)
            // The field of a NIST curve is less than twice as large as its order.
            try order.reduceOnce(x[index])
        }
        try order.invert(nonces, count, into: inverses, context)
        for index in 0..<count {
            try order.multiply(x[index], privateNumber, into: z[index], context)
            try order.add(digests[index], to: z[index])
            try order.multiply(z[index], inverses[index], into: z[index], context)
        }
    }

    /// Writes r and s of signature `index` side by side. False for a zero, with which it would be no
    /// signature.
    func write(
        _ index: Int, to signature: UnsafeMutablePointer<UInt8>
    ) throws(CryptoError) -> Bool {
        guard BN_is_zero(x[index].raw) == 0, BN_is_zero(z[index].raw) == 0 else { return false }
        let length = coordinateLength
        guard BN_bn2binpad(x[index].raw, signature, length) == length,
            BN_bn2binpad(z[index].raw, signature + Int(length), length) == length
        else { throw .last(.signingFailed) }
        return true
    }

    /// Wipes what the first `count` signatures left behind.
    func wipe(_ count: Int) {
        nonces.wipe(count)
        digests.wipe(count)
        x.wipe(count)
        z.wipe(count)
        inverses.wipe(count)
        // Where its coordinates were is the generator then. It only fails for lack of memory, which
        // the point has already.
        EC_POINT_copy(point.raw, EC_GROUP_get0_generator(group))
    }
}
