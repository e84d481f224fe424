/// One request and its answer, on one connection.
///
/// Leased from its loop's pool together with the task that answers it, so that a steady load allocates
/// nothing.
///
/// `@unchecked Sendable`: only its loop's thread touches it; a handler from `respond` until it returns,
/// otherwise the connection.
package final class Exchange: @unchecked Sendable {
    package internal(set) var request = Request()
    /// What will be sent; empty with status 200 when the handler gets it.
    package var response = Response()
    /// When the request was complete, in Unix milliseconds.
    package internal(set) var receivedAt: Int64 = 0
    /// Whom the connection comes from.
    package internal(set) var peer: SocketAddress
    /// The loop that the connection lives on.
    package let eventLoop: EventLoop
    /// What the answer's framing needs of the request. Reading it from there copies the `Request`.
    private(set) var method = HTTPMethod.get
    private(set) var connectionField = ResponseHead.Connection.persistent
    var isAnswered = false
    /// Whether the answer says `Connection: close`.
    var closes = false
    /// Whom the answer goes to, while there is a request.
    private(set) var connection: Connection?
    private var waiting: UnsafeContinuation<Bool, Never>?
    private var hasEnded = false

    init(on eventLoop: EventLoop, peer: SocketAddress) {
        self.eventLoop = eventLoop
        self.peer = peer
    }

    /// Notes what the answer's framing needs of the request.
    func noteFraming() {
        method = request.method
        connectionField = request.answerConnection
    }

    /// Hands the request, which has arrived, to the exchange's task.
    func begin(from connection: Connection) {
        self.connection = connection
        waiting.take()?.resume(returning: true)
    }

    /// Notes that the request was answered.
    func finish() {
        connection = nil
        isAnswered = true
    }

    /// Ends the exchange's task, which must have no request.
    func end() {
        hasEnded = true
        waiting.take()?.resume(returning: false)
    }

    /// Waits for a request; false when there will be none.
    func nextRequest() async -> Bool {
        if connection != nil { return true }
        if hasEnded { return false }
        return await withUnsafeContinuation { waiting = $0 }
    }

    /// Makes the exchange ready for its next request, keeping its memory unless that grew large.
    func reset() {
        request.reset()
        response.reset()
        isAnswered = false
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
