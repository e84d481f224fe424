internal import SignetJSON

/// The claims of the token in the link of a verification mail.
package struct VerificationClaims: Sendable, Equatable {
    /// The `typ` of such a token: none of another kind, of whatever realm, has it.
    package static let type: StaticString = "verify+jwt"

    /// The id of the user, and of which generation it was: another password makes the link void.
    package var user: Int64
    package var generation: Int64
    /// When it was issued, and from when on it is refused, in Unix seconds.
    package var issued: Int64
    package var expires: Int64

    package init(user: Int64, generation: Int64, issued: Int64, expires: Int64) {
        self.user = user
        self.generation = generation
        self.issued = issued
        self.expires = expires
    }

    /// Reads a verified payload; nil when it does not have these claims.
    package init?(_ payload: UnsafeRawBufferPointer) {
        guard let claims = PayloadClaims(payload), let user = claims.userID("sub"),
            let generation = claims.integer("gen"), let issued = claims.integer("iat"),
            let expires = claims.integer("exp")
        else { return nil }
        self.init(user: user, generation: generation, issued: issued, expires: expires)
    }

    /// The members, `"name":value` with commas between.
    package var members: [UInt8] {
        var members: [UInt8] = []
        members.append(literal: #""sub":""#)
        members.append(decimal: user)
        members.append(literal: #"","gen":"#)
        members.append(decimal: generation)
        members.append(literal: #","iat":"#)
        members.append(decimal: issued)
        members.append(literal: #","exp":"#)
        members.append(decimal: expires)
        return members
    }
}
