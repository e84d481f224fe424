internal import COpenSSL

/// The numbers of an RSA private key with two primes (RFC 8017 section 3.2): their names in a JWK
/// (RFC 7518 section 6.3.2) and in OpenSSL.
struct RSAPrivateNumber {
    let jwkName: StaticString
    let openSSLName: String

    /// The names behind OpenSSL's macros `OSSL_PKEY_PARAM_RSA_FACTOR1` and so on, which are pieced
    /// together in a way that Swift does not import.
    static let all = [
        RSAPrivateNumber(jwkName: "d", openSSLName: OSSL_PKEY_PARAM_RSA_D),
        RSAPrivateNumber(jwkName: "p", openSSLName: "rsa-factor1"),
        RSAPrivateNumber(jwkName: "q", openSSLName: "rsa-factor2"),
        RSAPrivateNumber(jwkName: "dp", openSSLName: "rsa-exponent1"),
        RSAPrivateNumber(jwkName: "dq", openSSLName: "rsa-exponent2"),
        RSAPrivateNumber(jwkName: "qi", openSSLName: "rsa-coefficient1"),
    ]
}
