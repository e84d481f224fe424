/// Cells of text as lines with aligned columns.
enum TextColumns {
    /// The rows with two spaces between columns and none at the ends of lines.
    ///
    /// - Parameter rightAligned: the columns whose cells end below each other.
    static func lines(_ rows: [[String]], rightAligned: Set<Int>) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - text.count)
                line += rightAligned.contains(column) ? padding + text : text + padding
                line += "  "
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
