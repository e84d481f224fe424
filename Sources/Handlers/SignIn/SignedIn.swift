internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// What one can do with the tokens of a session.
extension SignInDialect {
    /// POST `/token`: another access token, with the same refresh token.
    func refresh(_ exchange: Exchange, _ token: ShownToken) async throws(SignInError) {
        let genuine = try read(token, access: false, exchange)
        exchange.audit?.note(genuine)
        let found = try await find(genuine, exchange)
        let access = try await ask { () throws(AuthorityError) in
            try await tokens.access(of: found, at: exchange.receivedAt)
        }
        exchange.response.status = .created
        exchange.response.body.append(refresh: token.text, access: access)
    }

    /// POST `/signout`: ends the session, which is over everywhere when this is answered. One that was
    /// over before is no error.
    func signOut(_ exchange: Exchange, _ token: ShownToken) async throws(SignInError) {
        // No page can remove the cookie itself, whatever became of its token.
        if token.isCookie { cookie.clear(&exchange.response) }
        let genuine = try read(token, access: false, exchange)
        exchange.audit?.note(genuine)
        let hasEnded = try await ask { () throws(AuthorityError) in
            try await tokens.end(genuine, at: exchange.receivedAt)
        }
        if hasEnded {
            exchange.audit?.admit(genuine)
        } else {
            exchange.audit?.outcome = .unchanged
        }
        exchange.response.body.append(literal: "{}")
    }

    /// GET `/me`: whom an access token speaks for, or the cookie.
    func showHolder(_ exchange: Exchange) async throws(SignInError) {
        guard let token = try shownToken(exchange) else { throw .invalidToken }
        let genuine = try read(token, access: !token.isCookie, exchange)
        let holder = try await find(genuine, exchange).holder
        exchange.response.body.append(holder)
    }

    /// The session of a token, which is not over.
    private func find(
        _ token: SignInTokens.Genuine, _ exchange: Exchange
    ) async throws(SignInError) -> SignInTokens.Found {
        let found = try await ask { () throws(AuthorityError) in
            try await tokens.find(token, at: exchange.receivedAt)
        }
        guard let found else { throw .invalidToken }
        exchange.audit?.admit(found.holder)
        return found
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ holder: SessionHolder) {
        append(literal: #"{"login":"#)
        append(jsonString: holder.login)
        append(literal: #","name":"#)
        append(jsonString: holder.name)
        append(literal: #","email":"#)
        append(jsonString: holder.email)
        append(literal: #","userid":"#)
        append(jsonString: holder.userID)
        if let application = holder.application {
            append(literal: #","application":"#)
            append(jsonString: application)
        }
        append(literal: "}")
    }
}
