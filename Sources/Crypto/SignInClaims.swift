internal import SignetJSON

/// The claims of a token of the sign-in dialect (sign-in.md, "Claims"), in their order.
package struct SignInClaims: Sendable, Equatable {
    /// What a token is for: `wtyp`.
    package enum Kind: Sendable {
        /// "R": gets access tokens, and names its session in `jti`.
        case refresh
        /// "U": opens what it is shown to, and names its session in `sid`.
        case access

        fileprivate var mark: StaticString { self == .refresh ? "R" : "U" }
        fileprivate var sessionClaim: StaticString { self == .refresh ? "jti" : "sid" }

        fileprivate init?(mark: [UInt8]) {
            switch mark {
            case [UInt8(ascii: "R")]: self = .refresh
            case [UInt8(ascii: "U")]: self = .access
            default: return nil
            }
        }
    }

    package var kind: Kind
    /// When it was issued, in Unix seconds.
    package var issued: Int64
    /// The Unix second from which on it is refused; nil for never, which only refresh tokens have.
    package var expires: Int64?
    /// Whom it speaks for, in UTF-8: login, name, e-mail and id.
    package var subject: [UInt8]
    package var name: [UInt8]
    package var email: [UInt8]
    package var userID: [UInt8]
    package var session: UUID4

    package init(
        _ kind: Kind, issued: Int64, expires: Int64?, subject: [UInt8], name: [UInt8],
        email: [UInt8], userID: [UInt8], session: UUID4
    ) {
        self.kind = kind
        self.issued = issued
        self.expires = expires
        self.subject = subject
        self.name = name
        self.email = email
        self.userID = userID
        self.session = session
    }

    /// Reads a verified payload; nil when it does not have these claims. `iss` is not looked at: the
    /// key has signed for nobody else, and an address may change.
    package init?(_ payload: UnsafeRawBufferPointer) {
        guard let claims = PayloadClaims(payload), let mark = claims.text("wtyp"),
            let kind = Kind(mark: mark), let issued = claims.integer("iat"),
            let subject = claims.text("sub"), let name = claims.text("name"),
            let email = claims.text("email"), let userID = claims.text("usid"),
            let session = claims.id(kind.sessionClaim)
        else { return nil }
        let second = claims.integer("exp")
        // An access token without an end is none of ours, nor one whose end is no number.
        guard second != nil || (!claims.has("exp") && kind == .refresh) else { return nil }
        self.init(
            kind, issued: issued, expires: second, subject: subject, name: name, email: email,
            userID: userID, session: session)
    }

    /// The members, `"name":value` with commas between.
    ///
    /// - Parameter issuer: the server's public address.
    package func members(issuer: String) -> [UInt8] {
        var members: [UInt8] = []
        members.append(literal: #""iat":"#)
        members.append(decimal: issued)
        members.append(literal: #","iss":"#)
        members.append(jsonString: issuer)
        members.append(literal: #","wtyp":""#)
        members.append(literal: kind.mark)
        members.append(literal: #"","sub":"#)
        members.append(jsonString: subject)
        if let expires {
            members.append(literal: #","exp":"#)
            members.append(decimal: expires)
        }
        members.append(literal: #","name":"#)
        members.append(jsonString: name)
        members.append(literal: #","email":"#)
        members.append(jsonString: email)
        members.append(literal: #","usid":"#)
        members.append(jsonString: userID)
        members.append(literal: #",""#)
        members.append(literal: kind.sessionClaim)
        members.append(literal: #"":"#)
        members.append(jsonString: session.text)
        return members
    }
}
