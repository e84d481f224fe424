package import SignetCrypto
internal import SignetStorage

/// A live session as its app's owner sees it. Times are Unix seconds.
package struct SessionView: Sendable {
    package let tokenID: ULID
    /// The id's 26 characters: the `jid` of its tokens.
    package var tokenIDText: String { tokenID.text }
    /// The id of the key that signed its tokens.
    package let keyID: String
    package let authIssued: Int64
    package let authNotBefore: Int64
    package let authExpires: Int64
    package let refreshIssued: Int64
    package let refreshNotBefore: Int64
    package let refreshExpires: Int64
    /// The claims `ip` and `useragent` as JSON; nil when the session has none.
    package let address: [UInt8]?
    package let userAgent: [UInt8]?

    init(_ row: SessionRow, _ key: RealmKey, _ claims: ClaimMembers) {
        tokenID = ULID(high: UInt64(bitPattern: row.id), low: row.tag)
        keyID = key.idText
        authIssued = row.issued
        authNotBefore = row.authNotBefore
        authExpires = row.authExpires
        refreshIssued = row.issued
        refreshNotBefore = row.refreshNotBefore
        refreshExpires = row.refreshExpires
        address = claims.value("ip")
        userAgent = claims.value("useragent")
    }
}
