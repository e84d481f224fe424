/// Rows of text in aligned columns.
struct Table {
    /// Which side of its column a text is pushed to.
    enum Alignment {
        case left
        case right
    }

    let header: [String]
    let rows: [[String]]
    /// Columns that are not named here are left-aligned.
    var alignments: [Int: Alignment] = [:]

    /// The header and the rows, without trailing spaces; two spaces between columns.
    var lines: [String] {
        let cells = ([header] + rows).map { $0.map(JSONText.printable) }
        let widths = header.indices.map { column in
            cells.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return cells.map { row in
            var line = ""
            for (column, text) in row.enumerated() where column < widths.count {
                let padding = String(repeating: " ", count: widths[column] - text.count)
                line += alignments[column] == .right ? padding + text : text + padding
                line += "  "
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
