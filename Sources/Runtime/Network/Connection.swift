/// One accepted connection. Every member runs on its loop's thread.
///
/// Bytes come in by the socket's callbacks, which are on that thread already and enter by a
/// `LoopEntry`; `ConnectionState` decides; the loop's `RequestHandler` answers.
package actor Connection: TCPSocketDelegate {
    /// What a lingering peer may still send before we close regardless.
    private static let lingerBytesMax = 16 << 20
    /// With so many bytes of answers a write is full: what the peer does not take is copied, and small requests
    /// may have large answers.
    private static let writeBytesFull = 256 << 10

    private let eventLoop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }

    private let socket: TCPSocket
    /// Between the socket and us; nil on a plain connection.
    private let tls: TLSSocket?
    private let peer: SocketAddress
    let server: LoopServer
    private var state: ConnectionState
    private var parser: RequestParser
    /// The request that is arriving.
    private var arriving: Exchange?
    /// The requests that are answered, oldest first.
    private var exchanges: [Exchange] = []
    /// Bytes that arrived while no request may be taken.
    private var unread: [UInt8] = []
    private var isReading = true
    private var isClosed = false
    private var owesContinue = false
    /// What the connection's time-out is counted for, and since when (loop milliseconds).
    private var waiting: Waiting = .idle
    private var waitingSince: UInt64
    private var lingerBytes = 0
    /// What a blocked write had left when it was last looked at.
    private var unsentBytes = 0

    private static let receive = LoopEntry<Connection, UnsafeRawBufferPointer, Void> {
        $0.received($1)
    }
    /// Writes what is answered.
    static let flush = LoopEntry<Connection, Void, Void> { connection, _ in connection.flush() }

    private enum Waiting {
        case idle, head, body, answer, write, linger
    }

    init(
        _ socket: TCPSocket, _ tls: TLSSocket?, from peer: SocketAddress, of server: LoopServer
    ) {
        eventLoop = server.eventLoop
        self.socket = socket
        self.tls = tls
        self.peer = peer
        self.server = server
        state = ConnectionState(requestsInFlightMax: server.settings.requestsInFlightMax)
        parser = RequestParser(limits: server.settings.limits)
        waitingSince = server.eventLoop.monotonicMilliseconds
    }

    /// Begins to read.
    func start() {
        if let tls { return tls.start(self) }
        socket.setDelegate(self)
        socket.startReading()
    }

    // MARK: Socket events

    package nonisolated func didConnect(_ error: LoopError?) {}

    package nonisolated func didReceive(_ bytes: UnsafeRawBufferPointer) {
        Self.receive(self, bytes, on: eventLoop)
    }

    package nonisolated func didEnd(_ error: LoopError?) {
        assumeIsolated { connection in
            if error == nil { connection.state.peerEnded() } else { connection.state.broke() }
            connection.proceed()
        }
    }

    package nonisolated func didDrain(_ error: LoopError?) {
        assumeIsolated { connection in
            connection.state.writeDrained()
            // The next blocked write has its own time.
            connection.waiting = .idle
            if error != nil { connection.state.broke() }
            connection.flush()
        }
    }

    package nonisolated func didClose() {
        assumeIsolated { connection in
            // The loop closes what is left when it ends.
            connection.abort()
            connection.server.didClose(connection)
        }
    }

    // MARK: Requests

    private func received(_ bytes: UnsafeRawBufferPointer) {
        eventLoop.willRead()
        if state.phase == .lingering {
            lingerBytes += bytes.count
            if lingerBytes > Self.lingerBytesMax { state.broke() }
            return proceed()
        }
        if unread.isEmpty {
            let taken = takeRequests(bytes)
            if taken < bytes.count && state.phase == .open {
                unread.append(contentsOf: bytes[taken...])
            }
        } else {
            unread.append(contentsOf: bytes)
        }
        proceed()
    }

    /// Parses as many requests as may be taken, and returns how many bytes they were.
    private func takeRequests(_ bytes: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        while offset < bytes.count, state.mayTakeRequest {
            let exchange = arriving ?? server.leaseExchange(peer: peer)
            arriving = exchange
            do throws(HTTPRefusal) {
                let outcome = try parser.parse(bytes, from: &offset, into: &exchange.request)
                if parser.takeContinue() {
                    owesContinue = true
                    server.flushAtRoundEnd(self)
                }
                guard outcome == .complete else { break }
                arriving = nil
                owesContinue = false
                begin(exchange)
            } catch {
                arriving = nil
                owesContinue = false
                refuse(error, exchange)
            }
        }
        return offset
    }

    private func begin(_ exchange: Exchange) {
        state.received(keepsAlive: exchange.request.isKeepAlive)
        exchange.closes = state.isLastRequest
        exchange.receivedAt = eventLoop.unixMilliseconds
        exchanges.append(exchange)
        // The next request has its own time, even if it has begun already.
        waiting = .idle
        exchange.begin(from: self)
        eventLoop.didReadRequest()
        server.handler.respond(to: exchange)
    }

    private func refuse(_ refusal: HTTPRefusal, _ exchange: Exchange) {
        state.refused()
        exchange.closes = true
        exchange.begin(from: self)
        exchange.response.status = refusal.status
        server.handler.refuse(refusal, exchange)
        exchanges.append(exchange)
        exchange.finish()
    }

    // MARK: Answers

    /// Writes the answers that are ready, in the order of their requests, by one call unless they are large.
    private func flush() {
        guard !isClosed else { return dropExchanges() }
        if !state.isWriteBlocked {
            repeat { writeAnswers() } while hasMoreAnswers
            takeUnread()
        }
        proceed()
    }

    /// Whether the peer took a write that was full, and there are more answers for it.
    private var hasMoreAnswers: Bool {
        !state.isWriteBlocked && state.phase != .closed && exchanges.first?.isAnswered == true
    }

    private func writeAnswers() {
        var count = 0
        while count < exchanges.count, server.writeBuffer.count < Self.writeBytesFull {
            let exchange = exchanges[count]
            guard exchange.isAnswered else { break }
            exchange.append(
                to: &server.writeBuffer, date: server.currentDate(),
                isStrictlySecure: server.isStrictlySecure)
            server.giveBack(exchange)
            count += 1
        }
        if count == exchanges.count {
            exchanges.removeAll(keepingCapacity: true)
        } else {
            exchanges.removeFirst(count)
        }
        state.answered(count)
        server.answersWritten += count
        if owesContinue, exchanges.isEmpty {
            owesContinue = false
            server.writeBuffer.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
        }
        do throws(LoopError) {
            try server.writeBuffer.withUnsafeBufferPointer { bytes throws(LoopError) in
                let bytes = UnsafeRawBufferPointer(bytes)
                if let tls { try tls.write(bytes) } else { try socket.write(bytes) }
            }
            if socket.isWritePending { state.writeBlocked() }
        } catch {
            state.broke()
        }
        server.writeBuffer.removeAll(keepingCapacity: true)
    }

    /// Goes on with bytes that had to wait for answers to leave.
    private func takeUnread() {
        guard !unread.isEmpty, state.mayTakeRequest else { return }
        eventLoop.willRead()
        var bytes: [UInt8] = []
        swap(&bytes, &unread)
        let taken = bytes.withUnsafeBytes { takeRequests($0) }
        if taken < bytes.count { unread = Array(bytes[taken...]) }
        // What was taken may be answered already, or wait for the round's batch.
        eventLoop.wantAnotherTurn()
    }

    /// Bytes that wait in memory for the peer to read.
    var bytesUnread: Int { socket.unsentBytes }

    private func dropExchanges() {
        // Those that are not answered yet are dropped when they are finished.
        exchanges.removeAll { exchange in
            if exchange.isAnswered { server.giveBack(exchange) }
            return exchange.isAnswered
        }
    }

    // MARK: What next

    /// Does what the state asks for after an event.
    private func proceed() {
        guard !isClosed else { return }
        switch state.step {
        case .read: setReading(true)
        case .pause: setReading(false)
        case .linger: linger()
        case .close: close()
        }
        noteWaiting()
    }

    private func setReading(_ wanted: Bool) {
        guard wanted != isReading else { return }
        isReading = wanted
        if let tls {
            if wanted { tls.startReading() } else { tls.stopReading() }
        } else {
            if wanted { socket.startReading() } else { socket.stopReading() }
        }
    }

    private func linger() {
        guard state.phase != .lingering else { return }
        state.lingers()
        unread = []
        if let tls { tls.shutdown() } else { socket.shutdown() }
        setReading(true)
    }

    private func close() {
        isClosed = true
        if let tls { tls.close() } else { socket.close() }
        if let arriving { server.giveBack(arriving) }
        arriving = nil
        unread = []
        dropExchanges()
    }

    // MARK: Time

    /// Notes what the connection waits for, so that `sweep` knows how long it may.
    private func noteWaiting() {
        let now: Waiting =
            switch state.phase {
            case .lingering: .linger
            case _ where state.isWriteBlocked: .write
            case .open where parser.phase == .head: .head
            case .open where parser.phase == .body: .body
            default: state.requestsInFlight > 0 ? .answer : .idle
            }
        if now != waiting || now == .idle {
            waiting = now
            waitingSince = eventLoop.monotonicMilliseconds
        }
    }

    /// Ends a connection that waited too long. Called once a second for each.
    func sweep(_ now: UInt64) {
        guard !isClosed else { return }
        if waiting == .write, socket.unsentBytes != unsentBytes {
            // The peer reads, however slowly.
            unsentBytes = socket.unsentBytes
            waitingSince = now
        }
        let settings = server.settings
        let limit: UInt64 =
            switch waiting {
            case .idle where state.isDraining: settings.drainIdleMilliseconds
            // A client of TLS speaks first. What comes before the first request sets no new time.
            case .idle where tls?.isEstablished == false: settings.headTimeoutMilliseconds
            case .idle, .write: settings.idleTimeoutMilliseconds
            case .head: settings.headTimeoutMilliseconds
            case .body: settings.bodyTimeoutMilliseconds
            case .linger: settings.lingerTimeoutMilliseconds
            case .answer: .max
            }
        guard now &- waitingSince >= limit else { return }
        // The loop comes to what has arrived since it looked last.
        if waiting == .idle, state.isDraining, state.phase == .open, socket.hasInput { return }
        if waiting == .head || waiting == .body, state.mayTakeRequest, let exchange = arriving {
            arriving = nil
            refuse(HTTPRefusal(.requestTimedOut), exchange)
        } else {
            state.broke()
        }
        proceed()
    }

    /// The server stops: what is in flight is answered, and the last answer says that it is the last.
    func drain() {
        state.drain(
            isReadingRequest: parser.phase != .idle,
            keepsIdle: server.settings.drainIdleMilliseconds > 0)
        // It waits for its last request, and has waited since whenever that was.
        if state.phase == .open { return }
        if state.phase == .finishing { exchanges.last?.closes = true }
        proceed()
    }

    /// The server ends, and this connection with it.
    func abort() {
        state.broke()
        proceed()
    }
}
