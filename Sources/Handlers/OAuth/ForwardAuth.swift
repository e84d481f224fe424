internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension OAuthDialect {
    /// GET `/auth/check`: whether a request may pass, for nginx's `auth_request` and the forward auth
    /// of Traefik and Caddy. 200 with who calls in `X-Auth-…` fields, or 401; never another refusal
    /// for a bad token, because nginx takes those for a broken server.
    func checkToken(_ exchange: Exchange) {
        guard let (token, carrier) = shownToken(exchange) else {
            // RFC 6750 section 3.1: without a credential there is no error to tell of.
            return refuse(exchange, #"Bearer realm="signet""#)
        }
        if checksSignInToken(at: token, carrier, exchange) { return }
        // That cookie is the sign-in dialect's alone.
        guard carrier != .sessionCookie else { return refuseToken(exchange) }
        if checksNamedToken(at: token, exchange) { return }
        if checksFrontendToken(at: token, carrier, exchange) { return }
        let verification = verifications.lease()
        exchange.request.bytes.withUnsafeBytes {
            verification.setToken(UnsafeRawBufferPointer(rebasing: $0[token]))
        }
        verification.whenDone = { _, error in
            self.answer(exchange, verification, token, error)
            self.verifications.giveBack(verification)
        }
        sessions.own.begin(verification, for: nil, exchange)
    }

    /// What brings a token here.
    enum Carrier {
        case bearer
        /// The cookie `jwt`.
        case cookie
        /// The cookie of the sign-in dialect.
        case sessionCookie
    }

    /// Where the token stands in the request: a bearer, else the cookie `jwt`, else that of the sign-in
    /// dialect. An `Authorization` of another scheme is for the application behind the proxy.
    private func shownToken(_ exchange: Exchange) -> (range: Range<Int>, Carrier)? {
        guard !exchange.request.hasRepeatedAuthorization else { return nil }
        if let token = exchange.credentials(of: "bearer") { return (token, .bearer) }
        if let token = exchange.cookie("jwt") { return (token, .cookie) }
        return exchange.cookie(SessionCookie.name).map { ($0, .sessionCookie) }
    }

    private func answer(
        _ exchange: Exchange, _ verification: Verification, _ token: Range<Int>,
        _ error: AuthorityError?
    ) {
        if let error { return finish(exchange, OAuthError(error)) }
        // A refresh token is for the token endpoint alone.
        guard verification.isGood, let app = verification.app, let kind = verification.kind,
            kind != .refresh
        else { return refuseToken(exchange) }
        var fields = AuthFields(realm: kind == .access ? "oauth" : "app:\(app.idText)")
        verification.withClaims { fields.read($0, $1) }
        if fields.areOfRefreshToken { return refuseToken(exchange) }
        admit(exchange, fields, token)
    }

    /// Answers that the request may pass.
    ///
    /// - Parameters:
    ///   - token: where it stands in the request.
    ///   - needsClaims: whether the token is refused when its claims are too long to be shown, since
    ///     they bound what it opens.
    func admit(
        _ exchange: Exchange, _ fields: AuthFields, _ token: Range<Int>, needsClaims: Bool = false
    ) {
        var fields = fields
        exchange.request.bytes.withUnsafeBytes {
            fields.setClaims(ofToken: UnsafeRawBufferPointer(rebasing: $0[token]))
        }
        guard fields.hasClaims || !needsClaims else { return refuseToken(exchange) }
        exchange.response.isUncacheable = true
        exchange.response.fields += fields.fields
        exchange.response.body.append(literal: "{}")
        exchange.finish()
    }

    /// Answers that the token is none that opens anything.
    func refuseToken(_ exchange: Exchange) { refuse(exchange, Self.invalidToken) }

    private func refuse(_ exchange: Exchange, _ challenge: StaticString) {
        exchange.response.status = .unauthorized
        exchange.response.isUncacheable = true
        exchange.response.fields.append(ResponseField("WWW-Authenticate", challenge))
        exchange.response.body.append(
            literal: #"{"error":"invalid_token","error_description":"There is no valid token."}"#)
        exchange.finish()
    }

    private static let invalidToken: StaticString =
        #"Bearer realm="signet", error="invalid_token", error_description="The token is invalid.""#
}
