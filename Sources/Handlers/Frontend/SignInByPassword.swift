internal import SignetAuthority
internal import SignetRuntime

extension FrontendDialect {
    /// POST `/sign-in`: begins a session for who shows an e-mail and its password.
    func signIn(_ exchange: Exchange) async throws(FrontendError) {
        var fields = try readBody(exchange)
        let email = fields.email("email", isRequired: true)
        let password = fields.password("password")
        let wishes = SignInWishes(&fields)
        try fields.finish()
        guard let email else { throw .internal }
        guard let password else {
            // Nobody is asked whether there is such a user.
            exchange.audit?.kind = nil
            let answer = SignInAnswer(
                email: email.text, status: .anonymous, userID: 0, wishes: wishes)
            return exchange.response.body.append(answer)
        }
        let key = User.Key.email(Array(email.text.utf8))
        let user = try await checkPassword(of: key, exchange, rateLimits) {
            () throws(AuthorityError) in
            try await accounts.passwordCheck.user(
                key, password: password, among: Set(User.Status.allCases))
        }
        guard let user else { throw .wrongCredentials }
        exchange.response.body.append(try await admit(user, wishes, exchange))
    }

    /// The answer to a user who has shown who it is: with a session, if the user is active.
    func admit(
        _ user: User, _ wishes: SignInWishes, _ exchange: Exchange
    ) async throws(FrontendError) -> SignInAnswer {
        var answer = SignInAnswer(
            email: user.email, status: user.status, userID: user.id, wishes: wishes)
        exchange.audit?.admit(user)
        switch user.status {
        case .suspended: throw .suspended
        case .anonymous, .pending:
            exchange.audit?.outcome = .refused
            return answer
        case .active: break
        }
        let now = exchange.receivedAt
        let origin = exchange.sessionOrigin
        let apiToken = try await ask { () throws(AuthorityError) in
            try await apiTokens.main(of: user, at: now)
        }
        let session = try await ask { () throws(AuthorityError) in
            try await tokens.begin(
                for: user, from: origin, isLongTerm: wishes.isLongTerm, at: now)
        }
        // Suspended or deleted while the password was checked.
        guard let apiToken, let session else { throw .wrongCredentials }
        exchange.audit?.target = .session(session.idText)
        answer.apiToken = apiToken.text
        answer.jwt = try await ask { () throws(AuthorityError) in
            if wishes.logsOutOthers {
                try await tokens.endAll(of: user, but: session)
            }
            return try await tokens.token(
                of: session, user: user.id, Grant(user.role.permissions),
                isLongTerm: wishes.isLongTerm, at: now)
        }
        return answer
    }
}
