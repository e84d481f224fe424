/// The claims of a token of ours that decide whether it is good (RFC 7519 section 4.1).
package struct RegisteredClaims: Sendable, Equatable {
    /// `exp`: the Unix second from which on the token is refused.
    package var expires: Int64?
    /// `nbf`: the Unix second from which on the token is accepted.
    package var notBefore: Int64?
    /// `jid`, or `jti` (RFC 7519 section 4.1.7) of a token that has none: the session and pair that the
    /// token belongs to.
    package var tokenID: ULID?

    /// `iat`: when it was issued, in Unix seconds.
    package var issued: Int64?

    /// `client_id` (RFC 8693 section 4.3), when `sub` says the same: whose own access token it is.
    package var clientID: String?

    package init() {}

    /// Whether `nbf <= now < exp`, with an allowance for clocks that differ. A token without `exp` is
    /// refused: ours all have one.
    package func areInForce(atUnixSeconds now: Int64, skewSeconds: Int64) -> Bool {
        guard let expires, now - skewSeconds < expires else { return false }
        return notBefore.map { $0 <= now + skewSeconds } ?? true
    }
}
