internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension FrontendDialect {
    /// What the token of a provider is worth.
    private enum Check {
        case user(User)
        /// The provider has verified an address that nobody here has.
        case unknownUser(EmailAddress)
        /// For the developer of the client. No quotes and no backslashes.
        case refused(StaticString)
    }

    /// POST `/oauth-sign-in`: begins a session for whom a provider vouches for; or, with `check-auth`, only
    /// says whether it would.
    func signInByProvider(_ exchange: Exchange) async throws(FrontendError) {
        var fields = try readBody(exchange)
        let credential = try providerCredential(exchange, &fields)
        let isCheck = fields.flag("check-auth", otherwise: false)
        let wishes = SignInWishes(&fields)
        let name = credential.map(providerName) ?? ""
        if credential != nil, !(providers?.has(name) ?? false) {
            fields.refuse("oauth-provider-token", "There is no such provider.")
        }
        try fields.finish()
        guard let credential else { throw .internal }
        if credential.isByCookie, page.sender(of: exchange) == .another {
            throw .permissionDenied(
                "A request by cookie must not come from a page of another site.")
        }
        if isCheck { exchange.audit?.kind = nil }
        let check = try await check(credential, of: name, isCheck: isCheck, exchange)
        var answer: SignInAnswer
        switch check {
        case .refused(let text):
            guard isCheck else { throw .wrongProviderToken(text) }
            let email = credential.email?.text ?? ""
            answer = SignInAnswer(email: email, status: .anonymous, userID: 0, wishes: wishes)
        case .unknownUser(let email):
            guard isCheck else { throw .wrongProviderToken("Nobody has this e-mail address.") }
            answer = SignInAnswer(
                email: email.text, status: .anonymous, userID: 0, wishes: wishes)
        case .user(let user):
            answer =
                isCheck
                ? SignInAnswer(
                    email: user.email, status: user.status, userID: user.id, wishes: wishes)
                : try await admit(user, wishes, exchange)
        }
        answer.providerTokens = [.init(provider: Array(name.utf8), token: credential.token)]
        write(answer, check, to: &exchange.response.body)
    }

    private func check(
        _ credential: ProviderCredential, of name: String, isCheck: Bool, _ exchange: Exchange
    ) async throws(FrontendError) -> Check {
        guard let providers else { throw .internal }
        let now = exchange.receivedAt
        let identity = try await ask { () throws(AuthorityError) in
            try await providers.identify(credential.token, by: name, at: now)
        }
        guard let identity else {
            return .refused("The provider does not vouch for a verified e-mail address.")
        }
        if let email = credential.email, email.text.lowercased() != identity.email.text.lowercased()
        {
            return .refused("The token is for another e-mail address.")
        }
        let user = try await ask { () throws(AuthorityError) in
            isCheck
                ? try await accounts.user(.email(Array(identity.email.text.utf8)))
                : try await accounts.user(of: identity, mayCreate: isSignUpOpen, at: now)
        }
        return user.map { .user($0) } ?? .unknownUser(identity.email)
    }

    /// The name that the request says, or that of the only provider.
    private func providerName(_ credential: ProviderCredential) -> String {
        if credential.provider.isEmpty { return providers?.onlyName ?? "" }
        return String(decoding: credential.provider, as: UTF8.self)
    }

    private func write(_ answer: SignInAnswer, _ check: Check, to body: inout [UInt8]) {
        body.append(literal: #"{"check-auth-result":{"ok":"#)
        switch check {
        case .user(let user):
            body.append(literal: user.status == .suspended ? "false" : "true")
            body.append(literal: #","message":""#)
            body.append(
                literal: user.status == .suspended ? "The user is suspended." : "The token is good."
            )
        case .unknownUser:
            body.append(literal: isSignUpOpen ? "true" : "false")
            body.append(literal: #","message":""#)
            body.append(
                literal: isSignUpOpen
                    ? "A user will be made." : "Nobody has this e-mail address.")
        case .refused(let text):
            body.append(literal: #"false,"message":""#)
            body.append(literal: text)
        }
        body.append(literal: #""},"#)
        body.appendMembers(of: answer)
        body.append(UInt8(ascii: "}"))
    }
}
