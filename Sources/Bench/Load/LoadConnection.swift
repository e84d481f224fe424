import SignetRuntime

/// One connection of the load: it has up to `pipeline` requests on the way. Touched only on its loop's
/// thread.
///
/// In a closed loop new requests go out as soon as half of them are answered, by one write. One for
/// each answer would fall into step with a server that writes each answer by itself: a call for each
/// request on both sides, which is what pipelining is there to save (nginx, 16 deep: 67,000
/// requests/s instead of 80,000).
final class LoadConnection: TCPSocketDelegate {
    private enum State {
        case closed
        case connecting
        case open
        /// Closing; what else happens to the socket no longer matters.
        case closing
    }

    /// What is to be done after a piece of input.
    private enum Verdict {
        case goOn
        /// The server said that it closes the connection after this answer.
        case serverCloses
        case malformed
    }

    private static let firstBackOffNanoseconds: UInt64 = 50_000_000
    private static let backOffNanosecondsMax: UInt64 = 1_000_000_000

    private let load: LoadLoop
    private var state = State.closed
    private var socket: LoadSocket?
    private var sent: SentRequests
    /// The beginning of an answer whose rest has not come.
    private var unread: [UInt8] = []
    /// When the connection was begun, or may be begun anew.
    private var since: UInt64 = 0
    /// When the wait for the next answer began.
    private var lastProgress: UInt64 = 0
    private var failuresInRow: UInt64 = 0
    private var wasOpen = false

    init(of load: LoadLoop) {
        self.load = load
        sent = SentRequests(countMax: load.plan.pipeline)
    }

    /// Whether the connection waits to be opened, and may be at `now`.
    func isDue(_ now: UInt64) -> Bool { state == .closed && now >= since }

    /// Begins to connect. Only when the connection is due.
    func open(_ now: UInt64) {
        state = .connecting
        since = now
        do throws(LoopError) {
            socket = try LoadSocket(
                connectingTo: load.plan.target.address, by: load.tls, on: load.eventLoop,
                delegate: self)
        } catch {
            // The socket closes itself and tells nobody.
            state = .closed
            load.connectFailed(error)
            backOff(now)
        }
    }

    /// Gives the connection up when it has waited too long.
    func sweep(_ now: UInt64) {
        let limit = load.plan.timeout.nanoseconds
        switch state {
        case .connecting where now >= since + limit:
            load.connectFailed(nil)
            giveUp(now)
        case .open:
            guard sent.count > 0, now >= lastProgress + limit else { return }
            load.tally.errors.timeouts += 1
            giveUp(now)
        case .connecting, .closed, .closing: return
        }
    }

    // MARK: Socket events

    func didConnect(_ error: LoopError?) {
        guard state == .connecting else { return }
        let now = MonotonicClock.nanoseconds
        if let error {
            load.connectFailed(error)
            return giveUp(now)
        }
        state = .open
        load.connected(isAgain: wasOpen, socket?.agreement)
        wasOpen = true
        socket?.startReading()
        refill(now)
    }

    func didReceive(_ bytes: UnsafeRawBufferPointer) {
        guard state == .open else { return }
        // One reading of the clock for all answers that came together.
        let now = MonotonicClock.nanoseconds
        let verdict: Verdict
        if unread.isEmpty {
            var taken = 0
            verdict = takeAnswers(bytes, &taken, now)
            if taken < bytes.count { unread.append(contentsOf: bytes[taken...]) }
        } else {
            unread.append(contentsOf: bytes)
            var taken = 0
            verdict = unread.withUnsafeBytes { takeAnswers($0, &taken, now) }
            unread.removeFirst(taken)
        }
        switch verdict {
        case .goOn: refill(now)
        case .serverCloses:
            since = now
            closeSocket()
        case .malformed:
            load.tally.errors.malformed += 1
            giveUp(now)
        }
    }

    func didEnd(_ error: LoopError?) { broke() }

    func didDrain(_ error: LoopError?) {
        if error != nil { return broke() }
        if state == .open { refill(MonotonicClock.nanoseconds) }
    }

    func didClose() {
        socket = nil
        state = .closed
        let now = MonotonicClock.nanoseconds
        if load.mayConnect(now), isDue(now) { open(now) }
    }

    // MARK: Answers

    /// Counts the whole answers in `bytes`; `taken` becomes the number of their bytes.
    private func takeAnswers(
        _ bytes: UnsafeRawBufferPointer, _ taken: inout Int, _ now: UInt64
    ) -> Verdict {
        while taken < bytes.count {
            // Nothing was asked that this could answer.
            guard sent.count > 0 else { return .malformed }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            switch AnswerHead.read(rest) {
            case .incomplete: return .goOn
            case .malformed: return .malformed
            case .head(let head):
                guard rest.count >= head.totalCount else { return .goOn }
                let body = UnsafeRawBufferPointer(rebasing: rest[head.headCount..<head.totalCount])
                load.answered(sent.removeFirst(), head.status, body, at: now)
                lastProgress = now
                failuresInRow = 0
                taken += head.totalCount
                if head.closes { return .serverCloses }
            }
        }
        return .goOn
    }

    // MARK: Requests

    /// Whether another request may be sent on this connection now.
    var hasRoom: Bool {
        state == .open && sent.count < load.plan.pipeline && socket?.isWritePending == false
    }

    /// Takes note of a request that the next `send` sends.
    @inline(__always)
    func willSend(_ request: SentRequest, _ now: UInt64) {
        if sent.count == 0 { lastProgress = now }
        sent.append(request)
    }

    /// Sends requests that were noted.
    func send(_ bytes: UnsafeRawBufferPointer) {
        do throws(LoopError) {
            try socket?.write(bytes)
        } catch {
            broke()
        }
    }

    /// Has the loop send what there is room for, if the kernel has taken what was written before.
    private func refill(_ now: UInt64) {
        guard state == .open, socket?.isWritePending == false else { return }
        load.refill(self, room: load.plan.pipeline - sent.count, now)
    }

    // MARK: Ends

    /// The connection is of no use any more, by the server's doing.
    private func broke() {
        guard state == .open else { return }
        let now = MonotonicClock.nanoseconds
        if sent.count > 0 { load.tally.errors.resets += 1 }
        giveUp(now)
    }

    private func giveUp(_ now: UInt64) {
        backOff(now)
        closeSocket()
    }

    /// The wait doubles with each failure in a row, so that a server in trouble is not hammered.
    private func backOff(_ now: UInt64) {
        let doubled = Self.firstBackOffNanoseconds << min(failuresInRow, 8)
        since = now + min(doubled, Self.backOffNanosecondsMax)
        failuresInRow += 1
    }

    private func closeSocket() {
        if state == .open { load.tally.openConnections -= 1 }
        state = .closing
        load.requestsOnTheWay -= sent.count
        sent.removeAll()
        unread = []
        socket?.close()
    }
}
