/// How a run went over time: one of its slices.
package struct RunSlice: Sendable, Equatable {
    /// When the slice began, in seconds since the measuring did.
    package let start: Double
    /// Good answers a second.
    package let requestsPerSecond: Double
    /// Answers that were not good.
    package let errors: Int
    /// Latencies of its good answers in nanoseconds, to two digits; nil when it had none.
    package let latency: Spread?

    package struct Spread: Sendable, Equatable {
        package let p50: UInt64
        package let p99: UInt64
        package let max: UInt64
    }
}
