import SignetRuntime

/// One thread's share of the load: its connections, and what they count. Touched only on its loop's
/// thread, but before that runs and after it has ended.
final class LoadLoop {
    /// How often connections are opened and time-outs looked for.
    private static let tickMilliseconds: UInt64 = 20
    /// How many connections a tick opens at most, so that the listener's backlog is not overrun.
    private static let opensPerTickMax = 512
    /// Ticks between two looks at time-outs and two publications of the tally: 0.2 s.
    private static let ticksPerSweep = 10

    let eventLoop: EventLoop
    let plan: LoadPlan
    var tally = LoadTally()
    /// Requests of all connections that wait for their answers.
    var requestsOnTheWay = 0
    private let schedule: LoadSchedule
    private let expectation: Expectation
    /// As many copies of the request as a connection may have on the way, so that any number of
    /// them goes out by one write.
    private let requests: [UInt8]
    private let requestCount: Int
    private let isStopping: StopFlag
    private let publish: (LoadTally) -> Void
    private var connections: [LoadConnection] = []
    private var ticks = 0

    /// - Parameters:
    ///   - connections: this loop's share of the plan's.
    ///   - isStopping: set before the loop is stopped.
    ///   - publish: takes the tally as it is, several times a second.
    init(
        _ plan: LoadPlan, _ schedule: LoadSchedule, connections: Int, on eventLoop: EventLoop,
        isStopping: StopFlag, publish: @escaping (LoadTally) -> Void
    ) {
        self.eventLoop = eventLoop
        self.plan = plan
        self.schedule = schedule
        self.isStopping = isStopping
        self.publish = publish
        expectation = plan.scenario.expectation
        let request = plan.scenario.request.bytes(host: plan.host)
        requestCount = request.count
        requests = Array(repeatElement(request, count: plan.pipeline).joined())
        self.connections = (0..<connections).map { _ in LoadConnection(of: self) }
    }

    /// Begins to connect. Call it before the loop runs.
    func start() throws(LoopError) {
        _ = try LoopTimer(on: eventLoop, everyMilliseconds: Self.tickMilliseconds) { self.tick() }
        openDue(MonotonicClock.nanoseconds)
    }

    /// Lets go of the connections, which refer to their loop. Call it after the loop has ended.
    func end() {
        connections = []
    }

    /// Whether requests are still sent.
    @inline(__always)
    func isSending(_ now: UInt64) -> Bool { now < schedule.measureUntil }

    /// Whether connections are still made. Not while the loop closes what is left on it: it would
    /// then never be done.
    func mayConnect(_ now: UInt64) -> Bool { isSending(now) && !isStopping.isSet }

    /// Hands out the bytes of `count` requests.
    @inline(__always)
    func withRequests(
        _ count: Int, _ body: (UnsafeRawBufferPointer) throws(LoopError) -> Void
    ) throws(LoopError) {
        let byteCount = count * requestCount
        try requests.withUnsafeBufferPointer { bytes throws(LoopError) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<byteCount])))
        }
    }

    // MARK: What connections report

    /// An answer came `latency` nanoseconds after its request went out.
    @inline(__always)
    func answered(
        _ status: Int, _ body: UnsafeRawBufferPointer, at now: UInt64, after latency: UInt64
    ) {
        requestsOnTheWay -= 1
        tally.answers += 1
        guard status == 200 else {
            tally.errors.statuses[status, default: 0] += 1
            return
        }
        guard expectation.isMet(by: body) else {
            tally.errors.unexpectedBodies += 1
            return
        }
        tally.requestsInAll += 1
        guard now >= schedule.measureFrom else { return }
        tally.record(latency: latency)
        // What comes later was on the way when the time was over: a latency, but not throughput.
        if isSending(now) { tally.requests += 1 }
    }

    /// A connection could not be made; nil when it took too long.
    func connectFailed(_ error: LoopError?) {
        tally.errors.connectFailures += 1
        tally.lastConnectError = error
    }

    func connected(isAgain: Bool) {
        tally.openConnections += 1
        tally.hasConnected = true
        if isAgain { tally.reconnects += 1 }
    }

    // MARK: Time

    private func tick() {
        guard !tally.isDone else { return }
        let now = MonotonicClock.nanoseconds
        ticks += 1
        let sweeps = ticks % Self.ticksPerSweep == 0
        if sweeps {
            for connection in connections { connection.sweep(now) }
        }
        if isSending(now) {
            if tally.openConnections < connections.count, mayConnect(now) { openDue(now) }
        } else {
            tally.isDone = requestsOnTheWay == 0
        }
        if sweeps || tally.isDone { publish(tally) }
    }

    private func openDue(_ now: UInt64) {
        var count = 0
        for connection in connections where connection.isDue(now) {
            connection.open(now)
            count += 1
            if count == Self.opensPerTickMax { return }
        }
    }
}
