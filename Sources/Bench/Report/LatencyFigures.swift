internal import Histogram

/// The spread of the latencies of a run. Times are in nanoseconds, exact to three digits.
package struct LatencyFigures: Sendable, Equatable {
    /// A latency that a share of the answers did not exceed.
    package struct Point: Sendable, Equatable {
        /// In percent.
        package let percentile: Double
        package let nanoseconds: UInt64
    }

    /// Answers of similar latency.
    package struct Bucket: Sendable, Equatable {
        /// Up to here, in nanoseconds; from the bucket before.
        package let upTo: UInt64
        package let count: UInt64
    }

    /// How many latencies were recorded.
    package let count: UInt64
    package let mean: Double
    package let min: UInt64
    package let p50: UInt64
    package let p90: UInt64
    package let p99: UInt64
    package let p999: UInt64
    package let p9999: UInt64
    package let max: UInt64
    /// The whole spread, from the quickest answer up, as far as there are answers enough to tell.
    package let spectrum: [Point]
    /// How many answers took up to this long, in steps of a fifth of an order of magnitude.
    package let buckets: [Bucket]

    init(_ tally: CallTally) {
        let spread = RecordedLatencies(tally.latency)
        count = spread.count
        mean = count > 0 ? Double(tally.latencySum) / Double(count) : 0
        min = count > 0 ? tally.latency.min : 0
        p50 = spread.value(50)
        p90 = spread.value(90)
        p99 = spread.value(99)
        p999 = spread.value(99.9)
        p9999 = spread.value(99.99)
        max = spread.value(100)
        spectrum = Self.percentiles(count).map {
            Point(percentile: $0, nanoseconds: spread.value($0))
        }
        buckets = Self.buckets(spread)
    }

    /// Percentiles that halve what is left, in four steps each, up to the last answer.
    private static func percentiles(_ count: UInt64) -> [Double] {
        guard count > 0 else { return [] }
        var result: [Double] = []
        var rest = 1.0
        while rest * Double(count) >= 1, result.count < 120 {
            result.append(100 * (1 - rest))
            // The fourth root of a half.
            rest *= 0.840_896_415_253_714_5
        }
        return result + [100]
    }

    /// From the first bucket that has answers to the last, without gaps.
    private static func buckets(_ spread: RecordedLatencies) -> [Bucket] {
        // 1, 1.58, 2.51, 3.98, 6.31: steps that look alike on a logarithmic scale.
        let steps: [UInt64] = [1000, 1585, 2512, 3981, 6310]
        var bounds: [UInt64] = []
        var scale: UInt64 = 1
        while bounds.last ?? 0 < spread.value(100) {
            bounds += steps.map { $0 * scale }
            scale *= 10
        }
        var below: UInt64 = 0
        let all = bounds.map { upTo in
            let sum = spread.count(upTo: upTo)
            defer { below = sum }
            return Bucket(upTo: upTo, count: sum - below)
        }
        guard let first = all.firstIndex(where: { $0.count > 0 }),
            let last = all.lastIndex(where: { $0.count > 0 })
        else { return [] }
        return Array(all[first...last])
    }
}

/// The latencies of a histogram in rising order: one walk through its buckets, by code that is not
/// specialised, instead of one for each percentile.
private struct RecordedLatencies {
    /// The upper end of each bucket that is not empty, and the answers up to there.
    private let steps: [(upTo: UInt64, sum: UInt64)]

    /// All latencies.
    var count: UInt64 { steps.last?.sum ?? 0 }

    init(_ histogram: Histogram<UInt64>) {
        // None is above what was really recorded.
        let most = histogram.maxRecorded
        steps =
            histogram.totalCount > 0
            ? histogram.recordedValues().map { (min(most, $0.value), $0.totalCountToThisValue) }
            : []
    }

    /// The latency that `percentile` percent of all did not exceed; 0 when there are none.
    func value(_ percentile: Double) -> UInt64 {
        // An ulp less, so that rounding does not lead into the next bucket.
        let share = Swift.max(0, percentile.nextDown) / 100
        let wanted = Swift.max(1, UInt64((share * Double(count)).rounded(.up)))
        return steps.first { $0.sum >= wanted }?.upTo ?? 0
    }

    /// How many did not exceed the bucket that `nanoseconds` is in or follows.
    func count(upTo nanoseconds: UInt64) -> UInt64 {
        steps.last { $0.upTo <= nanoseconds + nanoseconds / 1000 }?.sum ?? 0
    }
}
