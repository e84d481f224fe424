package import SignetAuthority
package import SignetRuntime

/// Answers the requests of one loop: finds the dialect that a path belongs to and hands over.
///
/// One for each loop. `@unchecked Sendable`: its dialects are touched only on that loop's thread.
package final class Router: RequestHandler, @unchecked Sendable {
    private let apps: AppsDialect
    private let cors: CORS?

    /// - Parameters:
    ///   - sessions: as the loop sees them.
    ///   - rateLimits: nil when nothing is limited.
    ///   - cors: nil when no web page of another origin may read answers.
    package init(
        _ authority: Authority, sessions: Sessions, rateLimits: RateLimits? = nil,
        cors: CORS? = nil
    ) {
        self.cors = cors
        apps = AppsDialect(authority, sessions: sessions, rateLimits: rateLimits)
    }

    package func respond(to exchange: Exchange) {
        if let cors, cors.mark(exchange), cors.answersPreflight(exchange) {
            return exchange.finish()
        }
        if let route = Self.route(exchange) { return apps.respond(to: exchange, route) }
        ProblemDetails.write(.notFound, "No such resource.", to: &exchange.response)
        exchange.finish()
    }

    package func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange) {
        cors?.mark(exchange)
        if Self.route(exchange) != nil {
            AppsError.framing(refusal).write(to: &exchange.response)
        } else {
            ProblemDetails.write(refusal.status, refusal.text, to: &exchange.response)
        }
    }

    private static func route(_ exchange: Exchange) -> AppsRoute? {
        exchange.request.bytes.withUnsafeBytes { AppsRoute(Path($0, exchange.request.path)) }
    }
}
