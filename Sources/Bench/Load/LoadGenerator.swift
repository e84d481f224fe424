internal import Histogram
import SignetCrypto
import SignetRuntime

/// Runs a plan: requests over keep-alive connections, in a closed or an open loop, on loops of its own.
package struct LoadGenerator: Sendable {
    private static let progressMilliseconds = 250
    /// How long a server that answered before may take no connection.
    private static let goneNanosecondsMax: UInt64 = 2_000_000_000

    private let plan: LoadPlan

    package init(_ plan: LoadPlan) {
        precondition(plan.pipeline > 0 && plan.threads > 0 && plan.connections >= plan.threads)
        if case .open(let perSecond, _) = plan.pace { precondition(perSecond > 0) }
        precondition(plan.duration > .zero && plan.warmUp >= .zero && plan.timeout > .zero)
        self.plan = plan
    }

    /// Does the run, and returns what was measured. Blocks; not for a loop's thread.
    ///
    /// Answers that are wrong are counted, not thrown. Throws when the server can't be reached,
    /// ends during the run, or answers nothing for longer than a request may take.
    ///
    /// - Parameter progress: called on this thread about four times a second.
    package func run(
        progress: (LoadProgress) -> Void = { _ in }
    ) throws(BenchError) -> LoadReport {
        let schedule = LoadSchedule(plan, start: MonotonicClock.nanoseconds)
        let board = Monitor(
            [LoadTally](
                repeating: LoadTally(calls: plan.scenario.parts.count, schedule),
                count: plan.threads))
        let isStopping = StopFlag()
        var tls: [TLSClient?] = []
        for _ in 0..<plan.threads { tls.append(try plan.target.makeTLS()) }
        var loads: [LoadLoop] = []
        let group: LoopGroup
        do throws(LoopError) {
            group = try LoopGroup(count: plan.threads, name: "bench") {
                eventLoops throws(LoopError) in
                loads = eventLoops.map {
                    makeLoad(schedule, board, isStopping, on: $0, tls[$0.index])
                }
                for load in loads { try load.start() }
            }
        } catch {
            throw BenchError(.cannotStart(error), plan.target.address)
        }
        let failure = watch(board, schedule, progress)
        isStopping.set()
        group.stop()
        for load in loads { load.end() }
        if let failure { throw failure }
        var tally = board.withLock { $0.sum }
        let tokens = loads.flatMap(\.sample.tokens)
        tally.errors.badSignatures = try countWrong(tokens)
        var report = LoadReport(plan, tally, verified: tokens.count)
        // Who signs users in with what is a setting of the server; its tokens say it.
        if report.facts.algorithm == nil, let token = tokens.first?.token {
            report.facts.algorithm = try? JWSReader().read(token).algorithm.name
        }
        return report
    }

    /// Checks the signatures of sampled tokens, each in the way of the call that it came from.
    private func countWrong(_ tokens: [(call: Int, token: [UInt8])]) throws(BenchError) -> Int {
        var wrong = 0
        for (index, part) in plan.scenario.parts.enumerated() {
            let ofCall = tokens.filter { $0.call == index }.map(\.token)
            guard let proof = part.call.proof, !ofCall.isEmpty else { continue }
            wrong += try proof.countWrong(ofCall, on: plan.target)
        }
        return wrong
    }

    private func makeLoad(
        _ schedule: LoadSchedule, _ board: Monitor<[LoadTally]>, _ isStopping: StopFlag,
        on eventLoop: EventLoop, _ tls: TLSClient?
    ) -> LoadLoop {
        let index = eventLoop.index
        return LoadLoop(
            plan, schedule, connections: plan.connections.share(index, of: plan.threads),
            on: eventLoop, tls, isStopping: isStopping
        ) { tally in
            board.withLock { $0[index] = tally }
            board.signal()
        }
    }

    /// Follows the run until it is done, or has failed.
    private func watch(
        _ board: Monitor<[LoadTally]>, _ schedule: LoadSchedule, _ progress: (LoadProgress) -> Void
    ) -> BenchError? {
        var last = (answers: 0, requests: 0, reconnects: 0, at: schedule.start)
        var lastAnswerAt = schedule.start
        var lastOpenAt = schedule.start
        while true {
            board.wait(atMostMilliseconds: Self.progressMilliseconds) { tallies -> Void? in
                tallies.allSatisfy(\.isDone) ? () : nil
            }
            let tally = board.withLock { $0.sum }
            let now = MonotonicClock.nanoseconds
            if tally.answers > last.answers { lastAnswerAt = now }
            // Some that were made meanwhile may have ended again.
            if tally.openConnections > 0 || tally.reconnects > last.reconnects { lastOpenAt = now }
            progress(state(tally, schedule, now, since: (last.requests, last.at)))
            if !tally.hasConnected, tally.errors.connectFailures >= plan.connections {
                return BenchError(.unreachable(tally.lastConnectError), plan.target.address)
            }
            if tally.isDone {
                return tally.answers > 0 ? nil : BenchError(silence(tally), plan.target.address)
            }
            if now >= lastOpenAt + Self.goneNanosecondsMax, tally.hasConnected {
                return BenchError(.serverGone, plan.target.address)
            }
            if now >= lastAnswerAt + plan.timeout.nanoseconds + Self.goneNanosecondsMax {
                return BenchError(silence(tally), plan.target.address)
            }
            last = (tally.answers, tally.requestsInAll, tally.reconnects, now)
        }
    }

    /// Why there are no answers.
    private func silence(_ tally: LoadTally) -> BenchError.Reason {
        tally.hasConnected ? .noAnswers : .unreachable(tally.lastConnectError)
    }

    private func state(
        _ tally: LoadTally, _ schedule: LoadSchedule, _ now: UInt64,
        since last: (requests: Int, at: UInt64)
    ) -> LoadProgress {
        let phase: LoadProgress.Phase
        let (start, total): (UInt64, Duration)
        switch now {
        case ..<schedule.measureFrom:
            (phase, start, total) = (.warmingUp, schedule.start, plan.warmUp)
        case ..<schedule.measureUntil:
            (phase, start, total) = (.measuring, schedule.measureFrom, plan.duration)
        default: (phase, start, total) = (.finishing, schedule.measureUntil, .zero)
        }
        let requests = Double(tally.requestsInAll - last.requests)
        return LoadProgress(
            phase: phase, elapsed: .nanoseconds(Int64(now - start)), total: total,
            requests: tally.requests,
            requestsPerSecond: requests * 1e9 / Double(max(1, now - last.at)),
            errors: tally.errors, latency: tally.together.latency)
    }
}
