internal import SignetCounts
import Synchronization

/// What the connections of one loop share: handler, pools, the write buffer, the date, the sweep.
///
/// `@unchecked Sendable`: made before its loop runs, and from then on touched only on the loop's thread;
/// `openConnections` is atomic because all loops count together, `unsentBytes` and `lag` because metrics read
/// them.
final class LoopServer: @unchecked Sendable {
    /// Exchanges kept for reuse; more than a busy loop has in flight at a time.
    private static let spareExchangesMax = 1024
    /// How often it looks, while it drains, for connections that have fallen silent.
    private static let drainSweepMilliseconds: UInt64 = 50

    let eventLoop: EventLoop
    let handler: any RequestHandler
    let settings: HTTPSettings
    /// Where a connection puts together its answers of a round; empty between connections.
    var writeBuffer: [UInt8] = []
    /// The answers that were written since they were last counted.
    var answersWritten = 0
    /// Whether answers tell browsers to come by TLS alone.
    let isStrictlySecure: Bool
    /// Nil for plain connections.
    private let tls: (identity: TLSIdentity, buffers: TLSBuffers)?
    private let openConnections: OpenConnections
    /// What was written and not yet taken by the peers, as of the last sweep.
    let unsentBytes = Atomic<Int>(0)
    /// By the timer of the sweep.
    let lag: LoopLag
    private var acceptors: [Acceptor] = []
    private var sweep: LoopTimer?
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var spareExchanges: [Exchange] = []
    private var unflushed: [Connection] = []
    private var flushing: [Connection] = []
    private var isDraining = false
    private var drained: (@Sendable () -> Void)?
    private var date = HTTPDate(unixSeconds: 0)

    /// Open connections of all loops.
    final class OpenConnections: Sendable {
        let count = Atomic<Int>(0)
        let max: Int

        init(max: Int) {
            self.max = max
        }
    }

