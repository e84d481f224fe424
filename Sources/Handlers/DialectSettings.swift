package import SignetAuthority

/// What the dialects are told by the server's settings.
package struct DialectSettings: Sendable {
    /// The server's public address, without a slash at its end.
    package var issuer: String
    /// Nil when nothing is limited.
    package var rateLimits: RateLimits?
    /// How long requests may have to wait before further ones are refused; 0 for no limit.
    package var queueTimeMilliseconds: Int64 = 0
    /// Nil when no web page of another origin may read answers.
    package var cors: CORS?
    /// What keeps the audit log; nil when nobody does.
    package var audit: (any AuditSink)?
    /// Nil when requests are not told of one by one.
    package var access: AccessTerms?
    /// How far other clocks may be off when a token's times are checked.
    package var clockSkewSeconds: Int64 = 0
    /// The longest life of a named token: ten years of 365 days unless set.
    package var namedTokenLifeSecondsMax: Int64 = 315_360_000

    /// Lives and algorithm of the tokens of the sign-in dialect.
    package var signIn: SignInTerms
    /// Whether they may be kept in a cookie.
    package var allowsSignInByCookie = true

    /// Lives and algorithm of the tokens of the accounts-and-sessions dialect.
    package var frontend = FrontendTerms()

    /// Whether users may come by themselves.
    package var isSignUpOpen = false
    /// By whom they may sign in; nil for no provider.
    package var providers: Providers?
    /// What has to be passed before an address is verified; nil for nothing.
    package var recaptcha: Recaptcha?

    /// What the server speaks; nil when that is not told.
    package var interface: InterfaceDocument?

    package init(issuer: String) {
        signIn = SignInTerms(issuer: issuer)
        self.issuer = issuer
    }
}
