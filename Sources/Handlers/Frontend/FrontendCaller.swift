internal import SignetAuthority
internal import SignetRuntime

/// Who calls, and what the credential that was shown allows.
struct FrontendCaller: Sendable {
    let user: User
    /// What the credential allows of what the user may do.
    let grant: Grant
    /// The session of a token; nil for an API token.
    let session: UserSession?
    /// Nil for a token of a session.
    let apiToken: APIToken?

    /// What the caller has shown, for what rests on it.
    var proof: Proof {
        apiToken.map { Proof($0) } ?? session.map { Proof($0) } ?? Proof(user)
    }

    /// Refuses the caller unless the credential allows this.
    func require(_ permission: Permission) throws(FrontendError) {
        guard grant.allows(permission, of: user) else {
            throw .permissionDenied("The token does not have the permission for this.")
        }
    }
}

extension FrontendDialect {
    private enum Carrier { case bearer, jwt, token, cookie }

    /// The user whose credential a request shows: as bearer, else in the query as `jwt` or `token`, else
    /// in the cookie `jwt`.
    ///
    /// - Parameter query: the request's.
    func authenticate(
        _ exchange: Exchange, _ query: FrontendFields
    ) async throws(FrontendError) -> FrontendCaller {
        var query = query
        let (text, carrier) = try shownCredential(exchange, &query)
        if carrier == .cookie, !exchange.isSafe, page.sender(of: exchange) == .another {
            throw .permissionDenied(
                "A request by cookie must not come from a page of another site.")
        }
        let isJWT =
            switch carrier {
            case .jwt, .cookie: true
            case .token: false
            case .bearer: text.withUnsafeBytes { tokens.isOurs($0) }
            }
        return isJWT ? try await session(text, exchange) : try await apiToken(text, exchange)
    }

    private func shownCredential(
        _ exchange: Exchange, _ query: inout FrontendFields
    ) throws(FrontendError) -> ([UInt8], Carrier) {
        guard !exchange.request.hasRepeatedAuthorization else { throw .unauthenticated }
        let bytes = exchange.request.bytes
        if let range = exchange.credentials(of: "bearer") { return (Array(bytes[range]), .bearer) }
        let (jwt, token) = (query.text("jwt"), query.text("token"))
        // Two of a kind are no credential, as with Authorization.
        guard query.isSound else { throw .unauthenticated }
        if let jwt { return (jwt, .jwt) }
        if let token { return (token, .token) }
        if let range = exchange.cookie("jwt") { return (Array(bytes[range]), .cookie) }
        throw .unauthenticated
    }

    private func session(
        _ text: [UInt8], _ exchange: Exchange
    ) async throws(FrontendError) -> FrontendCaller {
        let now = exchange.receivedAt
        let token = try await ask { () throws(AuthorityError) in
            try await tokens.read(text, at: now)
        }
        guard let token else { throw .unauthenticated }
        let user = try await activeUser(token.user)
        // After the user: whoever was suspended meanwhile has no session any more.
        let session = try await ask { () throws(AuthorityError) in
            try await tokens.session(of: token, at: now)
        }
        guard let session else { throw .unauthenticated }
        return FrontendCaller(
            user: user, grant: token.grant.bounded(by: user), session: session, apiToken: nil)
    }

    private func apiToken(
        _ text: [UInt8], _ exchange: Exchange
    ) async throws(FrontendError) -> FrontendCaller {
        let token = try await ask { () throws(AuthorityError) in
            try await apiTokens.find(text, at: exchange.receivedAt)
        }
        guard let token else { throw .unauthenticated }
        let user = try await activeUser(token.user)
        return FrontendCaller(
            user: user, grant: token.grant.bounded(by: user), session: nil, apiToken: token)
    }

    private func activeUser(_ id: Int64) async throws(FrontendError) -> User {
        let user = try await ask { () throws(AuthorityError) in
            try await accounts.user(.id(id))
        }
        switch user?.status {
        case .active?: break
        case .suspended?: throw .suspended
        default: throw .unauthenticated
        }
        guard let user else { throw .unauthenticated }
        return user
    }
}

extension Exchange {
    /// Whether the request changes nothing (RFC 9110 section 9.2.1).
    fileprivate var isSafe: Bool {
        switch request.method {
        case .get, .head, .options: true
        default: false
        }
    }
}
