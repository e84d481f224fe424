package import SignetAuthority
package import SignetRuntime

/// Answers the requests of one loop: finds the dialect that a path belongs to and hands over.
///
/// One for each loop. `@unchecked Sendable`: its dialects are touched only on that loop's thread.
package final class Router: RequestHandler, @unchecked Sendable {
    private let apps: AppsDialect
    private let cors: CORS?
    private let oauth: OAuthDialect
    private let namedTokens: NamedTokensDialect
    private let signIn: SignInDialect
    private let frontend: FrontendDialect

    /// - Parameter sessions: as the loop sees them.
    package init(_ authority: Authority, sessions: Sessions, _ settings: DialectSettings) {
        cors = settings.cors
        apps = AppsDialect(authority, sessions: sessions, rateLimits: settings.rateLimits)
        let signInTokens = SignInTokens(authority, settings.signIn)
        let frontendTokens = FrontendTokens(authority, settings.frontend)
        let apiTokens = APITokens(authority)
        oauth = OAuthDialect(
            authority, sessions: sessions, signIn: signInTokens, frontend: frontendTokens,
            apiTokens: apiTokens, settings)
        signIn = SignInDialect(authority, signInTokens, settings)
        namedTokens = NamedTokensDialect(authority, settings)
        frontend = FrontendDialect(authority, frontendTokens, apiTokens, settings)
    }

    package func respond(to exchange: Exchange) {
        if let cors, cors.mark(exchange), cors.answersPreflight(exchange) {
            return exchange.finish()
        }
        if apps.respondsAgain(to: exchange) { return }
        switch Self.route(exchange) {
        case .apps(let route): apps.respond(to: exchange, route)
        case .oauth(let route): oauth.respond(to: exchange, route)
        case .namedTokens(let route): namedTokens.respond(to: exchange, route)
        case .signIn(let route): signIn.respond(to: exchange, route)
        case .frontend(let route): frontend.respond(to: exchange, route)
        case .verificationPage(let page): page.respond(to: exchange)
        case nil:
            ProblemDetails.write(.notFound, "No such resource.", to: &exchange.response)
            exchange.finish()
        }
    }

    package func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange) {
        cors?.mark(exchange)
        switch Self.route(exchange) {
        case .apps: AppsError.framing(refusal).write(to: &exchange.response)
        case .oauth: OAuthError.framing(refusal).write(to: &exchange.response)
        case .namedTokens: NamedTokensError.framing(refusal).write(to: &exchange.response)
        case .signIn: SignInError.framing(refusal).write(to: &exchange.response)
        case .frontend: FrontendError.framing(refusal).write(to: &exchange.response)
        case .verificationPage, nil:
            ProblemDetails.write(refusal.status, refusal.text, to: &exchange.response)
        }
    }

    private enum Route {
        case apps(AppsRoute)
        case oauth(OAuthRoute)
        case namedTokens(NamedTokensRoute)
        case signIn(SignInRoute)
        case frontend(FrontendRoute)
        case verificationPage(VerificationPage)
    }

    private static func route(_ exchange: Exchange) -> Route? {
        exchange.request.bytes.withUnsafeBytes { bytes in
            let path = Path(bytes, exchange.request.path)
            // The first claims one path below /app, so that it is asked first.
            if let route = OAuthRoute(path) { return .oauth(route) }
            if let route = AppsRoute(path) { return .apps(route) }
            if let route = NamedTokensRoute(path) { return .namedTokens(route) }
            if let route = SignInRoute(path) { return .signIn(route) }
            if let route = FrontendRoute(path) { return .frontend(route) }
            return VerificationPage(path).map { .verificationPage($0) }
        }
    }
}
