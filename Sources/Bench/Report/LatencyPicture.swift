/// The spread of latencies as bars of text.
struct LatencyPicture {
    private static let widthMax = 40
    /// Eighths of a block, so that short bars differ.
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    let buckets: [LatencyFigures.Bucket]

    /// A line for each bucket: its upper bound, its bar, and its share of all answers.
    var lines: [String] {
        guard let most = buckets.map(\.count).max(), most > 0 else { return [] }
        let total = buckets.reduce(0) { $0 + $1.count }
        let rows = buckets.map { bucket in
            [
                "≤ " + FigureText.time(Double(bucket.upTo)),
                FigureText.percent(Double(bucket.count) / Double(total)),
                Self.bar(Double(bucket.count) / Double(most)),
            ]
        }
        return TextColumns.lines(rows, rightAligned: [0, 1])
    }

    /// A bar for a share of the longest; the shortest that can be seen for what is not zero.
    private static func bar(_ share: Double) -> String {
        guard share > 0 else { return "" }
        let count = max(1, Int((share * Double(widthMax) * 8).rounded()))
        return String(repeating: "█", count: count / 8) + eighths[count % 8]
    }
}
