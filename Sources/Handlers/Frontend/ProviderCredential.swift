internal import SignetAuthority
internal import SignetRuntime

/// The token of a provider, as a request shows it, and for whom.
struct ProviderCredential {
    /// Empty when the request does not say.
    let provider: [UInt8]
    let token: [UInt8]
    /// Whose the request says it is; nil when it does not say.
    let email: EmailAddress?
    /// Whether a browser sent it of its own accord.
    let isByCookie: Bool
}

extension FrontendDialect {
    /// The provider's token of a request: in the body, as `oauth-provider-token` in JSON or `oauth-token` in a
    /// form, else in the cookies.
    func providerCredential(
        _ exchange: Exchange, _ fields: inout FrontendFields
    ) throws(FrontendError) -> ProviderCredential? {
        let email = fields.email("email")
        if let object = fields.object("oauth-provider-token") {
            return try credential(object, "oauth-provider-token", email, &fields)
        }
        if let text = fields.text("oauth-token") {
            // What the field holds is the object of JSON, or the token alone.
            if text.first == UInt8(ascii: "{") {
                return try credential(text, "oauth-token", email, &fields)
            }
            return ProviderCredential(
                provider: fields.text("oauth-provider-name") ?? [], token: text, email: email,
                isByCookie: false)
        }
        guard let token = exchange.cookieText("oauth-provider-token") else {
            fields.refuse("oauth-provider-token", "This is required.")
            return nil
        }
        var named = email
        if named == nil, let text = exchange.cookieText("oauth-email") {
            named = EmailAddress(text)
            if named == nil {
                fields.refuse("email", "The cookie oauth-email must be an e-mail address.")
            }
        }
        return ProviderCredential(
            provider: exchange.cookieText("oauth-provider-name") ?? [], token: token, email: named,
            isByCookie: true)
    }

    private func credential(
        _ object: [UInt8], _ name: StaticString, _ email: EmailAddress?,
        _ fields: inout FrontendFields
    ) throws(FrontendError) -> ProviderCredential? {
        var members = try object.span.bytes.withUnsafeBytes { bytes throws(FrontendError) in
            try FrontendFields(json: bytes, &scanner)
        }
        let provider = members.text("provider") ?? []
        guard let token = members.text("token") else {
            fields.refuse(name, "This must have the provider and the token as strings.")
            return nil
        }
        return ProviderCredential(
            provider: provider, token: token, email: email, isByCookie: false)
    }
}

extension Exchange {
    /// The value of a cookie, percent-decoded where it is encoded; nil when there is none, or an empty one.
    fileprivate func cookieText(_ name: StaticString) -> [UInt8]? {
        guard let range = cookie(name), !range.isEmpty else { return nil }
        let value = Array(request.bytes[range])
        guard value.contains(UInt8(ascii: "%")) else { return value }
        var text: [UInt8] = []
        return value.withUnsafeBytes { bytes in
            (try? text.append(formText: bytes, plus: UInt8(ascii: "+"))) == nil ? nil : text
        }
    }
}
