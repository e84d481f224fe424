package import SignetCrypto

/// How the tokens of the accounts-and-sessions dialect are made; the times are in seconds.
package struct FrontendTerms: Sendable {
    /// Any: signatures that are not cheap are made by the workers.
    package var algorithm = Algorithm.hs256
    /// The lives of a session, and the longest of its tokens: with `long-term-token`, and without.
    package var longLife: Int64 = 14 * 86_400
    package var shortLife: Int64 = 3 * 3600
    /// The life of the link in a verification mail.
    package var verificationLife: Int64 = 86_400
    /// How far other clocks may be off when a token's times are checked.
    package var clockSkew: Int64 = 0

    package init() {}

    /// How long a token lives.
    package func life(isLongTerm: Bool) -> Int64 { isLongTerm ? longLife : shortLife }
}
