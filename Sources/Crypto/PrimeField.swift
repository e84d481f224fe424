internal import COpenSSL

/// Calculates modulo an odd prime m with Montgomery multiplication, which divides each product by R, a
/// power of two above m. The "Montgomery form" of a number a is a·R mod m.
///
/// The time of its steps tells nothing of the numbers: they are OpenSSL's assembly for Montgomery
/// multiplication and `BN_mod_exp_mont_consttime`. Only a number whose highest 64-bit word is zero goes
/// another way, one in 2^64 of those below a prime that fills its words. Not `Sendable`: one for each
/// thread.
final class PrimeField {
    private let modulus: BigNumber
    private let montgomery: OpaquePointer
    /// Raising to it inverts (Fermat).
    private let exponent: BigNumber
    private let inverse: BigNumber

    /// The field of the numbers below `prime`, which is copied.
    init(_ prime: OpaquePointer) throws(CryptoError) {
        modulus = try BigNumber(copying: prime)
        exponent = try BigNumber(copying: prime)
        inverse = try BigNumber()
        montgomery = try check(BN_MONT_CTX_new(), .internalFailure)
        let context = try NumberContext()
        try check(BN_MONT_CTX_set(montgomery, prime, context.raw), .internalFailure)
        try check(BN_sub_word(exponent.raw, 2), .internalFailure)
    }

    deinit { BN_MONT_CTX_free(montgomery) }

    /// Puts `number` into Montgomery form.
    func encode(
        _ number: OpaquePointer, into result: borrowing BigNumber,
        _ context: borrowing NumberContext
    ) throws(CryptoError) {
        let status = BN_to_montgomery(result.raw, number, montgomery, context.raw)
        try check(status, .internalFailure)
    }

    /// The product of two numbers, divided by R: the product itself if one of them is in Montgomery
    /// form. `result` may be one of them.
    func multiply(
        _ left: borrowing BigNumber, _ right: borrowing BigNumber,
        into result: borrowing BigNumber, _ context: borrowing NumberContext
    ) throws(CryptoError) {
        let status = BN_mod_mul_montgomery(
            result.raw, left.raw, right.raw, montgomery, context.raw)
        try check(status, .internalFailure)
    }

    /// Adds a number below the modulus.
    func add(
        _ number: borrowing BigNumber, to sum: borrowing BigNumber
    ) throws(CryptoError) {
        let status = BN_mod_add_quick(sum.raw, sum.raw, number.raw, modulus.raw)
        try check(status, .internalFailure)
    }

    /// Brings a number below twice the modulus below the modulus. Not for secrets: it branches.
    func reduceOnce(_ number: borrowing BigNumber) throws(CryptoError) {
        guard BN_ucmp(number.raw, modulus.raw) >= 0 else { return }
        try check(BN_sub(number.raw, number.raw, modulus.raw), .internalFailure)
    }

    /// Writes the inverses of the first `count` numbers, one or more, in Montgomery form, with one
    /// inversion for all (Montgomery's trick). Throws `signingFailed` when a number is zero, or when
    /// the inverse of their product turns out not to be one.
    func invert(
        _ numbers: borrowing NumberRow, _ count: Int, into inverses: borrowing NumberRow,
        _ context: borrowing NumberContext
    ) throws(CryptoError) {
        defer { inverse.wipe() }
        // With v1, v2, … for the numbers, place i of the row first holds v1·…·vi / R^(i-1).
        guard BN_copy(inverses[0].raw, numbers[0].raw) != nil else { throw .last(.internalFailure) }
        for index in 1..<count {
            try multiply(inverses[index - 1], numbers[index], into: inverses[index], context)
        }

        let status = BN_mod_exp_mont_consttime(
            inverse.raw, inverses[count - 1].raw, exponent.raw, modulus.raw, context.raw,
            montgomery)
        try check(status, .internalFailure)
        try encode(inverse.raw, into: inverse, context)

        // `inverse` is R^i / (v1·…·vi), from i = `count` down to 1; at the end it should be 1.
        for index in (1..<count).reversed() {
            try multiply(inverse, inverses[index - 1], into: inverses[index], context)
            try multiply(inverse, numbers[index], into: inverse, context)
        }
        let copy = BN_copy(inverses[0].raw, inverse.raw)
        guard copy != nil else { throw .last(.internalFailure) }
        // Signatures from wrong inverses, as by a fault of the hardware, might tell the key.
        try multiply(inverse, numbers[0], into: inverse, context)
        guard BN_is_one(inverse.raw) == 1 else { throw CryptoError(.signingFailed) }
    }
}
