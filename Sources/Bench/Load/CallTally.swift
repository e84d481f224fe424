internal import Histogram

/// What one loop has counted of one call so far, or all of them together.
struct CallTally: Sendable {
    /// Latencies of up to this many nanoseconds fit without growing the histogram.
    private static let expectedNanosecondsMax: UInt64 = 16_000_000_000

    /// Good answers that came within the measured time.
    var requests = 0
    /// Nanoseconds from a request's start to its answer's arrival, of good answers after the warm-up.
    private(set) var latency = Histogram<UInt64>(
        highestTrackableValue: expectedNanosecondsMax, numberOfSignificantValueDigits: .three)
    /// The sum of the same latencies: `Histogram.mean` would walk through all its buckets by
    /// unspecialised code, which showed in profiles.
    private(set) var latencySum: UInt64 = 0

    init() {
        latency.autoResize = true
    }

    /// Counts the latency of a good answer.
    @inline(__always)
    mutating func record(latency nanoseconds: UInt64) {
        latency.record(nanoseconds)
        latencySum += nanoseconds
    }

    mutating func add(_ other: CallTally) {
        requests += other.requests
        latency.add(other.latency)
        latencySum += other.latencySum
    }
}
