internal import SignetJSON

/// The JOSE header of the tokens that we sign (RFC 7519 section 5).
package enum JWTHeader {
    /// `{"alg":…,"kid":…,"typ":"JWT"}` in base64url, with the dot that follows it in a token.
    package static func segment(_ algorithm: Algorithm, keyID: ULID) -> [UInt8] {
        var header: [UInt8] = []
        header.append(literal: "{\"alg\":")
        header.append(jsonString: algorithm.name)
        header.append(literal: ",\"kid\":")
        header.append(jsonString: keyID.text)
        header.append(literal: ",\"typ\":\"JWT\"}")
        return Base64URL.encode(header) + [UInt8(ascii: ".")]
    }

    /// `"iss":"<name>"`, ready for `TokenBuffer.append(members:)`.
    package static func issuerClaim(_ name: String) -> [UInt8] {
        var claim: [UInt8] = []
        claim.append(literal: "\"iss\":")
        claim.append(jsonString: name)
        return claim
    }
}
