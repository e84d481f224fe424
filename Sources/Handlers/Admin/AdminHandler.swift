internal import SignetAuthority
package import SignetRuntime

/// Answers on the admin listener: metrics, and the two questions of an orchestrator.
///
/// It says nothing of any app, user or token, and changes nothing. No credential is asked for: it listens on
/// loopback unless `admin.host` says another.
package final class AdminHandler: RequestHandler {
    /// Whether requests should be sent to this server.
    package enum Readiness: Sendable {
        case ready
        case draining
        /// A loop answers late, or not at all.
        case loopLate
        /// Nothing can be written to the store.
        case storeUnavailable
        /// There is no root key, or none that signs for apps.
        case keysMissing
        /// The audit log can't be written, and what would be recorded is refused.
        case auditUnavailable
    }

    private let counts: [RequestCounts]
    private let read: @Sendable () -> ServerReadings
    private let readiness: @Sendable () async -> Readiness
    private let tracer = RequestTracer()

    /// - Parameters:
    ///   - counts: those of all loops.
    ///   - read: reads the instruments; on the admin loop, so it does not wait.
    ///   - readiness: asks the store, and looks at loops, keys and the audit log.
    package init(
        _ counts: [RequestCounts], read: @escaping @Sendable () -> ServerReadings,
        readiness: @escaping @Sendable () async -> Readiness
    ) {
        self.counts = counts
        self.read = read
        self.readiness = readiness
    }

    package func respond(to exchange: Exchange) {
        switch Self.resource(exchange) {
        case nil:
            ProblemDetails.write(.notFound, "No such resource.", to: &exchange.response)
        case _ where ![.get, .head].contains(exchange.request.method):
            ProblemDetails.write(
                .methodNotAllowed, "The resource has GET alone.", to: &exchange.response)
            exchange.response.fields.append(ResponseField("Allow", "GET, HEAD"))
        case .metrics:
            exchange.response.contentType = MetricsPage.contentType
            exchange.response.body = MetricsPage(counts, read()).bytes
        case .live:
            exchange.response.body.append(contentsOf: #"{"status":"live"}"#.utf8)
        case .ready:
            return exchange.run { [self] in
                write(await readiness(), to: &exchange.response)
                exchange.finish()
            }
        }
        exchange.finish()
    }

    package func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange) {
        ProblemDetails.write(refusal.status, refusal.text, to: &exchange.response)
    }

    package func didAnswer(_ exchange: Exchange) {
        if exchange.hasRequestID || exchange.response.status.isError { tracer.mark(exchange) }
    }

    private enum Resource {
        case metrics, live, ready
    }

    private static func resource(_ exchange: Exchange) -> Resource? {
        exchange.request.bytes.withUnsafeBytes { bytes in
            let path = Path(bytes, exchange.request.path)
            if path.count == 1, path.has("metrics", at: 0) { return .metrics }
            guard path.count == 2, path.has("health", at: 0) else { return nil }
            if path.has("live", at: 1) { return .live }
            return path.has("ready", at: 1) ? .ready : nil
        }
    }

    private func write(_ readiness: Readiness, to response: inout Response) {
        switch readiness {
        case .ready:
            response.body.append(contentsOf: #"{"status":"ready"}"#.utf8)
        case .draining:
            ProblemDetails.write(.serviceUnavailable, "The server is stopping.", to: &response)
        case .loopLate:
            ProblemDetails.write(.serviceUnavailable, "An event loop is late.", to: &response)
        case .storeUnavailable:
            ProblemDetails.write(
                .serviceUnavailable, "The store can not be written.", to: &response)
        case .keysMissing:
            ProblemDetails.write(.serviceUnavailable, "Keys are missing.", to: &response)
        case .auditUnavailable:
            ProblemDetails.write(
                .serviceUnavailable, "The audit log can not be written.", to: &response)
        }
    }
}
