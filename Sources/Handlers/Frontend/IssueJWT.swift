internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension FrontendDialect {
    /// Bytes of the caller's own claims. The token travels in a header field with every request, and its
    /// claims in one of the answer of `/auth/check`.
    private static let claimsBytesMax = 3072

    /// POST `/jwt`: another token of the caller's session, with claims of the caller's own. An API token
    /// has no session: one is begun, which ends with it.
    func issueJWT(_ exchange: Exchange, _ caller: FrontendCaller) async throws(FrontendError) {
        let now = exchange.receivedAt
        var fields = try readJSON(exchange)
        let claims = readClaims(&fields)
        let isLongTerm = fields.flag("long-term-token", otherwise: true)
        let permissions = fields.permissions("permissions")
        try fields.finish()
        let grant = Grant(
            permissions ?? caller.grant.permissions, restrictions: caller.grant.restrictions)
        guard caller.grant.covers(grant) else { throw APITokenTerms.notHad }
        let token = try await ask { () throws(AuthorityError) -> FrontendTokens.Signed? in
            guard
                let session = try await session(of: caller, isLongTerm: isLongTerm, exchange)
            else { return nil }
            exchange.audit?.target = .session(session.idText)
            return try await tokens.token(
                of: session, user: caller.user.id, grant, isLongTerm: isLongTerm, claims: claims,
                at: now)
        }
        // Suspended, or the API token changed or deleted, meanwhile.
        guard let token else { throw .unauthenticated }
        exchange.response.body.append(literal: #"{"token":""#)
        exchange.response.body.append(contentsOf: token.text)
        exchange.response.body.append(literal: #"","expire":""#)
        exchange.response.body.append(date: token.expires)
        exchange.response.body.append(literal: #""}"#)
    }

    private func session(
        of caller: FrontendCaller, isLongTerm: Bool, _ exchange: Exchange
    ) async throws(AuthorityError) -> UserSession? {
        if let session = caller.session { return session }
        return try await tokens.begin(
            for: caller.user, from: exchange.sessionOrigin, isLongTerm: isLongTerm,
            apiToken: caller.apiToken, at: exchange.receivedAt)
    }

    /// The caller's own claims, `"name":value` with commas between, without those that are the token's.
    private func readClaims(_ fields: inout FrontendFields) -> [UInt8] {
        guard let object = fields.object("claims") else { return [] }
        guard object.count <= Self.claimsBytesMax else {
            fields.refuse("claims", "These must not have more than \(Self.claimsBytesMax) bytes.")
            return []
        }
        return object.withUnsafeBytes { bytes in
            // It was scanned as a part of the body.
            guard (try? scanner.scan(bytes)) != nil else { return [] }
            var claims: [UInt8] = []
            var run = MemberRun(in: bytes)
            for member in scanner.members {
                if Self.ownClaims.contains(where: { member.name.equals($0, in: bytes) }) {
                    continue
                }
                if member.name.equals("nbf", in: bytes), member.value.integer(in: bytes) == nil {
                    fields.refuse("claims/nbf", "This must be a whole number of seconds.")
                }
                run.append(member, to: &claims)
            }
            run.flush(to: &claims)
            return claims
        }
    }

    /// What a token says by itself. It names no issuer, and nobody else names one: where the public key is
    /// published, such a token could be taken for one that another dialect has issued.
    private static let ownClaims: [StaticString] = [
        "sub", "jti", "iat", "exp", "permissions", "restrictions", "iss",
    ]
}
