internal import SignetRuntime

/// Gives requests the ids by which what is told of them in different places is known to be about one request: their
/// answers, the audit log and the access log. They are no secret. One for each loop.
///
/// `@unchecked Sendable`: touched only on that loop's thread.
final class RequestTracer: @unchecked Sendable {
    /// Odd, so that the numbers that it is added to begin again only after all.
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private let high: UInt64
    private var low: UInt64

    init() {
        var random = SystemRandomNumberGenerator()
        high = random.next() | 1
        low = random.next()
    }

    /// The trace that a request belongs to: as its `traceparent` says, or else a new one.
    func trace(of exchange: Exchange) -> TraceID {
        if let known = exchange.trace { return known }
        let trace = exchange.request.traceParent?.trace ?? newTrace()
        exchange.trace = trace
        return trace
    }

    /// The request's own id: as its `X-Request-Id` says, or else that of its trace.
    func id(of exchange: Exchange) -> [UInt8] {
        (exchange.hasRequestID ? exchange.request.givenID : nil) ?? trace(of: exchange).text
    }

    /// Has the answer say the request's id, and an error the trace, by which the audit log has it, unless that is the id.
    func mark(_ exchange: Exchange) {
        let given = id(of: exchange)
        add("X-Request-Id", given, to: exchange)
        guard exchange.response.status.isError else { return }
        let own = trace(of: exchange)
        if let parent = exchange.request.traceParent {
            add("traceparent", parent.text(of: next()), to: exchange)
        } else if given != own.text {
            add("traceparent", TraceParent(beginning: own).text(of: next()), to: exchange)
        }
    }

    private func add(_ name: StaticString, _ value: [UInt8], to exchange: Exchange) {
        // Neither has a control, whatever was sent.
        if let field = ResponseField(name, bytes: value) { exchange.response.fields.append(field) }
    }

    private func newTrace() -> TraceID {
        guard let trace = TraceID(high: high, low: next()) else {
            preconditionFailure("its first half is odd")
        }
        return trace
    }

    /// Another number, never 0.
    private func next() -> UInt64 {
        low &+= Self.step
        if low == 0 { low = Self.step }
        return low
    }
}

extension HTTPStatus {
    /// Whether an answer says that something went wrong.
    var isError: Bool { rawValue >= 400 }
}
