internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Accounts and sessions: the routes `/frontend/api/v1/auth/…` (frontend.md), on one loop.
///
/// `@unchecked Sendable`: touched only on that loop's thread.
final class FrontendDialect: Dialect, @unchecked Sendable {
    typealias Failure = FrontendError

    let tokens: FrontendTokens
    let apiTokens: APITokens
    let accounts: Accounts
    let page: PageOrigin
    let verification: VerificationTokens
    /// Nil when there are none.
    let providers: Providers?
    /// Nil when nobody has to pass one.
    let recaptcha: Recaptcha?
    /// Whether users may come by themselves.
    let isSignUpOpen: Bool
    /// Used by one request at a time: nobody keeps it over an `await`.
    var scanner = JSONScanner()
    let rateLimits: RateLimits?

    init(
        _ authority: Authority, _ tokens: FrontendTokens, _ apiTokens: APITokens,
        _ settings: DialectSettings
    ) {
        self.tokens = tokens
        self.apiTokens = apiTokens
        accounts = authority.accounts
        page = PageOrigin(publicAddress: settings.issuer)
        verification = VerificationTokens(authority, settings.frontend)
        providers = settings.providers
        recaptcha = settings.recaptcha
        isSignUpOpen = settings.isSignUpOpen
        rateLimits = settings.rateLimits
    }

    /// Answers a request: at once when nobody has to be asked, or else when the password was checked
    /// and the store has answered.
    func respond(to exchange: Exchange, _ route: FrontendRoute) {
        guard let allow = route.allow else { return finish(exchange, .noSuchRoute) }
        guard route.has(exchange.request.method) else {
            return finish(exchange, .methodNotAllowed(allow: allow))
        }
        answerLater(exchange) { () async throws(FrontendError) in
            try await self.serve(exchange, route)
            exchange.response.isUncacheable = true
            exchange.finish()
        }
    }

    private func serve(_ exchange: Exchange, _ route: FrontendRoute) async throws(FrontendError) {
        try countRequest(exchange, rateLimits)
        let query = try readQuery(exchange)
        switch route {
        case .signIn: return try await signIn(exchange)
        case .signInByProvider: return try await signInByProvider(exchange)
        case .signUp: return try await signUp(exchange)
        case .verify: return try await verify(exchange)
        default: break
        }
        let caller = try await authenticate(exchange, query)
        exchange.audit?.admit(caller.user)
        switch (route, exchange.request.method) {
        case (.signOut, _): try await signOut(exchange, caller, query)
        case (.sessions, .delete): try await endSessions(exchange, caller)
        case (.sessions, _): try await listSessions(exchange, caller)
        case (.session(let id), .delete): try await endSession(id, exchange, caller)
        case (.session(let id), _): try await showSession(id, exchange, caller)
        case (.currentPassword, _): try await setOwnPassword(exchange, caller, query)
        case (.password(let id), _): try await setPassword(of: id, exchange, caller, query)
        case (.apiTokens, .post): try await makeAPIToken(exchange, caller)
        case (.apiTokens, _): try await listAPITokens(exchange, caller, query)
        case (.apiToken(let text), .put): try await updateAPIToken(text, exchange, caller)
        case (.apiToken(let text), .delete): try await deleteAPIToken(text, exchange, caller)
        case (.apiToken(let text), _): try await showAPIToken(text, exchange, caller)
        case (.jwt, _): try await issueJWT(exchange, caller)
        case (.signIn, _), (.signInByProvider, _), (.signUp, _), (.verify, _), (.unknown, _):
            throw .noSuchRoute
        }
    }

    // MARK: The request

    /// The fields of a body in JSON or a form; none when there is no body.
    func readBody(_ exchange: Exchange) throws(FrontendError) -> FrontendFields {
        guard !exchange.request.body.isEmpty else { return FrontendFields(.body) }
        enum Kind { case json, multipart(boundary: [UInt8]), urlEncoded, other }
        let mayBeJSON = exchange.mayBeJSON
        let kind = exchange.withMediaType { mediaType -> Kind in
            if mayBeJSON { return .json }
            guard let mediaType else { return .other }
            if mediaType.isMultipartForm {
                return .multipart(boundary: mediaType.parameter("boundary") ?? [])
            }
            return mediaType.isForm ? .urlEncoded : .other
        }
        return try exchange.withBody { bytes throws(FrontendError) in
            switch kind {
            case .json: try FrontendFields(json: bytes, &scanner)
            case .multipart(let boundary): try FrontendFields(multipart: bytes, boundary: boundary)
            case .urlEncoded: try FrontendFields(urlEncoded: bytes, .body)
            case .other: throw .unsupportedMediaType("The body must be JSON or a form.")
            }
        }
    }

    /// The fields of a body in JSON; none when there is no body.
    func readJSON(_ exchange: Exchange) throws(FrontendError) -> FrontendFields {
        guard !exchange.request.body.isEmpty else { return FrontendFields(.body) }
        guard exchange.mayBeJSON else { throw .unsupportedMediaType("The body must be JSON.") }
        return try exchange.withBody { bytes throws(FrontendError) in
            try FrontendFields(json: bytes, &scanner)
        }
    }

    private func readQuery(_ exchange: Exchange) throws(FrontendError) -> FrontendFields {
        guard let range = exchange.request.query else { return FrontendFields(.query) }
        return try exchange.request.bytes.withUnsafeBufferPointer { bytes throws(FrontendError) in
            try FrontendFields(
                urlEncoded: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[range])),
                .query)
        }
    }
}
