/// An app as it is stored. Times are Unix seconds, lifetimes and delays are seconds.
package struct AppRow: Sendable, Equatable {
    /// The small internal key that other rows refer to. Positive, and never used again once
    /// deleted.
    package var number: Int64
    /// The id that clients know.
    package var id: RowID
    /// The app's name, which is the issuer of its tokens.
    package var name: String
    /// What its owner wrote about it; may be empty.
    package var description: String
    /// The SHA-256 of the app key.
    package var keyHash: [UInt8]
    /// The JWS algorithm of new keys (RFC 7518 section 3.1).
    package var algorithm: String
    /// The life of an auth token.
    package var tokenExpire: Int64
    /// How long after issue an auth token begins to be valid.
    package var tokenNotBefore: Int64
    /// The life of a refresh token.
    package var refreshExpire: Int64
    /// How long after issue a refresh token begins to be valid.
    package var refreshNotBefore: Int64
    /// The age at which the active key is replaced.
    package var rotationPeriod: Int64
    /// How long a used refresh token still returns its successor.
    package var refreshGrace: Int64
    /// The set of claims that a sign request must have, one bit each.
    package var requiredClaims: Int64
    /// When the app was created.
    package var added: Int64
    /// When it was last changed, 0 if never.
    package var updated: Int64
    /// When its key was last replaced, 0 if never.
    package var lastKeyRotation: Int64

    /// Makes a row out of all its columns.
    package init(
        number: Int64, id: RowID, name: String, description: String, keyHash: [UInt8],
        algorithm: String, tokenExpire: Int64, tokenNotBefore: Int64, refreshExpire: Int64,
        refreshNotBefore: Int64, rotationPeriod: Int64, refreshGrace: Int64,
        requiredClaims: Int64, added: Int64, updated: Int64 = 0, lastKeyRotation: Int64 = 0
    ) {
        self.number = number
        self.id = id
        self.name = name
        self.description = description
        self.keyHash = keyHash
        self.algorithm = algorithm
        self.tokenExpire = tokenExpire
        self.tokenNotBefore = tokenNotBefore
        self.refreshExpire = refreshExpire
        self.refreshNotBefore = refreshNotBefore
        self.rotationPeriod = rotationPeriod
        self.refreshGrace = refreshGrace
        self.requiredClaims = requiredClaims
        self.added = added
        self.updated = updated
        self.lastKeyRotation = lastKeyRotation
    }
}
