internal import SignetJSON

/// The claims of a named token (named-tokens.md, "Token"): these five and no other.
package struct NamedTokenClaims: Sendable, Equatable {
    /// The encoded header of every named token, with the dot that follows it: type and algorithm, and no
    /// key id. No token of another realm begins with it: theirs all name their key.
    package static let headerSegment: [UInt8] =
        Base64URL.encode(Array(#"{"typ":"JWT","alg":"HS256"}"#.utf8)) + [UInt8(ascii: ".")]

    /// The login of its user.
    package let username: [UInt8]
    package let id: UUID4
    package let description: [UInt8]
    /// The Unix second from which on it is refused, and when it was issued.
    package let expires: Int64
    package let issued: Int64

    /// - Parameters:
    ///   - username: in UTF-8, as `description`.
    ///   - expires: a Unix second, as `issued`.
    package init(
        username: [UInt8], id: UUID4, description: [UInt8], expires: Int64, issued: Int64
    ) {
        self.username = username
        self.id = id
        self.description = description
        self.expires = expires
        self.issued = issued
    }

    /// Reads a verified payload; nil when it does not have these claims.
    package init?(_ payload: UnsafeRawBufferPointer) {
        guard let claims = PayloadClaims(payload), claims.count == 5,
            let username = claims.text("username"), let id = claims.id("jwt_token_id"),
            let description = claims.text("jwt_token_description"),
            let expires = claims.integer("exp"), let issued = claims.integer("iat")
        else { return nil }
        self.init(
            username: username, id: id, description: description, expires: expires, issued: issued)
    }

    /// The members, `"name":value` with commas between.
    package var members: [UInt8] {
        var members: [UInt8] = []
        members.append(literal: #""username":"#)
        members.append(jsonString: username)
        members.append(literal: #","jwt_token_id":"#)
        members.append(jsonString: id.text)
        members.append(literal: #","jwt_token_description":"#)
        members.append(jsonString: description)
        members.append(literal: #","exp":"#)
        members.append(decimal: expires)
        members.append(literal: #","iat":"#)
        members.append(decimal: issued)
        return members
    }
}
