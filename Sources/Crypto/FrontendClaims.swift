internal import SignetJSON

/// The claims of a token of the accounts-and-sessions dialect (frontend.md, "JWT"), in their order, and
/// those that its holder adds.
package struct FrontendClaims: Sendable, Equatable {
    /// The id of the user that it speaks for: `sub`, in decimal.
    package var user: Int64
    /// The id of its session: `jti`. Of an API token, which has none, its own.
    package var session: UUID4
    /// When it was issued, in Unix seconds.
    package var issued: Int64
    /// The Unix second from which on it is refused; nil for an API token that never expires.
    package var expires: Int64?
    /// What its bearer may do, in UTF-8, and what else bounds its bearer.
    package var permissions: [[UInt8]]
    package var restrictions: [[UInt8]]
    /// The Unix second before which it is refused, which its holder may have asked for.
    package private(set) var notBefore: Int64?

    package init(
        user: Int64, session: UUID4, issued: Int64, expires: Int64?, permissions: [[UInt8]],
        restrictions: [[UInt8]]
    ) {
        self.user = user
        self.session = session
        self.issued = issued
        self.expires = expires
        self.permissions = permissions
        self.restrictions = restrictions
    }

    /// Reads a verified payload; nil when it does not have these claims.
    package init?(_ payload: UnsafeRawBufferPointer) {
        guard let claims = PayloadClaims(payload), let user = claims.userID("sub"),
            let session = claims.id("jti"), let issued = claims.integer("iat"),
            let expires = claims.integer("exp"), let permissions = claims.texts("permissions"),
            let restrictions = claims.has("restrictions") ? claims.texts("restrictions") : []
        else { return nil }
        self.init(
            user: user, session: session, issued: issued, expires: expires,
            permissions: permissions, restrictions: restrictions)
        notBefore = claims.integer("nbf")
        guard claims.has("nbf") == (notBefore != nil) else { return nil }
    }

    /// The members, `"name":value` with commas between.
    ///
    /// - Parameter custom: the holder's own members, alike; none of them has a name that is in here.
    package func members(custom: [UInt8] = []) -> [UInt8] {
        var members: [UInt8] = []
        members.append(literal: #""sub":""#)
        members.append(decimal: user)
        members.append(literal: #"","jti":"#)
        members.append(jsonString: session.text)
        members.append(literal: #","iat":"#)
        members.append(decimal: issued)
        if let expires {
            members.append(literal: #","exp":"#)
            members.append(decimal: expires)
        }
        members.append(literal: #","permissions":"#)
        members.append(jsonStrings: permissions)
        if !restrictions.isEmpty {
            members.append(literal: #","restrictions":"#)
            members.append(jsonStrings: restrictions)
        }
        if !custom.isEmpty {
            members.append(UInt8(ascii: ","))
            members.append(contentsOf: custom)
        }
        return members
    }
}

extension [UInt8] {
    /// Appends an array of strings, which are UTF-8.
    fileprivate mutating func append(jsonStrings texts: [[UInt8]]) {
        append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(jsonString: text)
        }
        append(UInt8(ascii: "]"))
    }
}
