/// Text inside a page.
enum HTMLText {
    /// `text` with what HTML reads as markup written otherwise, for elements and quoted attributes.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }

    /// A table: the first column names its row.
    ///
    /// - Parameter header: empty for none.
    static func table(_ header: [String], _ rows: [[String]], style: String) -> String {
        let head =
            header.isEmpty
            ? ""
            : "<thead><tr>"
                + header.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
                + "</tr></thead>"
        let body = rows.map { row in
            "<tr><th scope=\"row\">\(escaped(row[0]))</th>"
                + row.dropFirst().map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
        }
        return
            "<table class=\"\(style)\">\(head)<tbody>\(body.joined(separator: "\n"))</tbody></table>"
    }
}
