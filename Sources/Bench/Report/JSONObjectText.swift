/// A JSON object (RFC 8259) while it is written, two spaces deeper for each level. Bench does not
/// know the JSON module, and a report is written once.
struct JSONObjectText {
    private var members: [String] = []

    /// The object so far.
    var text: String {
        members.isEmpty ? "{}" : "{\n" + members.joined(separator: ",\n") + "\n}"
    }

    mutating func add(_ name: String, string: String) { add(name, Self.quoted(string)) }

    /// Adds a text, or null when it is not known.
    mutating func add(_ name: String, known string: String?) {
        add(name, string.map(Self.quoted) ?? "null")
    }

    mutating func add(_ name: String, number: Int) { add(name, "\(number)") }

    /// Adds a finite number, to three decimals.
    mutating func add(_ name: String, number: Double) {
        precondition(number.isFinite)
        add(name, "\((number * 1000).rounded() / 1000)")
    }

    mutating func add(_ name: String, _ truth: Bool) { add(name, truth ? "true" : "false") }

    mutating func add(_ name: String, object: JSONObjectText) { add(name, object.text) }

    /// Adds an array with an object to a line.
    mutating func add(_ name: String, objects: [JSONObjectText]) {
        let lines = objects.map { "  " + $0.line }.joined(separator: ",\n")
        add(name, objects.isEmpty ? "[]" : "[\n" + lines + "\n]")
    }

    /// The object without line feeds, when none of its members is one.
    private var line: String {
        "{" + members.map { String($0.dropFirst(2)) }.joined(separator: ", ") + "}"
    }

    private mutating func add(_ name: String, _ value: String) {
        let indented = value.split(separator: "\n").joined(separator: "\n  ")
        members.append("  \(Self.quoted(name)): \(indented)")
    }

    /// `text` as a JSON string (RFC 8259 section 7), with quotes.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result.unicodeScalars.append("\\")
                result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
