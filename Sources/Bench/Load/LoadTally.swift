internal import Histogram
import SignetRuntime

/// What one loop has counted so far, or all of them together.
struct LoadTally: Sendable {
    /// Latencies of up to this many nanoseconds fit without growing the histogram.
    private static let expectedNanosecondsMax: UInt64 = 16_000_000_000

    /// Good answers that came within the measured time.
    var requests = 0
    /// Good answers of the whole run, warm-up included.
    var requestsInAll = 0
    /// Answers of any kind, of the whole run.
    var answers = 0
    var errors = LoadErrors()
    /// Connections made anew after an earlier one had ended.
    var reconnects = 0
    /// Nanoseconds from a request's write to its answer's arrival, of good answers after the
    /// warm-up.
    var latency = Histogram<UInt64>(
        highestTrackableValue: expectedNanosecondsMax, numberOfSignificantValueDigits: .three)
    /// The sum of the same latencies: `Histogram.mean` would walk through all its buckets by
    /// unspecialised code, which showed in profiles.
    var latencySum: UInt64 = 0
    var openConnections = 0
    var hasConnected = false
    var lastConnectError: LoopError?
    /// Whether nothing more will be counted.
    var isDone = false

    init() {
        latency.autoResize = true
    }

    /// Counts the latency of a good answer.
    @inline(__always)
    mutating func record(latency nanoseconds: UInt64) {
        latency.record(nanoseconds)
        latencySum += nanoseconds
    }

    /// The sum of what `tallies` say.
    init(_ tallies: [LoadTally]) {
        self.init()
        isDone = true
        for tally in tallies {
            requests += tally.requests
            requestsInAll += tally.requestsInAll
            answers += tally.answers
            errors.add(tally.errors)
            reconnects += tally.reconnects
            latency.add(tally.latency)
            latencySum += tally.latencySum
            openConnections += tally.openConnections
            hasConnected = hasConnected || tally.hasConnected
            lastConnectError = tally.lastConnectError ?? lastConnectError
            isDone = isDone && tally.isDone
        }
    }
}
