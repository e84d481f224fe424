internal import SignetAuthority
internal import SignetRuntime

/// Where the lines of the audit log go. Any thread may use it.
package protocol AuditSink: AnyObject, Sendable {
    /// Takes over `lines`, which are `count`, and leaves none. Never waits.
    func take(_ lines: inout [UInt8], count: Int)

    /// Whether nothing may be done now that would have to be recorded.
    var isStopped: Bool { get }
}

extension AuditSink {
    /// Records an event of which there are few.
    ///
    /// - Parameter now: Unix milliseconds.
    package func record(_ event: AuditEvent, at now: Int64) {
        var line = event.line(at: now)
        take(&line, count: 1)
    }
}

/// The part of the audit log that one loop writes. Lines are gathered for the round and handed over at its end.
///
/// `@unchecked Sendable`: touched only on that loop's thread.
package final class AuditTrail: @unchecked Sendable {
    /// With so many bytes lines are handed over before the round's end.
    private static let roundBytesMax = 256 * 1024

    let sink: any AuditSink
    private let accounts: Accounts
    private var lines: [UInt8] = []
    private var count = 0
    private var date = AuditDate(0)
    private let tracer: RequestTracer
    private var refusals = RefusalTally()
    /// The loop, as soon as there was an event.
    private var eventLoop: EventLoop?

    init(_ sink: any AuditSink, _ accounts: Accounts, _ tracer: RequestTracer) {
        self.sink = sink
        self.accounts = accounts
        self.tracer = tracer
    }

    /// Begins to note what is known of a request.
    func watch(_ exchange: Exchange) {
        exchange.isWatched = true
        if let note = exchange.audit { return note.reset() }
        exchange.companion = AuditNote(self)
    }

    /// Records what came of a request, if that is an event.
    func didAnswer(_ exchange: Exchange) {
        guard let note = exchange.audit, let event = note.event(exchange) else { return }
        if event.isCheap {
            let second = exchange.eventLoop.unixMilliseconds / 1000
            eventLoop = exchange.eventLoop
            guard refusals.tells(event.address, at: second) else { return }
        }
        record(event, exchange)
    }

    /// Records an event of a request's.
    func record(_ event: AuditEvent, _ exchange: Exchange) {
        var event = event
        event.trace = tracer.trace(of: exchange).text
        date.set(exchange.eventLoop.unixMilliseconds)
        event.append(to: &lines, date: date)
        count += 1
        if lines.count >= Self.roundBytesMax { endRound() }
    }

    /// Hands over what the round has brought.
    package func endRound() {
        if !refusals.isEmpty { tellRefusals() }
        guard count > 0 else { return }
        sink.take(&lines, count: count)
        count = 0
    }

    private func tellRefusals() {
        guard let now = eventLoop?.unixMilliseconds else { return }
        date.set(now)
        refusals.tellRest(at: now / 1000) { address, number in
            var event = AuditEvent(.logRepeated, in: .server)
            event.outcome = .refused
            event.address = address
            event.count = number
            event.append(to: &lines, date: date)
            count += 1
        }
    }

    /// The account that `key` means, for a sign-in that was refused; nil when there is none, or it can't be read.
    func account(_ key: User.Key) async -> User? {
        // Why it can't be read is told to whoever calls next.
        try? await accounts.user(key)
    }
}

extension Exchange {
    /// What the audit log is told of the request; nil when there is no such log.
    var audit: AuditNote? { companion as? AuditNote }
}
