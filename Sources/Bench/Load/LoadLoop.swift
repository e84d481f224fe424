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
    /// What its connections share; nil for plain HTTP.
    let tls: TLSClient?
    var tally: LoadTally
    /// Tokens whose signatures will be checked.
    private(set) var sample: TokenSample
    /// Requests of all connections that wait for their answers.
    var requestsOnTheWay = 0
    private let schedule: LoadSchedule
    private let calls: [LoadCall]
    private var sources: [RequestSource]
    /// Which call comes when, over and over.
    private let order: [Int]
    private var turn: Int
    /// The requests that are being put together.
    private var output: [UInt8] = []
    private let isStopping: StopFlag
    private let publish: (LoadTally) -> Void
    private var connections: [LoadConnection] = []
    /// When requests are due; nil in a closed loop.
    private var arrivals: ArrivalTimes?
    private var arrivalTimer: PreciseTimer?
    /// What the timer is set to; 0 when it is not.
    private var timerTime: UInt64 = 0
    /// The connection that is asked first for room in an open loop, so that all have their turn.
    private var cursor = 0
    private var ticks = 0
    private var clock: ThreadClock?
    private var hasUsage = false

    /// - Parameters:
    ///   - connections: this loop's share of the plan's.
    ///   - isStopping: set before the loop is stopped.
    ///   - publish: takes the tally as it is, several times a second.
    init(
        _ plan: LoadPlan, _ schedule: LoadSchedule, connections: Int, on eventLoop: EventLoop,
        _ tls: TLSClient?, isStopping: StopFlag, publish: @escaping (LoadTally) -> Void
    ) {
        self.eventLoop = eventLoop
        self.plan = plan
        self.tls = tls
        self.schedule = schedule
        self.isStopping = isStopping
        self.publish = publish
        calls = plan.scenario.parts.map(\.call)
        sources = calls.map { RequestSource($0, host: plan.target.host) }
        order = plan.scenario.order
        // Loops of a mix do not all send the same call at a time.
        turn = eventLoop.index * order.count / plan.threads
        tally = LoadTally(calls: calls.count, schedule)
        let index = eventLoop.index
        sample = TokenSample(
            countMax: plan.verifySample.share(index, of: plan.threads),
            seed: plan.seed &+ UInt64(index))
        if case .open(let perSecond, let kind) = plan.pace {
            arrivals = ArrivalTimes(
                from: schedule.start, perSecond: perSecond, kind, index: index,
                loops: plan.threads, seed: plan.seed)
        }
        self.connections = (0..<connections).map { _ in LoadConnection(of: self) }
    }

    /// Begins to connect. Call it before the loop runs.
    func start() throws(LoopError) {
        _ = try LoopTimer(on: eventLoop, everyMilliseconds: Self.tickMilliseconds) { self.tick() }
        if arrivals != nil {
            arrivalTimer = try PreciseTimer(on: eventLoop) { [unowned self] in
                timerTime = 0
                sendDue(MonotonicClock.nanoseconds)
            }
        }
        openDue(MonotonicClock.nanoseconds)
    }

    /// Lets go of the connections, which refer to their loop. Call it after the loop has ended.
    func end() {
        connections = []
        arrivalTimer = nil
    }

    /// Whether a closed loop still sends requests.
    @inline(__always)
    func isSending(_ now: UInt64) -> Bool { now < schedule.measureUntil }

    /// Whether connections are still made. Not while the loop closes what is left on it: it would
    /// then never be done.
    func mayConnect(_ now: UInt64) -> Bool { now < schedule.sendUntil && !isStopping.isSet }

    // MARK: What connections send

    /// Sends what a connection with room for `room` requests may send: in a closed loop that many, as
    /// soon as it is half of what it may have on the way; in an open loop what is due.
    @inline(__always)
    func refill(_ connection: LoadConnection, room: Int, _ now: UInt64) {
        guard arrivals == nil else { return sendDue(now) }
        guard room * 2 >= plan.pipeline, isSending(now) else { return }
        output.removeAll(keepingCapacity: true)
        for _ in 0..<room { connection.willSend(nextRequest(at: now), now) }
        flush(connection, room)
    }

    /// Sends the requests of an open loop that are due, as far as connections have room for them. The
    /// rest waits, and its latency with it.
    private func sendDue(_ now: UInt64) {
        guard arrivals != nil, now < schedule.sendUntil else { return }
        while let due = arrivals?.next, due <= now, due < schedule.measureUntil {
            guard let connection = connectionWithRoom() else { return }
            arrivals?.advance()
            output.removeAll(keepingCapacity: true)
            connection.willSend(nextRequest(at: due), now)
            flush(connection, 1)
        }
        setTimer()
    }

    /// Wakes the loop for the next request. A timer that is set for an earlier one is left alone: when
    /// it expires there is nothing to do but this.
    private func setTimer() {
        guard let due = arrivals?.next, due < schedule.measureUntil, timerTime == 0 else { return }
        timerTime = due
        arrivalTimer?.set(due)
    }

    private func connectionWithRoom() -> LoadConnection? {
        for _ in connections.indices {
            let connection = connections[cursor]
            cursor = cursor + 1 < connections.count ? cursor + 1 : 0
            if connection.hasRoom { return connection }
        }
        return nil
    }

    /// Puts the next request of the scenario together.
    @inline(__always)
    private func nextRequest(at time: UInt64) -> SentRequest {
        let call = order[turn]
        turn = turn + 1 < order.count ? turn + 1 : 0
        let counts = sources[call].append(to: &output)
        return SentRequest(time: time, call: call, isPreparation: !counts)
    }

    @inline(__always)
    private func flush(_ connection: LoadConnection, _ count: Int) {
        requestsOnTheWay += count
        tally.sent += count
        tally.requestBytes += output.count
        output.withUnsafeBytes { connection.send($0) }
    }

    // MARK: What connections report

    /// The answer to `request` came.
    @inline(__always)
    func answered(
        _ request: SentRequest, _ status: Int, _ body: UnsafeRawBufferPointer, at now: UInt64
    ) {
        requestsOnTheWay -= 1
        tally.answers += 1
        tally.answerBytes += body.count
        let index = request.call
        guard status == calls[index].status || request.isPreparation && status == 200 else {
            tally.errors.statuses[status, default: 0] += 1
            return tally.slices.recordError(at: now)
        }
        let expectation = calls[index].expectation
        guard expectation.isMet(by: body) else {
            tally.errors.unexpectedBodies += 1
            return tally.slices.recordError(at: now)
        }
        sources[index].received(body, expectation)
        guard !request.isPreparation else { return }
        tally.requestsInAll += 1
        guard now >= schedule.measureFrom else { return }
        let latency = now - request.time
        tally.calls[index].record(latency: latency)
        // What comes later was on the way when the time was over: a latency, but not throughput.
        if isSending(now) {
            tally.calls[index].requests += 1
            tally.slices.record(latency: latency, at: now)
        }
        if calls[index].proof != nil {
            sample.offer(call: index) { expectation.token(in: body) }
        }
    }

    /// A connection could not be made; nil when it took too long.
    func connectFailed(_ error: LoopError?) {
        tally.errors.connectFailures += 1
        tally.lastConnectError = error
    }

    /// A connection stands.
    ///
    /// - Parameter agreement: what was agreed on for TLS; nil for plain HTTP.
    func connected(isAgain: Bool, _ agreement: @autoclosure () -> String?) {
        if tally.tls == nil { tally.tls = agreement() }
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
        watchUsage(now)
        if isSending(now) || hasBacklog(now) {
            if tally.openConnections < connections.count, mayConnect(now) { openDue(now) }
            sendDue(now)
        } else if requestsOnTheWay == 0 {
            countUnsent()
            tally.isDone = true
        }
        if sweeps || tally.isDone { publish(tally) }
    }

    /// Whether requests that were due before the end wait for connections, and may still.
    private func hasBacklog(_ now: UInt64) -> Bool {
        guard let arrivals, now < schedule.sendUntil else { return false }
        return arrivals.next < schedule.measureUntil
    }

    private func countUnsent() {
        while let due = arrivals?.next, due < schedule.measureUntil {
            tally.errors.unsent += 1
            arrivals?.advance()
        }
    }

    /// Notes at the end of the measured time how busy this thread was in it.
    private func watchUsage(_ now: UInt64) {
        if clock == nil, now >= schedule.measureFrom { clock = ThreadClock() }
        guard let clock, !hasUsage, !isSending(now) else { return }
        hasUsage = true
        (tally.processorNanoseconds, tally.busiestThread) = clock.used
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

extension Int {
    /// What the part at `index` gets when this many are shared out between `count`.
    func share(_ index: Int, of count: Int) -> Int { self / count + (index < self % count ? 1 : 0) }
}
