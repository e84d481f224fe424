/// A provider that users sign in by, as the settings have it.
package struct ProviderTerms: Sendable, Equatable {
    /// How it shows who a user is.
    package enum Kind: Sendable, Equatable {
        /// By an ID token (OpenID Connect Core 1.0) for one of these clients.
        case openID(issuer: String, clientIDs: [String])
        /// By a token that is shown at this address, which answers with the user's claims.
        case userinfo(url: String)
    }

    /// What clients call it.
    package let name: String
    package let kind: Kind

    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// A user as a provider knows it, whose address the provider has verified.
package struct ProviderIdentity: Sendable, Equatable {
    package let email: EmailAddress
    /// Nil when the provider says nothing that can be one.
    package let name: UserName?
}
