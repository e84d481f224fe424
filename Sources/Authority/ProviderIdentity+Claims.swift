internal import SignetCrypto

extension ProviderIdentity {
    /// Reads the claims of a user (OpenID Connect Core 1.0 section 5.1). Nil unless the provider says that it
    /// has verified the address: one that it does not speak of may be anybody's.
    init?(_ claims: ForeignObject) {
        guard claims.isTrue("email_verified"), let text = claims.text("email"),
            let email = EmailAddress(Array(text.utf8))
        else { return nil }
        self.init(
            email: email, name: claims.text("name").flatMap { UserName(Array($0.utf8)) })
    }
}
