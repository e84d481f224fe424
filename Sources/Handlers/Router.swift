package import SignetAuthority
package import SignetRuntime

/// Answers the requests of one loop: finds the dialect that a path belongs to and hands over.
///
/// One for each loop. `@unchecked Sendable`: its dialects are touched only on that loop's thread.
package final class Router: RequestHandler, @unchecked Sendable {
    private let apps: AppsDialect

    /// - Parameters:
    ///   - registry: the loop's own shard of the sessions.
    ///   - rateLimits: nil when nothing is limited.
    package init(
        _ authority: Authority, registry: SessionRegistry, rateLimits: RateLimits? = nil
    ) {
        apps = AppsDialect(authority, registry: registry, rateLimits: rateLimits)
    }

    package func respond(to exchange: Exchange) async {
        let path = Path(exchange.request)
        if AppsDialect.owns(path, of: exchange.request) {
            await apps.respond(to: exchange, path)
        } else {
            ProblemDetails.write(.notFound, "No such resource.", to: &exchange.response)
        }
    }

    package func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange) {
        if AppsDialect.owns(Path(exchange.request), of: exchange.request) {
            AppsError.framing(refusal).write(to: &exchange.response)
        } else {
            ProblemDetails.write(refusal.status, refusal.text, to: &exchange.response)
        }
    }
}
