internal import SignetAuthority
internal import SignetRuntime

/// OAuth 2.0: the routes `/oauth/…`, `/.well-known/…` and `/auth/check` (oauth.md), on one loop.
///
/// `@unchecked Sendable`: touched only on that loop's thread.
final class OAuthDialect: Dialect, @unchecked Sendable {
    typealias Failure = OAuthError

    /// Who issues access tokens: the server's public address (RFC 8414 section 2).
    let issuer: String
    let sessions: Sessions
    let credentials: Credentials
    let metadata: MetadataDocument
    var jwks: JWKSEndpoint
    /// Used by one request at a time: nobody keeps it over an `await`.
    let form = FormBody()
    private var clients = ClientAuthentication()
    private let rateLimits: RateLimits?
    var grants = Spares<AccessGrant>()
    var renewals = Spares<Renewal>()
    var verifications = Spares<Verification>()
    /// For `/auth/check`, which takes the tokens of every dialect.
    let namedTokens: NamedTokenCheck
    let signIn: SignInTokens
    let frontend: FrontendTokens
    let apiTokens: APITokens
    let accounts: Accounts

    init(
        _ authority: Authority, sessions: Sessions, signIn: SignInTokens,
        frontend: FrontendTokens, apiTokens: APITokens, _ settings: DialectSettings
    ) {
        self.signIn = signIn
        self.frontend = frontend
        self.apiTokens = apiTokens
        accounts = authority.accounts
        issuer = settings.issuer
        self.sessions = sessions
        rateLimits = settings.rateLimits
        namedTokens = NamedTokenCheck(
            authority.namedTokens, clockSkewSeconds: settings.clockSkewSeconds)
        credentials = Credentials(authority.apps)
        metadata = MetadataDocument(issuer: issuer)
        jwks = JWKSEndpoint(authority.keyRing)
    }

    /// Answers a request: at once, or when what it waits for is done.
    func respond(to exchange: Exchange, _ route: OAuthRoute) {
        do throws(OAuthError) {
            try requireMethod(of: route, exchange)
            if route.isForClients {
                try serve(exchange, route, for: try admit(exchange))
            } else {
                try serve(exchange, route)
            }
        } catch {
            finish(exchange, error)
        }
    }

    /// The app that calls, within its limit. Whoever shows no right key counts for the address.
    private func admit(_ exchange: Exchange) throws(OAuthError) -> App {
        let app: App
        do throws(OAuthError) {
            app = try authenticate(exchange)
            exchange.audit?.admit(app)
        } catch {
            try countRequest(exchange, rateLimits)
            throw error
        }
        if let rateLimits { try refuseIfLimited(rateLimits.admit(1, of: app, exchange)) }
        return app
    }

    /// These finish their exchange themselves.
    private func serve(
        _ exchange: Exchange, _ route: OAuthRoute, for app: App
    ) throws(OAuthError) {
        switch route.action {
        case .token: try answerToken(exchange, app)
        case .introspect: try introspect(exchange, app)
        case .revoke: try revoke(exchange, app)
        default: throw .noSuchRoute
        }
    }

    private func serve(_ exchange: Exchange, _ route: OAuthRoute) throws(OAuthError) {
        switch route.action {
        case .metadata: try metadata.answer(exchange, at: route.issuerPath)
        case .jwks: jwks.answer(exchange)
        case .appJWKS: jwks.answer(exchange, try app(named: route.appID, exchange))
        // This one finishes its exchange itself.
        case .forwardAuth: return checkToken(exchange)
        default: throw .noSuchRoute
        }
        exchange.finish()
    }

    /// What the authority could not do for a client. An app that was deleted since it authenticated
    /// has no keys any more, which is no fault of ours.
    func refusal(of error: AuthorityError, for app: App) -> OAuthError {
        credentials.directory.app(app.id) == nil ? .invalidClient : OAuthError(error)
    }

    // MARK: The request

    /// Refuses any other method. HEAD is served like GET; the answer's body is left out later.
    private func requireMethod(of route: OAuthRoute, _ exchange: Exchange) throws(OAuthError) {
        guard let (method, allow) = route.method else { return }
        let used = exchange.request.method
        guard used == method || (used == .head && method == .get) else {
            throw .methodNotAllowed(allow: allow)
        }
    }

    /// The app that calls. Reads the form, because its credentials may be in it.
    private func authenticate(_ exchange: Exchange) throws(OAuthError) -> App {
        try readForm(exchange)
        return try clients.app(exchange, form, credentials)
    }

    private func readForm(_ exchange: Exchange) throws(OAuthError) {
        guard isForm(exchange) else { throw .unsupportedMediaType }
        try exchange.withBody { bytes throws(OAuthError) in try form.read(bytes) }
    }

    /// Whether the body is said to be a form. Parameters of the media type mean nothing: its
    /// registration has none.
    private func isForm(_ exchange: Exchange) -> Bool {
        exchange.withMediaType { $0?.isForm ?? false }
    }

    private func app(named id: Range<Int>, _ exchange: Exchange) throws(OAuthError) -> App {
        let idText = String(decoding: exchange.request.bytes[id], as: UTF8.self)
        guard let app = credentials.directory.app(idText: idText) else { throw .noSuchRoute }
        return app
    }
}
