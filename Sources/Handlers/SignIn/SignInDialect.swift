internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Sign-in, refresh, sign-out: the routes `/api/rest/…` (sign-in.md), on one loop.
///
/// `@unchecked Sendable`: touched only on that loop's thread.
final class SignInDialect: Dialect, @unchecked Sendable {
    typealias Failure = SignInError

    let tokens: SignInTokens
    let accounts: Accounts
    let credentials: Credentials
    let cookie: SessionCookie
    /// Whether cookie mode is allowed.
    let allowsCookies: Bool
    let rateLimits: RateLimits?

    init(_ authority: Authority, _ tokens: SignInTokens, _ settings: DialectSettings) {
        self.tokens = tokens
        accounts = authority.accounts
        credentials = Credentials(authority.apps)
        cookie = SessionCookie(publicAddress: settings.issuer)
        allowsCookies = settings.allowsSignInByCookie
        rateLimits = settings.rateLimits
    }

    /// Answers a request: at once when nobody has to be asked, or else when the password was checked
    /// and the store has answered.
    func respond(to exchange: Exchange, _ route: SignInRoute) {
        guard let (method, allow) = route.method else { return finish(exchange, .noSuchRoute) }
        let used = exchange.request.method
        guard used == method || (used == .head && method == .get) else {
            return finish(exchange, .methodNotAllowed(allow: allow))
        }
        answerLater(exchange) { () async throws(SignInError) in
            try await self.serve(exchange, route)
            exchange.response.isUncacheable = true
            exchange.finish()
        }
    }

    private func serve(_ exchange: Exchange, _ route: SignInRoute) async throws(SignInError) {
        try countRequest(exchange, rateLimits)
        switch route {
        case .signIn: try await signIn(exchange, try readForm(exchange))
        case .token: try await refresh(exchange, try shownRefreshToken(exchange))
        case .signOut: try await signOut(exchange, try shownRefreshToken(exchange))
        case .me: try await showHolder(exchange)
        case .unknown: throw .noSuchRoute
        }
    }

    // MARK: The request

    private func readForm(_ exchange: Exchange) throws(SignInError) -> SignInForm {
        // Whoever shows a bearer or a cookie need not send anything else.
        guard !exchange.request.body.isEmpty else { return SignInForm() }
        enum Kind { case multipart(boundary: [UInt8]?), urlEncoded, other }
        let kind = exchange.withMediaType { mediaType -> Kind in
            guard let mediaType else { return .other }
            if mediaType.isMultipartForm {
                return .multipart(boundary: mediaType.parameter("boundary"))
            }
            return mediaType.isForm ? .urlEncoded : .other
        }
        do throws(FormRefusal) {
            return try exchange.withBody { bytes throws(FormRefusal) in
                switch kind {
                case .multipart(let boundary):
                    try SignInForm(multipart: bytes, boundary: boundary ?? [])
                case .urlEncoded: try SignInForm(urlEncoded: bytes)
                case .other: throw .malformed("")
                }
            }
        } catch {
            if case .other = kind { throw .unsupportedMediaType }
            throw SignInError(error)
        }
    }

    /// A refresh token as it was shown.
    struct ShownToken {
        let text: [UInt8]
        /// Whether a browser sent it by itself.
        let isCookie: Bool
    }

    /// The refresh token of a request: the form field `token`, else a bearer, else the cookie, by which
    /// only a page of ours may change anything.
    private func shownRefreshToken(_ exchange: Exchange) throws(SignInError) -> ShownToken {
        if let text = try readForm(exchange)[.token] {
            return ShownToken(text: text, isCookie: false)
        }
        if let token = try shownToken(exchange) {
            guard !token.isCookie || cookie.isSameOrigin(exchange) else { throw .crossSite }
            return token
        }
        throw .invalidRequest("The token is missing.")
    }

    /// What a request shows as bearer, or else as cookie; nil when it shows nothing.
    func shownToken(_ exchange: Exchange) throws(SignInError) -> ShownToken? {
        guard !exchange.request.hasRepeatedAuthorization else { throw .invalidToken }
        let bytes = exchange.request.bytes
        if let range = exchange.credentials(of: "bearer") {
            return ShownToken(text: Array(bytes[range]), isCookie: false)
        }
        // A cleared cookie is none.
        guard let range = exchange.cookie(SessionCookie.name), !range.isEmpty else { return nil }
        return ShownToken(text: Array(bytes[range]), isCookie: true)
    }

    /// What a token of a kind says, when it is genuine and in force; its session may be over.
    func read(
        _ token: ShownToken, access isAccess: Bool, _ exchange: Exchange
    ) throws(SignInError) -> SignInTokens.Genuine {
        let genuine = token.text.withUnsafeBytes { tokens.read($0, at: exchange.receivedAt) }
        guard let genuine, genuine.isAccess == isAccess else { throw .invalidToken }
        return genuine
    }
}
