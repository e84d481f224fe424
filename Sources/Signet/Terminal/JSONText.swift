/// Texts that can't break out of the line or the quotes that they are written into.
enum JSONText {
    /// `text` as a JSON string (RFC 8259 section 7), quotes included.
    static func quoted(_ text: some StringProtocol) -> String {
        var result = "\""
        append(text, to: &result, escapesQuotes: true)
        result += "\""
        return result
    }

    /// `text` without anything that could break a line or drive a terminal.
    static func printable(_ text: some StringProtocol) -> String {
        var result = ""
        append(text, to: &result, escapesQuotes: false)
        return result
    }

    /// Whether `scalar` is written as an escape: the C0 and C1 controls, the line and paragraph
    /// separators, and the marks that reverse what a terminal shows.
    static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func append(
        _ text: some StringProtocol, to result: inout String, escapesQuotes: Bool
    ) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\"" where escapesQuotes: result += "\\\""
            case "\\" where escapesQuotes: result += "\\\\"
            case _ where needsEscape(scalar):
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
