/// A figure of a report that can be compared with an earlier one.
package struct Figure: Sendable, Equatable {
    /// Its name in the report's JSON, under `figures`.
    package let name: String
    package let value: Double
    /// Whether more is better.
    package let moreIsBetter: Bool

    package init(_ name: String, _ value: Double, moreIsBetter: Bool) {
        self.name = name
        self.value = value
        self.moreIsBetter = moreIsBetter
    }
}

extension LoadReport {
    /// What can be compared, by short names: `rate` in requests a second, the rest in microseconds.
    package var figures: [Figure] {
        [
            Figure("rate", requestsPerSecond, moreIsBetter: true),
            Figure("mean", latency.mean / 1000, moreIsBetter: false),
            Figure("p50", Double(latency.p50) / 1000, moreIsBetter: false),
            Figure("p90", Double(latency.p90) / 1000, moreIsBetter: false),
            Figure("p99", Double(latency.p99) / 1000, moreIsBetter: false),
            Figure("p99.9", Double(latency.p999) / 1000, moreIsBetter: false),
            Figure("p99.99", Double(latency.p9999) / 1000, moreIsBetter: false),
            Figure("max", Double(latency.max) / 1000, moreIsBetter: false),
            Figure("errors", Double(errors.total), moreIsBetter: false),
        ]
    }

    /// The names of all figures.
    package static let figureNames = [
        "rate", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max", "errors",
    ]
}
