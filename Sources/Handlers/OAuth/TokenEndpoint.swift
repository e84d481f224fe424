internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension OAuthDialect {
    /// POST `/oauth/token` (RFC 6749 section 3.2).
    func answerToken(_ exchange: Exchange, _ app: App) throws(OAuthError) {
        guard form.has(.grantType) else { throw .invalidRequest("The grant_type is missing.") }
        if form.value(of: .grantType, is: "client_credentials") {
            try grantAccess(exchange, app)
        } else if form.value(of: .grantType, is: "refresh_token") {
            try refresh(exchange, app)
        } else {
            throw .unsupportedGrantType
        }
    }

    /// The client credentials grant (RFC 6749 section 4.4): an access token of RFC 9068. It comes
    /// without a refresh token (section 4.4.3); the client has its own credentials.
    ///
    /// Every scope and every audience is granted: who holds the app key may sign what it likes.
    private func grantAccess(_ exchange: Exchange, _ app: App) throws(OAuthError) {
        let grant = grants.lease()
        let scope: [UInt8]?
        do throws(OAuthError) {
            scope = try form.withValue(.scope) { text throws(OAuthError) in
                try Scope.check(text)
                return [UInt8](text)
            }
            try writeClaims(of: app, scope, to: &grant.claims)
        } catch {
            grants.giveBack(grant)
            throw error
        }
        grant.whenDone = { _, error in
            if let error {
                self.finish(exchange, self.refusal(of: error, for: app))
            } else {
                exchange.audit?.target = .token(grant.idText)
                self.render(grant, scope, into: &exchange.response)
                exchange.finish()
            }
            self.grants.giveBack(grant)
        }
        sessions.own.begin(grant, for: app, exchange)
    }

    /// RFC 9068 section 2.2, but for the claims that the registry sets.
    private func writeClaims(
        of app: App, _ scope: [UInt8]?, to claims: inout [UInt8]
    ) throws(OAuthError) {
        claims.append(literal: #""iss":"#)
        claims.append(jsonString: issuer)
        claims.append(literal: #","sub":"#)
        claims.append(jsonString: app.idText)
        claims.append(literal: #","client_id":"#)
        claims.append(jsonString: app.idText)
        claims.append(literal: #","aud":"#)
        try Audience.write(form, issuer: issuer, to: &claims)
        if let scope {
            claims.append(literal: #","scope":"#)
            claims.append(jsonString: scope)
        }
    }

    private func render(
        _ grant: AccessGrant, _ scope: [UInt8]?, into response: inout Response
    ) {
        grant.withToken {
            response.appendToken($0, lifeSeconds: grant.expires - grant.issued)
        }
        if let scope {
            response.body.append(literal: #","scope":"#)
            response.body.append(jsonString: scope)
        }
        response.body.append(literal: "}")
    }

    /// The refresh grant (RFC 6749 section 6), for the refresh tokens of `sign`: what `renew` is to
    /// the apps dialect.
    private func refresh(_ exchange: Exchange, _ app: App) throws(OAuthError) {
        exchange.audit?.kind = .tokenRenewed
        // The pair that was signed knows no scope and its audience can't be changed, so that any
        // would be more than was granted (RFC 6749 section 6, RFC 8707 section 2.2).
        guard !form.has(.scope) else { throw .invalidScope("A refreshed token keeps its scope.") }
        guard !form.has(.audience), form.resourceCount == 0 else {
            throw .invalidTarget("A refreshed token keeps its audience.")
        }
        let renewal = renewals.lease()
        guard form.withValue(.refreshToken, { renewal.setRefreshToken($0) }) != nil else {
            renewals.giveBack(renewal)
            throw .invalidRequest("The refresh_token is missing.")
        }
        renewal.whenDone = { _, error in
            self.answer(exchange, renewal, app, error)
            self.renewals.giveBack(renewal)
        }
        sessions.own.begin(renewal, for: app, among: sessions, exchange)
    }

    /// The new pair is durable, or there is none.
    private func answer(
        _ exchange: Exchange, _ renewal: Renewal, _ app: App, _ error: AuthorityError?
    ) {
        if let error { return finish(exchange, refusal(of: error, for: app)) }
        exchange.audit?.note(renewal)
        guard renewal.isRenewed else { return finish(exchange, .invalidGrant) }
        render(renewal, at: exchange.receivedAt / 1000, into: &exchange.response)
        exchange.finish()
    }

    private func render(_ renewal: Renewal, at now: Int64, into response: inout Response) {
        renewal.withAuthToken {
            response.appendToken($0, lifeSeconds: max(0, renewal.authExpires - now))
        }
        response.body.append(literal: #","refresh_token":""#)
        renewal.withRefreshToken { response.body.append(contentsOf: $0) }
        response.body.append(literal: #""}"#)
    }
}

extension Response {
    /// Appends the members that every successful answer has (RFC 6749 section 5.1), and sets its
    /// fields.
    fileprivate mutating func appendToken(_ text: UnsafeRawBufferPointer, lifeSeconds: Int64) {
        isUncacheable = true
        fields.append(ResponseField("Pragma", "no-cache"))
        body.append(literal: #"{"access_token":""#)
        body.append(contentsOf: text)
        body.append(literal: #"","token_type":"Bearer","expires_in":"#)
        body.append(decimal: lifeSeconds)
    }
}
