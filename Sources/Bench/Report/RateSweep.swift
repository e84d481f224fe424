/// What a sweep found: how the server did at each rate.
package struct RateSweep: Sendable, Equatable {
    /// One rate that was tried.
    package struct Step: Sendable, Equatable {
        package let rate: Double
        package let achieved: Double
        /// In nanoseconds.
        package let p99: UInt64
        package let errors: Int
        /// Whether the server kept up within the objective.
        package let isGood: Bool
    }

    /// The 99th percentile that was allowed.
    package let objective: Duration
    /// The rate of a closed loop, from which the search began.
    package let closedLoopRate: Double
    package let steps: [Step]

    /// The highest rate that was good; nil when none was.
    package var highestGood: Double? { steps.filter(\.isGood).map(\.rate).max() }
}

extension LoadGenerator {
    /// The share of the intended rate that has to be reached: what is on the way at the end is
    /// missing.
    private static let achievedMin = 0.98

    /// Fewer requests in a run tell nothing.
    private static let requestsMin = 20.0

    /// Looks for the highest rate at which the 99th percentile stays under `objective` and nothing goes
    /// wrong: a run in a closed loop, then one in an open loop for each rate that is tried. Returns the
    /// report of the highest that was good, or of the last one when none was.
    ///
    /// - Parameter progress: called with the rate that is being tried; nil in the closed loop.
    package static func sweep(
        _ plan: LoadPlan, under objective: Duration, _ arrivals: LoadPace.Arrivals,
        progress: (Double?, LoadProgress) -> Void = { _, _ in }
    ) throws(BenchError) -> LoadReport {
        var plan = plan
        plan.pace = .closed
        let closed = try LoadGenerator(plan).run { progress(nil, $0) }
        guard closed.requests > 0 else { return closed }
        var search = RateSearch(
            capacity: closed.requestsPerSecond, least: requestsMin / plan.duration.inSeconds)
        var steps: [RateSweep.Step] = []
        var best: LoadReport?
        var last = closed
        while let rate = search.next {
            plan.pace = .open(perSecond: rate, arrivals)
            last = try LoadGenerator(plan).run { progress(rate, $0) }
            let isGood =
                last.latency.p99 <= objective.nanoseconds && last.errors.total == 0
                && last.requestsPerSecond >= rate * achievedMin
            if isGood { best = last }
            steps.append(
                RateSweep.Step(
                    rate: rate, achieved: last.requestsPerSecond, p99: last.latency.p99,
                    errors: last.errors.total, isGood: isGood))
            search.tried(isGood: isGood)
        }
        var report = best ?? last
        report.sweep = RateSweep(
            objective: objective, closedLoopRate: closed.requestsPerSecond, steps: steps)
        return report
    }
}
