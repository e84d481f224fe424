/// One request and its answer, on one connection. Leased from its loop's pool, so that a steady load
/// allocates nothing.
///
/// `@unchecked Sendable`: only its loop's thread touches it; a handler from `respond` until it calls
/// `finish`, otherwise the connection.
package final class Exchange: @unchecked Sendable {
    package internal(set) var request = Request()
    /// What will be sent; empty with status 200 when the handler gets it.
    package var response = Response()
    /// When the request was complete, in Unix milliseconds.
    package internal(set) var receivedAt: Int64 = 0
    /// When the round began that brought it, by the monotonic clock; 0 for one that was given up on.
    private var begunAt: Int64 = 0
    /// Whom the connection comes from.
    package internal(set) var peer: SocketAddress
    /// Whose word is taken for where the request comes from.
    let trustedProxies: TrustedProxies
    /// The handler's own mark, 0 until it sets one: what `didAnswer` should know of the request.
    package var mark: UInt8 = 0
    /// The loop that the connection lives on.
    package let eventLoop: EventLoop
    /// What the answer's framing needs of the request. Reading it from there copies the `Request`.
    private var method = HTTPMethod.get
    private var connectionField = ResponseHead.Connection.persistent
    /// Whether there is an `X-Request-Id`, of whatever kind.
    package private(set) var hasRequestID = false
    /// What the request belongs to, as soon as somebody wants to know.
    package var trace: TraceID?
    private(set) var isAnswered = false
    /// Whether the handler keeps something of this request in `companion`.
    package var isWatched = false
    /// What the handler keeps with the exchange, for this request and the next ones.
    package var companion: AnyObject?
    /// Whether the answer says `Connection: close`.
    var closes = false
    /// Whom the answer goes to, from `begin` to `finish`.
    private var connection: Connection?

    init(on eventLoop: EventLoop, peer: SocketAddress, trustedProxies: TrustedProxies) {
        self.eventLoop = eventLoop
        self.trustedProxies = trustedProxies
        self.peer = peer
    }

    /// Notes that the request has arrived, on `connection`, and what the answer's framing needs of it.
    func begin(from connection: Connection) {
        self.connection = connection
        method = request.method
        connectionField = request.answerConnection
        hasRequestID = request.requestIDField != nil
        begunAt = eventLoop.readingBegan
    }

    /// How long it is here by now, in nanoseconds.
    package var age: Int64 { begunAt == 0 ? 0 : WallClock.monotonicNanoseconds - begunAt }

    /// Sends the response at the end of the loop's round. Once for each request, on the loop's thread.
    package func finish() {
        guard let connection else { preconditionFailure("an exchange is finished once") }
        self.connection = nil
        isAnswered = true
        connection.server.handler.didAnswer(self)
        connection.server.flushAtRoundEnd(connection)
    }

    /// Goes on in a task of its own on this loop, for calls that wait for others on their way.
    package func run(_ body: @escaping @Sendable () async -> Void) {
        // A continuation resumes on its task's preferred executor; without one it would go through the
        // global pool and back, which costs two wake-ups of other threads.
        Task.immediate(executorPreference: eventLoop) { await body() }
    }

    /// Appends the answer, as it goes over the wire, to `output`.
    func append(to output: inout [UInt8], date: HTTPDate, isStrictlySecure: Bool) {
        response.append(
            to: &output, date: date, for: method, connection: closes ? .close : connectionField,
            isStrictlySecure: isStrictlySecure)
    }

    /// Makes the exchange ready for its next request, keeping its memory unless that grew large.
    func reset() {
        request.reset()
        response.reset()
        mark = 0
        trace = nil
        isAnswered = false
        isWatched = false
        closes = false
    }

    /// The bytes of the request's body. Valid while `body` runs.
    package func withBody<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let range = request.body
        return try request.bytes.withUnsafeBufferPointer { bytes throws(Failure) -> Result in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[range])))
        }
    }
}
