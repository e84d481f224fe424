internal import Histogram

/// How far a run is, several times a second.
package struct LoadProgress: Sendable {
    package enum Phase: Sendable {
        case warmingUp
        case measuring
        /// The time is over; answers to requests that are on the way are waited for.
        case finishing
    }

    package let phase: Phase
    /// Time since the start of this phase.
    package let elapsed: Duration
    /// How long the phase takes; zero when that is not known.
    package let total: Duration
    /// Good answers that were counted so far.
    package let requests: Int
    /// Good answers a second since the last progress, warm-up included.
    package let requestsPerSecond: Double
    /// What went wrong so far.
    package let errors: LoadErrors
    let latency: Histogram<UInt64>

    /// The 99th percentile of the latencies so far, if there are any. Found when it is asked for: it
    /// takes a millisecond of a processor that the load may need.
    package var p99: Duration? {
        guard latency.totalCount > 0 else { return nil }
        return .nanoseconds(Int64(latency.valueAtPercentile(99)))
    }
}
