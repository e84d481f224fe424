internal import SignetRuntime

/// The part of the access log that one loop writes. Lines are gathered for the round and handed over at its end.
///
/// `@unchecked Sendable`: touched only on that loop's thread.
package final class AccessTrail: @unchecked Sendable {
    /// With so many bytes lines are handed over before the round's end.
    private static let roundBytesMax = 64 * 1024

    private let terms: AccessTerms
    private let tracer: RequestTracer
    /// Requests that go by until one is told of.
    private var left = 0
    private var lines: [UInt8] = []
    private var count = 0
    private var date = AuditDate(0)
    private var address = KeptAddress()

    init(_ terms: AccessTerms, _ tracer: RequestTracer) {
        self.terms = terms
        self.tracer = tracer
    }

    /// Whether the next request is told of. To be asked once for each.
    func takesNext() -> Bool {
        guard left == 0 else {
            left -= 1
            return false
        }
        left = terms.interval - 1
        return true
    }

    /// Tells of a request and its answer.
    func note(_ exchange: Exchange) {
        let status = exchange.response.status
        let hasBody = exchange.request.method != .head && status != .noContent
        let line = AccessLine(
            route: (RouteName(rawValue: exchange.mark) ?? .none).text,
            method: exchange.request.method.text, status: status.rawValue,
            bytes: hasBody ? exchange.response.body.count : 0, nanoseconds: exchange.age,
            address: address.text(of: exchange), trace: tracer.trace(of: exchange).text,
            requestID: tracer.id(of: exchange))
        date.set(exchange.eventLoop.unixMilliseconds)
        if terms.isJSON {
            line.append(json: &lines, date: date)
        } else {
            line.append(text: &lines, date: date)
        }
        count += 1
        if lines.count >= Self.roundBytesMax { endRound() }
    }

    /// Hands over what the round has brought.
    package func endRound() {
        guard count > 0 else { return }
        terms.sink.take(&lines, count: count)
        count = 0
    }
}

extension HTTPMethod {
    /// Its name; that of another method is the client's to choose, and not told.
    fileprivate var text: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other: "OTHER"
        }
    }
}
