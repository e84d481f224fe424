internal import Glibc

/// Times of one operation with two kinds of input, and whether they can be told apart: Welch's t-test, on all times
/// and on those below some percentiles, because slow outliers are the machine's (Reparaz, Balasch, Verbauwhede,
/// "Dude, is my code constant time?", 2017).
struct TimingSample {
    /// From which on they are told apart, as in that paper's program: with so many tests by chance once in many thousand runs.
    static let threshold = 10.0
    /// Percentiles that the times are cut off at.
    private static let cuts = 30

    /// Nanoseconds, of each kind.
    private(set) var times: [[Double]] = [[], []]

    mutating func add(_ nanoseconds: Double, kind: Int) { times[kind].append(nanoseconds) }

    /// The middle of each kind's times.
    var medians: [Double] { times.map { $0.sorted()[$0.count / 2] } }

    /// The largest |t| of all cuts.
    var difference: Double {
        let all = (times[0] + times[1]).sorted()
        var largest = Self.t(times[0], times[1])
        for cut in 1...Self.cuts {
            // Closer together towards the slow end.
            let part = 1 - pow(0.5, 10 * Double(cut) / Double(Self.cuts))
            let limit = all[Int(Double(all.count - 1) * part)]
            let (one, other) = (times[0].filter { $0 <= limit }, times[1].filter { $0 <= limit })
            // Of fewer times the test says nothing.
            if min(one.count, other.count) >= 100 { largest = max(largest, Self.t(one, other)) }
        }
        return largest
    }

    private static func t(_ one: [Double], _ other: [Double]) -> Double {
        let (a, b) = (moments(one), moments(other))
        let deviation = (a.variance / Double(one.count) + b.variance / Double(other.count))
            .squareRoot()
        if deviation == 0 { return a.mean == b.mean ? 0 : .infinity }
        return abs(a.mean - b.mean) / deviation
    }

    private static func moments(_ times: [Double]) -> (mean: Double, variance: Double) {
        let mean = times.reduce(0, +) / Double(times.count)
        let squares = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, squares / Double(max(1, times.count - 1)))
    }
}
