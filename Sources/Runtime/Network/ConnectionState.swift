/// What a connection does next. Knows no socket, no clock and no actor, so tests drive it directly.
struct ConnectionState: Equatable {
    enum Phase: Equatable {
        /// Requests are taken.
        case open
        /// The last request is in flight; nothing more is taken, and its answer closes.
        case finishing
        /// Everything is answered and our side shut; what the peer still sends is thrown away until it
        /// ends, because closing over unread bytes would reset the connection and lose the answer
        /// (RFC 9112 section 9.6).
        case lingering
        case closed
    }

    /// What the connection should be doing, given all that happened.
    enum Step: Equatable {
        case read
        case pause
        case linger
        case close
    }

    private(set) var phase = Phase.open
    /// Requests taken whose answers have not been handed to the kernel.
    private(set) var requestsInFlight = 0
    private(set) var isWriteBlocked = false
    private(set) var peerHasEnded = false
    /// Whether the next request is the last.
    private(set) var isDraining = false
    private let requestsInFlightMax: Int

    /// - Parameter requestsInFlightMax: how many pipelined requests may wait for their answers before
    ///   the connection stops reading.
    init(requestsInFlightMax: Int) {
        precondition(requestsInFlightMax > 0)
        self.requestsInFlightMax = requestsInFlightMax
    }

    /// Whether another request may be parsed now.
    var mayTakeRequest: Bool {
        phase == .open && requestsInFlight < requestsInFlightMax && !isWriteBlocked
    }

    /// Whether the answer to the newest request says `Connection: close`.
    var isLastRequest: Bool { phase != .open }

    var step: Step {
        switch phase {
        case .open where mayTakeRequest && !peerHasEnded: .read
        case .open where peerHasEnded && requestsInFlight == 0 && !isWriteBlocked: .close
        case .open: .pause
        case .finishing where requestsInFlight > 0 || isWriteBlocked: .pause
        case .finishing: peerHasEnded ? .close : .linger
        case .lingering: peerHasEnded ? .close : .linger
        case .closed: .close
        }
    }

    /// A whole request arrived.
    mutating func received(keepsAlive: Bool) {
        precondition(mayTakeRequest, "a request beyond the limit")
        requestsInFlight += 1
        if !keepsAlive || isDraining { phase = .finishing }
    }

    /// Bytes arrived that are not a request we serve; their refusal is the last answer.
    mutating func refused() {
        precondition(mayTakeRequest, "a refusal beyond the limit")
        requestsInFlight += 1
        phase = .finishing
    }

    /// The answers to the `count` oldest requests went to the kernel, or into a blocked write.
    mutating func answered(_ count: Int) {
        precondition(count <= requestsInFlight, "more answers than requests")
        requestsInFlight -= count
    }

    /// The peer does not read as fast as we write.
    mutating func writeBlocked() { isWriteBlocked = true }

    /// The blocked write is done.
    mutating func writeDrained() { isWriteBlocked = false }

    /// Our side was shut after the last answer.
    mutating func lingers() {
        precondition(step == .linger, "lingering before the end")
        phase = .lingering
    }

    /// The peer sent its end.
    mutating func peerEnded() { peerHasEnded = true }

    /// The server stops: an idle connection closes, a busy one after its answers.
    ///
    /// - Parameters:
    ///   - isReadingRequest: whether a part of a request has arrived; that one is served.
    ///   - keepsIdle: whether an idle connection stays open for one more request.
    mutating func drain(isReadingRequest: Bool, keepsIdle: Bool = false) {
        guard phase == .open else { return }
        isDraining = true
        if isReadingRequest { return }
        if requestsInFlight > 0 {
            phase = .finishing
        } else if !keepsIdle {
            phase = isWriteBlocked ? .finishing : .closed
        }
    }

    /// The connection broke, or its time is over.
    mutating func broke() { phase = .closed }
}
