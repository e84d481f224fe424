internal import Histogram

/// The spread of the latencies of a run. Times are in nanoseconds, exact to three digits.
package struct LatencyFigures: Sendable, Equatable {
    /// How many latencies were recorded.
    package let count: UInt64
    package let mean: Double
    package let p50: UInt64
    package let p90: UInt64
    package let p99: UInt64
    package let p999: UInt64
    package let max: UInt64

    init(_ tally: LoadTally) {
        let histogram = tally.latency
        count = histogram.totalCount
        mean = count > 0 ? Double(tally.latencySum) / Double(count) : 0
        // A percentile is the upper end of its bucket; none is above what was really recorded.
        let most = histogram.maxRecorded
        p50 = min(most, histogram.valueAtPercentile(50))
        p90 = min(most, histogram.valueAtPercentile(90))
        p99 = min(most, histogram.valueAtPercentile(99))
        p999 = min(most, histogram.valueAtPercentile(99.9))
        max = most
    }
}
