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
        let histogram = tally.latency
        let most = histogram.maxRecorded
        // A percentile is the upper end of its bucket; none is above what was really recorded.
        func value(_ percentile: Double) -> UInt64 {
            Swift.min(most, histogram.valueAtPercentile(percentile))
        }
        count = histogram.totalCount
        mean = count > 0 ? Double(tally.latencySum) / Double(count) : 0
        min = count > 0 ? histogram.min : 0
        p50 = value(50)
        p90 = value(90)
        p99 = value(99)
        p999 = value(99.9)
        p9999 = value(99.99)
        max = most
        spectrum = Self.percentiles(count).map { Point(percentile: $0, nanoseconds: value($0)) }
        buckets = Self.buckets(histogram)
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
    private static func buckets(_ histogram: Histogram<UInt64>) -> [Bucket] {
        guard histogram.totalCount > 0 else { return [] }
        // 1, 1.58, 2.51, 3.98, 6.31: steps that look alike on a logarithmic scale.
        let steps: [UInt64] = [1000, 1585, 2512, 3981, 6310]
        var bounds: [UInt64] = []
        var scale: UInt64 = 1
        while bounds.last ?? 0 < histogram.maxRecorded {
            bounds += steps.map { $0 * scale }
            scale *= 10
        }
        // Differences of sums, so that no answer is counted twice at a bound.
        var below: UInt64 = 0
        let all = bounds.map { upTo in
            let share = histogram.percentileAtOrBelowValue(upTo) / 100
            let sum = UInt64((share * Double(histogram.totalCount)).rounded())
            defer { below = sum }
            return Bucket(upTo: upTo, count: sum - below)
        }
        guard let first = all.firstIndex(where: { $0.count > 0 }),
            let last = all.lastIndex(where: { $0.count > 0 })
        else { return [] }
        return Array(all[first...last])
    }
}