    init(
        on eventLoop: EventLoop, _ settings: HTTPSettings, _ identity: TLSIdentity?,
        _ openConnections: OpenConnections, handler: any RequestHandler
    ) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.openConnections = openConnections
        tls = identity.map { ($0, TLSBuffers()) }
        isStrictlySecure = identity != nil && settings.isStrictlySecure
        lag = LoopLag(
            intervalMilliseconds: settings.sweepIntervalMilliseconds,
            at: WallClock.monotonicNanoseconds)
        self.handler = handler
        writeBuffer.reserveCapacity(64 * 1024)
    }

    /// Begins to accept from `sockets`, which it owns from here on, even if it throws. Before the loop runs.
    func start(_ sockets: [ListeningSocket]) throws(LoopError) {
        var left = sockets[...]
        do throws(LoopError) {
            while let socket = left.popFirst() { acceptors.append(try acceptor(of: socket)) }
            sweep = try sweepTimer(everyMilliseconds: settings.sweepIntervalMilliseconds)
        } catch {
            for socket in left { socket.close() }
            throw error
        }
        eventLoop.atRoundEnd { [unowned self] in flush() }
    }

    private func acceptor(of socket: ListeningSocket) throws(LoopError) -> Acceptor {
        try Acceptor(
            socket, on: eventLoop,
            mayAccept: { [unowned self] in
                openConnections.count.load(ordering: .relaxed) < openConnections.max
            },
            accepted: { [unowned self] in open($0, from: $1) })
    }

    private func sweepTimer(everyMilliseconds interval: UInt64) throws(LoopError) -> LoopTimer {
        try LoopTimer(on: eventLoop, everyMilliseconds: interval) { [unowned self] in
            sweepConnections()
        }
    }

    // MARK: Connections

    private func open(_ descriptor: Int32, from peer: SocketAddress) {
        // A socket that libuv can't take (no memory) is closed by the initialiser; the peer may retry.
        guard let socket = try? TCPSocket(accepted: descriptor, on: eventLoop) else { return }
        var secured: TLSSocket?
        if let tls {
            secured = TLSSocket(on: socket, tls.identity.context, tls.buffers)
            guard secured != nil else { return socket.close() }
        }
        openConnections.count.add(1, ordering: .relaxed)
        let connection = Connection(socket, secured, from: peer, of: self)
        connections[ObjectIdentifier(connection)] = connection
        connection.assumeIsolated { $0.start() }
    }

    /// Forgets a closed connection, and lets another in if some wait.
    func didClose(_ connection: Connection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        openConnections.count.subtract(1, ordering: .relaxed)
        resumeAccepting()
        endIfDrained()
    }

    private func resumeAccepting() {
        for acceptor in acceptors { acceptor.resume() }
    }

    private func stopAccepting() {
        for acceptor in acceptors { acceptor.close() }
        acceptors = []
    }

    private func sweepConnections() {
        lag.beat(at: WallClock.monotonicNanoseconds)
        let now = eventLoop.monotonicMilliseconds
        // Descriptors or connections of other loops may have become free.
        resumeAccepting()
        tls?.identity.tickets.dropOld()
        var unsent = 0
        for connection in connections.values {
            unsent += connection.assumeIsolated { connection in
                connection.sweep(now)
                return connection.bytesUnread
            }
        }
        unsentBytes.store(unsent, ordering: .relaxed)
    }

    // MARK: Answers

    func leaseExchange(peer: SocketAddress) -> Exchange {
        guard let exchange = spareExchanges.popLast() else {
            return Exchange(on: eventLoop, peer: peer, trustedProxies: settings.trustedProxies)
        }
        exchange.peer = peer
        return exchange
    }

    func giveBack(_ exchange: Exchange) {
        exchange.reset()
        if spareExchanges.count < Self.spareExchangesMax { spareExchanges.append(exchange) }
    }

    /// Has `connection` write its answers at the end of this round.
    func flushAtRoundEnd(_ connection: Connection) {
        // Pipelined requests are mostly answered one after the other.
        if unflushed.last !== connection { unflushed.append(connection) }
    }

    /// The date of this second, made once for all its answers.
    func currentDate() -> HTTPDate {
        let now = eventLoop.unixMilliseconds / 1000
        if date.unixSeconds != now { date = HTTPDate(unixSeconds: now) }
        return date
    }

    private func flush() {
        guard !unflushed.isEmpty else { return }
        let began = WallClock.monotonicNanoseconds
        swap(&unflushed, &flushing)
        for connection in flushing { Connection.flush(connection, (), on: eventLoop) }
        flushing.removeAll(keepingCapacity: true)
        eventLoop.stages.didWrite(answersWritten, since: began)
        answersWritten = 0
    }

    // MARK: End

    /// Stops accepting, closes idle connections (with `drainIdleMilliseconds`, those that have been idle for so
    /// long), lets busy ones finish, and calls `drained` when none is left. A second call does nothing.
    func drain(_ drained: @escaping @Sendable () -> Void) {
        guard !isDraining else { return }
        self.drained = drained
        isDraining = true
        stopAccepting()
        for connection in connections.values { connection.assumeIsolated { $0.drain() } }
        if settings.drainIdleMilliseconds > 0 { sweepOften() }
        endIfDrained()
    }

    private func sweepOften() {
        // libuv refuses no timer, and the slow one would do.
        if let timer = try? sweepTimer(everyMilliseconds: Self.drainSweepMilliseconds) {
            sweep?.cancel()
            sweep = timer
        }
    }

    /// Closes what is left. The last thing before the loop stops.
    func end() {
        stopAccepting()
        sweep?.cancel()
        sweep = nil
        for connection in connections.values { connection.assumeIsolated { $0.abort() } }
        spareExchanges = []
    }

    private func endIfDrained() {
        guard isDraining, connections.isEmpty, let drained else { return }
        self.drained = nil
        sweep?.cancel()
        sweep = nil
        drained()
    }
}
