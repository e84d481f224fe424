internal import SignetJSON

/// The JOSE header of the tokens that we sign (RFC 7519 section 5).
package enum JWTHeader {
    /// `{"alg":…,"kid":…,"typ":…}` in base64url, with the dot that follows it in a token.
    ///
    /// - Parameter type: the media type of the token, without `application/` (RFC 7515 section 4.1.9).
    package static func segment(
        _ algorithm: Algorithm, keyID: ULID, type: StaticString = "JWT"
    ) -> [UInt8] {
        var header: [UInt8] = []
        header.append(literal: "{\"alg\":")
        header.append(jsonString: algorithm.name)
        header.append(literal: ",\"kid\":")
        header.append(jsonString: keyID.text)
        header.append(literal: ",\"typ\":\"")
        header.append(literal: type)
        header.append(literal: "\"}")
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
