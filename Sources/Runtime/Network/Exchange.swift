/// One request and its answer, on one connection.
///
/// Leased from its loop's pool, so that a steady load allocates nothing. Not `Sendable`: a handler has
/// it from `respond` until it returns, then the connection.
package final class Exchange {
    package internal(set) var request = Request()
    /// What will be sent; empty with status 200 when the handler gets it.
    package var response = Response()
    /// When the request was complete, in Unix milliseconds.
    package internal(set) var receivedAt: Int64 = 0
    /// Whom the connection comes from.
    package internal(set) var peer: SocketAddress
    /// The loop that the connection lives on.
    package let eventLoop: EventLoop
    var isAnswered = false
    /// Whether the answer says `Connection: close`.
    var closes = false

    init(on eventLoop: EventLoop, peer: SocketAddress) {
        self.eventLoop = eventLoop
        self.peer = peer
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
