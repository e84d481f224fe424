/// Texts of a document as HTML.
enum HTMLText {
    /// With nothing in it that HTML reads as its own.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A line of the document, where backquotes are around code.
    static func line(_ text: some StringProtocol) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            // One that is never closed is a backquote.
            guard index % 2 == 1 else { return escaped(part) }
            return index + 1 < parts.count ? code(part) : "`\(escaped(part))"
        }.joined()
    }

    /// Without line feeds at its end, as the blocks of a YAML document have one.
    static func trimmed(_ text: String) -> Substring {
        var rest = text[...]
        while rest.last == "\n" { rest.removeLast() }
        return rest
    }

    static func code(_ text: some StringProtocol) -> String { "<code>\(escaped(text))</code>" }

    /// Paragraphs, which have an empty line between them, and lists, whose items begin with `- `.
    static func blocks(_ text: String) -> String {
        trimmed(text).split(separator: "\n\n").map { block in
            guard block.hasPrefix("- ") else { return "<p>\(line(block))</p>\n" }
            let items = block.dropFirst(2).split(separator: "\n- ").map { "<li>\(line($0))</li>\n" }
            return "<ul>\n\(items.joined())</ul>\n"
        }.joined()
    }
}
