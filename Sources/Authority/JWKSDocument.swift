internal import SignetCrypto

/// A JWK Set (RFC 7517 section 5) as it is served: made when keys change, never for a request.
package final class JWKSDocument: Sendable {
    /// The document.
    package let body: [UInt8]
    /// Its strong entity tag, quotes included (RFC 9110 section 8.8.3): it changes with every byte.
    package let entityTag: [UInt8]

    /// The document without keys.
    static let empty = JWKSDocument([])

    /// Lists the public keys among `keys`: those that will sign, sign, or have signed, so that
    /// whoever holds the document knows each key before its first token. Revoked keys and secrets are
    /// left out.
    init(_ keys: [RealmKey]) {
        let jwks = keys.filter { !$0.isRevoked }.compactMap(\.publicJWK)
        let body =
            Array(#"{"keys":["#.utf8) + Array(jwks.joined(separator: CollectionOfOne(0x2C)))
            + Array("]}".utf8)
        self.body = body
        let digest = Base64URL.encode(SHA256Digest.digest(body))
        entityTag = [UInt8(ascii: "\"")] + digest + [UInt8(ascii: "\"")]
    }
}
