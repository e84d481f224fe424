internal import COpenSSL

/// What Signet accepts as a key.
extension PKey {
    /// RFC 7518 sections 3.3 and 3.5.
    private static var rsaBitsMin: Int32 { 2048 }
    /// A bound on what one verification may cost.
    private static var rsaBitsMax: Int32 { 8192 }

    /// Finds out what the key is. Throws `unsupportedKey` for types and curves that Signet does not
    /// use and for EC keys that spell out their curve's parameters, and `weakKey` for weak RSA.
    borrowing func validatedForm() throws(CryptoError) -> KeyForm {
        // id-RSASSA-PSS keys are another type, "RSA-PSS", and not accepted.
        if EVP_PKEY_is_a(raw, KeyForm.rsa.openSSLName) == 1 {
            try validateRSA()
            return .rsa
        }
        if EVP_PKEY_is_a(raw, KeyForm.ed25519.openSSLName) == 1 { return .ed25519 }
        guard EVP_PKEY_is_a(raw, KeyForm.p256.openSSLName) == 1 else {
            throw CryptoError(.unsupportedKey)
        }
        return try validatedCurve()
    }

    /// Checks a public key by itself: an EC point is on its curve and of its order.
    borrowing func validatePublic() throws(CryptoError) {
        let context = try PKeyContext(self)
        try check(EVP_PKEY_public_check(context.raw), .inconsistentKey)
    }

    /// Checks that a private key is one, and belongs to its public part. For RSA this tests the
    /// primes, which takes tens of milliseconds: keys are checked when they come in.
    borrowing func validatePrivate() throws(CryptoError) {
        let context = try PKeyContext(self)
        try check(EVP_PKEY_check(context.raw), .inconsistentKey)
    }

    private borrowing func validatedCurve() throws(CryptoError) -> KeyForm {
        var isExplicit: Int32 = 0
        let status = EVP_PKEY_get_int_param(
            raw, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &isExplicit)
        guard status == 1, isExplicit == 0 else { throw .last(.unsupportedKey) }

        var name = [UInt8](repeating: 0, count: 64)
        var length = 0
        let nameStatus = name.withUnsafeMutableBytes { name in
            EVP_PKEY_get_group_name(
                raw, name.assumingMemoryBound(to: CChar.self).baseAddress, name.count, &length)
        }
        try check(nameStatus, .unsupportedKey)
        let group = String(decoding: name.prefix(length), as: UTF8.self)
        let curves: [KeyForm] = [.p256, .p384, .p521]
        guard let form = curves.first(where: { $0.groupName == group }) else {
            throw CryptoError(.unsupportedKey)
        }
        return form
    }

    private borrowing func validateRSA() throws(CryptoError) {
        let bits = EVP_PKEY_get_bits(raw)
        guard bits >= Self.rsaBitsMin else { throw CryptoError(.weakKey) }
        guard bits <= Self.rsaBitsMax else { throw CryptoError(.unsupportedKey) }
        let exponent = try number(OSSL_PKEY_PARAM_RSA_E)
        let isOdd = exponent.last.map { $0 & 1 == 1 } ?? false
        guard isOdd, exponent != [1] else { throw CryptoError(.weakKey) }
        // A larger exponent has no use but to make verification slow.
        guard exponent.count <= 8 else { throw CryptoError(.unsupportedKey) }
        let modulus = try BigNumber(OSSL_PKEY_PARAM_RSA_N, of: raw)
        guard !ROCA.matches(modulus) else { throw CryptoError(.weakKey) }
    }
}
