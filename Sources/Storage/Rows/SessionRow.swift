/// A session as it is stored. Times are Unix seconds.
package struct SessionRow: Sendable, Equatable {
    /// Time-ordered: 48 bits of Unix milliseconds, 8 of the shard that made it, 8 of its sequence.
    package var id: Int64
    /// The low half of the session's current token id; it changes with every renewal.
    package var tag: UInt64
    /// The number of the app.
    package var app: Int64
    /// The number of the key that signed the current tokens.
    package var key: Int64
    /// A hash of the app and its `sub` claim. Two subjects may share it: compare the claims.
    package var subject: UInt64
    /// When the current tokens were issued.
    package var issued: Int64
    /// When the auth token begins to be valid.
    package var authNotBefore: Int64
    /// When the auth token expires.
    package var authExpires: Int64
    /// When the refresh token begins to be valid.
    package var refreshNotBefore: Int64
    /// When the refresh token expires, and the row may go.
    package var refreshExpires: Int64
    /// The claims of its tokens, in the caller's own form.
    package var claims: [UInt8]
    /// What its last renewal left behind; nil for a session that was never renewed.
    package var renewal: SessionRenewal?

    /// Makes a row out of all its columns.
    package init(
        id: Int64, tag: UInt64, app: Int64, key: Int64, subject: UInt64, issued: Int64,
        authNotBefore: Int64, authExpires: Int64, refreshNotBefore: Int64, refreshExpires: Int64,
        claims: [UInt8], renewal: SessionRenewal? = nil
    ) {
        self.id = id
        self.tag = tag
        self.app = app
        self.key = key
        self.subject = subject
        self.issued = issued
        self.authNotBefore = authNotBefore
        self.authExpires = authExpires
        self.refreshNotBefore = refreshNotBefore
        self.refreshExpires = refreshExpires
        self.claims = claims
        self.renewal = renewal
    }
}

/// The parts of a session id that the store reads.
enum SessionID {
    /// The Unix second in which a session of this id was made.
    static func second(_ id: Int64) -> Int64 { (id >> 16) / 1000 }
}
