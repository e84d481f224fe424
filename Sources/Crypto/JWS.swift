/// What a compact JWS (RFC 7515 section 7.1) says of itself before its signature is verified. Nothing
/// of it may be believed but that the token has this shape.
package struct JWS: Sendable, Equatable {
    /// The `alg` of the header. It never chooses a key or an algorithm: the caller finds the key by
    /// its id and refuses the token when this is not the key's algorithm (RFC 8725 section 3.1).
    package let algorithm: Algorithm
    /// The `kid` of the header, when it is the text of a ULID.
    package let keyID: ULID?
    /// Where the base64url of the header is, in the token's bytes.
    package let header: Range<Int>
    /// Where the base64url of the payload is, in the token's bytes.
    package let payload: Range<Int>
    /// Where the base64url of the signature is, in the token's bytes.
    package let signature: Range<Int>

    /// What is signed: the header, the dot and the payload (RFC 7515 section 5.2).
    package var signingInput: Range<Int> { header.lowerBound..<payload.upperBound }
}

/// Why a text is refused as a compact JWS.
package enum JWSRefusal: Error, Equatable {
    /// Not three segments.
    case shape
    /// A segment is not canonical unpadded base64url.
    case encoding
    /// The header is no JSON object, names a member twice, or `kid` or `typ` is not a string.
    case header
    /// The header has `crit` or `b64`: extensions that Signet does not understand (RFC 7515 section
    /// 4.1.11, RFC 7797).
    case criticalExtension
    /// `alg` is missing, not a string, `none`, or not one of ours.
    case algorithm
}
