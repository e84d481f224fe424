internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Named tokens: the routes `/api/v1alpha/token…` (named-tokens.md), on one loop.
///
/// `@unchecked Sendable`: touched only on that loop's thread.
final class NamedTokensDialect: Dialect, @unchecked Sendable {
    typealias Failure = NamedTokensError

    let tokens: NamedTokens
    /// The longest life of a token.
    let lifeSecondsMax: Int64
    /// Used by one request at a time: nobody keeps it over an `await`.
    var scanner = JSONScanner()
    private let authentication: BasicAuthentication
    private let rateLimits: RateLimits?

    init(_ authority: Authority, _ settings: DialectSettings) {
        tokens = authority.namedTokens
        authentication = authority.basicAuthentication
        rateLimits = settings.rateLimits
        lifeSecondsMax = settings.namedTokenLifeSecondsMax
    }

    /// Answers a request: at once when nobody has to be asked, or else when the password was checked
    /// and the store has answered.
    func respond(to exchange: Exchange, _ route: NamedTokensRoute) {
        guard let allow = route.allow else { return finish(exchange, .noSuchRoute) }
        if exchange.request.method == .options {
            exchange.response.fields.append(ResponseField("Allow", allow))
            return exchange.finish()
        }
        guard route.has(exchange.request.method) else {
            return finish(exchange, .methodNotAllowed(allow: allow))
        }
        answerLater(exchange) { () async throws(NamedTokensError) in
            try await self.serve(exchange, route)
            exchange.response.isUncacheable = true
            exchange.finish()
        }
    }

    private func serve(
        _ exchange: Exchange, _ route: NamedTokensRoute
    ) async throws(NamedTokensError) {
        try countRequest(exchange, rateLimits)
        let user = try await authenticate(exchange)
        exchange.audit?.admit(user)
        switch (route, exchange.request.method) {
        case (.collection, .post): try await issue(exchange, to: user)
        case (.collection, _): try await list(exchange, of: user)
        case (.token(let id), .delete): try await delete(id, exchange, of: user)
        case (.token(let id), _): try await show(id, exchange, of: user)
        case (.unknown, _): throw .noSuchRoute
        }
    }

    // MARK: Who calls

    /// The user whose login and password the request shows by HTTP Basic.
    private func authenticate(_ exchange: Exchange) async throws(NamedTokensError) -> User {
        guard let pair = credentials(exchange) else { throw .unauthorized }
        // A pair that was right a moment ago is no sign-in, whoever fails at the account meanwhile.
        if let user = authentication.knownUser(of: pair, at: exchange.receivedAt) { return user }
        let user = try await checkPassword(of: .login(pair.login), exchange, rateLimits) {
            () throws(AuthorityError) in
            try await authentication.user(of: pair, at: exchange.receivedAt)
        }
        guard let user else {
            exchange.audit?.kind = .signIn
            throw .unauthorized
        }
        exchange.audit?.recordSignIn(of: user, exchange)
        return user
    }

    /// What the request shows by HTTP Basic; nil when it shows none, more than one, or an empty part.
    private func credentials(_ exchange: Exchange) -> BasicPair? {
        guard !exchange.request.hasRepeatedAuthorization,
            let token = exchange.credentials(of: "basic")
        else { return nil }
        return exchange.request.bytes.withUnsafeBytes {
            BasicPair(UnsafeRawBufferPointer(rebasing: $0[token]))
        }
    }
}
