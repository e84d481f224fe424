internal import SignetCounts

/// Metrics in the text format of Prometheus (version 0.0.4).
struct MetricsText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var bytes: [UInt8] = []

    /// Begins a metric. Its samples follow.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        bytes.append(contentsOf: "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n".utf8)
    }

    /// Appends a sample. Names and values of labels are ours, and need no escape.
    mutating func sample(
        _ name: String, _ labels: KeyValuePairs<String, String>, _ value: some Numeric
    ) {
        line(name, labels.map { "\($0.key)=\"\($0.value)\"" }, value)
    }

    /// Appends the samples of a histogram.
    ///
    /// - Parameters:
    ///   - unit: what the numbers are divided by, such as 1e9 for nanoseconds that are shown in seconds.
    ///   - labels: those that all of them have.
    mutating func histogram(
        _ name: String, _ reading: HistogramReading, unit: Double,
        labels: KeyValuePairs<String, String> = [:]
    ) {
        let shared = labels.map { "\($0.key)=\"\($0.value)\"" }
        var below = 0
        for (bound, count) in zip(reading.bounds, reading.counts) {
            below += count
            line("\(name)_bucket", shared + ["le=\"\(Double(bound) / unit)\""], below)
        }
        line("\(name)_bucket", shared + ["le=\"+Inf\""], reading.count)
        line("\(name)_sum", shared, Double(reading.sum) / unit)
        line("\(name)_count", shared, reading.count)
    }

    private mutating func line(_ name: String, _ labels: [String], _ value: some Numeric) {
        bytes.append(contentsOf: name.utf8)
        if !labels.isEmpty { bytes.append(contentsOf: "{\(labels.joined(separator: ","))}".utf8) }
        bytes.append(contentsOf: " \(value)\n".utf8)
    }

    /// Appends a metric of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some Numeric) {
        begin(name, kind, help)
        sample(name, [:], value)
    }
}
