package import SignetAuthority
package import SignetRuntime

/// Answers the requests of one loop: finds the dialect that a path belongs to and hands over.
///
/// One for each loop. `@unchecked Sendable`: its dialects are touched only on that loop's thread.
package final class Router: RequestHandler, @unchecked Sendable {
    /// What it answered; for any thread.
    package let counts = RequestCounts()
    /// This loop's part of the audit log; nil when there is none.
    package let audit: AuditTrail?
    /// This loop's part of the access log; nil when there is none.
    package let access: AccessTrail?
    private let tracer: RequestTracer
    private let apps: AppsDialect
    private let cors: CORS?
    /// Nil when requests may wait however long.
    private let admission: AdmissionControl?
    private let oauth: OAuthDialect
    private let namedTokens: NamedTokensDialect
    private let signIn: SignInDialect
    private let frontend: FrontendDialect
    private let interface: InterfaceDocument?
    private let rateLimits: RateLimits?

    /// - Parameter sessions: as the loop sees them.
    package init(_ authority: Authority, sessions: Sessions, _ settings: DialectSettings) {
        let tracer = RequestTracer()
        self.tracer = tracer
        cors = settings.cors
        audit = settings.audit.map { AuditTrail($0, authority.accounts, tracer) }
        access = settings.access.map { AccessTrail($0, tracer) }
        admission =
            settings.queueTimeMilliseconds > 0
            ? AdmissionControl(targetMilliseconds: settings.queueTimeMilliseconds) : nil
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
        interface = settings.interface
        rateLimits = settings.rateLimits
    }

    package func respond(to exchange: Exchange) {
        if let cors, cors.mark(exchange), cors.answersPreflight(exchange) {
            return exchange.finish()
        }
        audit?.watch(exchange)
        if isLate(exchange) { return shed(exchange) }
        if apps.respondsAgain(to: exchange) { return }
        serve(exchange)
    }

    private func serve(_ exchange: Exchange) {
        let route = Self.route(exchange)
        exchange.mark = (route?.name ?? .none).rawValue
        if let note = exchange.audit, !note.admits(route, exchange) {
            write(.auditUnavailable, for: route, to: &exchange.response)
            return exchange.finish()
        }
        switch route {
        case .apps(let route): apps.respond(to: exchange, route)
        case .oauth(let route): oauth.respond(to: exchange, route)
        case .namedTokens(let route): namedTokens.respond(to: exchange, route)
        case .signIn(let route): signIn.respond(to: exchange, route)
        case .frontend(let route): frontend.respond(to: exchange, route)
        case .verificationPage(let page): page.respond(to: exchange)
        case .interface(let route):
            guard let interface else { return finishUnknown(exchange) }
            interface.respond(to: exchange, route, rateLimits)
        case nil: finishUnknown(exchange)
        }
    }

    private func finishUnknown(_ exchange: Exchange) {
        ProblemDetails.write(.notFound, "No such resource.", to: &exchange.response)
        exchange.finish()
    }

    package func didAnswer(_ exchange: Exchange) {
        let status = exchange.response.status
        counts.note(RouteName(rawValue: exchange.mark) ?? .none, status)
        let isTold = access?.takesNext() ?? false
        if isTold || exchange.hasRequestID || status.isError { tracer.mark(exchange) }
        if exchange.isWatched { audit?.didAnswer(exchange) }
        if isTold { access?.note(exchange) }
    }

    /// Requests that it refused because its loop was late.
    package var shedCount: Int { admission?.refusals ?? 0 }

    package func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange) {
        cors?.mark(exchange)
        write(.framing(refusal), for: Self.route(exchange), to: &exchange.response)
    }

    /// Whether the loop's rounds have become so long that what is read this late in one is better refused.
    private func isLate(_ exchange: Exchange) -> Bool {
        guard let admission else { return false }
        let eventLoop = exchange.eventLoop
        admission.note(
            waitMilliseconds: eventLoop.lastRoundMilliseconds, at: exchange.receivedAt)
        return !admission.admits(
            waitMilliseconds: eventLoop.roundMilliseconds, at: exchange.receivedAt)
    }

    /// Refuses a request, by its path alone; but whoever asks how the server is, or ends something,
    /// is served.
    private func shed(_ exchange: Exchange) {
        guard exchange.request.method != .delete, let route = Self.route(exchange),
            !route.comesFirst
        else { return serve(exchange) }
        exchange.mark = route.name.rawValue
        write(.overloaded, for: route, to: &exchange.response)
        exchange.finish()
    }

    private func write(_ refusal: ServerRefusal, for route: Route?, to response: inout Response) {
        switch route {
        case .apps: AppsError.server(refusal).write(to: &response)
        case .oauth: OAuthError.server(refusal).write(to: &response)
        case .namedTokens: NamedTokensError.server(refusal).write(to: &response)
        case .signIn: SignInError.server(refusal).write(to: &response)
        case .frontend: FrontendError.server(refusal).write(to: &response)
        case .verificationPage, .interface, nil:
            ProblemDetails.write(refusal.status, refusal.text, to: &response)
            refusal.writeFields(to: &response)
        }
    }

    fileprivate enum Route {
        case apps(AppsRoute)
        case oauth(OAuthRoute)
        case namedTokens(NamedTokensRoute)
        case signIn(SignInRoute)
        case frontend(FrontendRoute)
        case verificationPage(VerificationPage)
        case interface(InterfaceRoute)

        var name: RouteName {
            switch self {
            case .apps(let route): route.name
            case .oauth(let route): route.name
            case .namedTokens(let route): route.name
            case .signIn(let route): route.name
            case .frontend(let route): route.name
            case .verificationPage: .verificationPage
            case .interface(let route): route.name
            }
        }

        /// Whether it is served however much waits, as is what deletes: what tells of the server, and what
        /// ends sessions, tokens and keys.
        var comesFirst: Bool {
            switch self {
            case .apps(let route):
                [.ping, .health, .logout, .flush, .revokeKey].contains(route.action)
            case .oauth(let route): route.action == .revoke
            case .signIn(let route): route == .signOut
            case .frontend(.signOut): true
            case .frontend, .namedTokens, .verificationPage, .interface: false
            }
        }
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
            if let page = VerificationPage(path) { return .verificationPage(page) }
            return InterfaceRoute(path).map { .interface($0) }
        }
    }
}

extension AuditNote {
    /// Notes what a request is for: whether that may be done while the log is as it is.
    fileprivate func admits(_ route: Router.Route?, _ exchange: Exchange) -> Bool {
        let method = exchange.request.method
        switch route {
        case .apps(let route): begin(route.auditKind(method), in: .apps)
        case .oauth(let route): begin(route.auditKind, in: .oauth)
        case .namedTokens(let route): begin(route.auditKind(method), in: .namedTokens)
        case .signIn(let route): begin(route.auditKind, in: .signIn)
        case .frontend(let route): begin(route.auditKind(method), in: .frontend)
        case .verificationPage, .interface, nil: break
        }
        guard mustWait else { return true }
        // Nor is the refusal recorded.
        kind = nil
        return false
    }
}
