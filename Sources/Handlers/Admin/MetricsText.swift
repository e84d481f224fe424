/// Metrics in the text format of Prometheus (version 0.0.4).
struct MetricsText {
    enum Kind: String {
        case counter, gauge
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
        bytes.append(contentsOf: name.utf8)
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.key)=\"\($0.value)\"" }
            bytes.append(contentsOf: "{\(pairs.joined(separator: ","))}".utf8)
        }
        bytes.append(contentsOf: " \(value)\n".utf8)
    }

    /// Appends a metric of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some Numeric) {
        begin(name, kind, help)
        sample(name, [:], value)
    }
}
