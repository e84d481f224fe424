package import SignetCrypto
internal import SignetStorage

/// An API token as its user sees it.
package struct APIToken: Sendable {
    package typealias ID = UUID4

    package let id: ID
    /// The token itself: 64 characters of `A-Za-z0-9-_`.
    package let text: [UInt8]
    /// The id of its user.
    package let user: Int64
    /// What its bearer may do, as far as the user may.
    package let grant: Grant
    /// When it was made, and when it was last changed: Unix milliseconds.
    package let created: Int64
    package let updated: Int64
    /// The Unix second from which on it is refused; nil for never.
    package let expires: Int64?
    let row: APITokenRow

    init(_ row: APITokenRow, text: [UInt8]) {
        self.row = row
        self.text = text
        id = UUID4(row.id)
        user = row.user
        grant = Grant(
            Permissions(rawValue: row.permissions),
            restrictions: row.restrictions.split(separator: "\n").map(String.init))
        created = row.created
        updated = row.updated
        expires = row.expires == APITokenRow.never ? nil : row.expires
    }

    /// Whether its time is over.
    ///
    /// - Parameter now: Unix milliseconds.
    package func isExpired(at now: Int64) -> Bool { expires.map { now / 1000 >= $0 } ?? false }

    /// What a token of a session with the same grant would say, in base64url.
    ///
    /// - Parameter user: the token's.
    package func claims(of user: User) -> [UInt8] {
        let claims = FrontendClaims(
            user: user.id, session: id, issued: created / 1000, expires: expires,
            grant.bounded(by: user))
        return Base64URL.encode(Array("{".utf8) + claims.members() + Array("}".utf8))
    }

    /// The id as its text.
    package var idText: [UInt8] { id.text }
}
