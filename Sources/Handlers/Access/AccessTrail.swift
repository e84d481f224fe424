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
    /// The address that was told last, which is mostly told again, and its text.
    private var address: [UInt8] = []
    private var addressIs: (high: UInt64, low: UInt64, isIPv4: Bool)?

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
            address: address(of: exchange), trace: tracer.trace(of: exchange).text,
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

    private func address(of exchange: Exchange) -> [UInt8] {
        let client = exchange.client.address
        let (bytes, isIPv4) = (client.addressBytes, client.isIPv4)
        if let addressIs, addressIs == (bytes.high, bytes.low, isIPv4) { return address }
        address = Array(client.host.utf8)
        addressIs = (bytes.high, bytes.low, isIPv4)
        return address
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
