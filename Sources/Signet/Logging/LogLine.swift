internal import Logging

/// One line of the log, before it is written. Whatever a client managed to get into a message or a
/// value, the line stays one line, and a JSON line stays JSON.
struct LogLine {
    /// A text longer than this many characters is cut, so that a client can't fill the log.
    static let textMax = 1024

    let time: Timestamp
    let level: Logger.Level
    let label: String
    let message: String
    let metadata: Logger.Metadata

    /// The line with its line feed.
    func rendered(as format: LogFormat) -> String {
        switch format {
        case .text: text
        case .json: json
        }
    }

    private var text: String {
        var line = "\(time) \(level.rawValue) \(JSONText.printable(Self.cut(message)))"
        for (key, value) in sortedMetadata {
            line += " \(Self.word(key))=\(Self.word(Self.plain(value)))"
        }
        return line + "\n"
    }

    private var json: String {
        var line = "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\""
        line += ",\"logger\":\(JSONText.quoted(label))"
        line += ",\"message\":\(JSONText.quoted(Self.cut(message)))"
        // In an object of its own: a key such as "level" must not meet the line's own.
        if !metadata.isEmpty { line += ",\"metadata\":\(Self.json(.dictionary(metadata)))" }
        return line + "}\n"
    }

    private var sortedMetadata: [(key: String, value: Logger.Metadata.Value)] {
        metadata.sorted { $0.key < $1.key }
    }

    /// As it is if a reader can tell where it ends, otherwise in quotes.
    private static func word(_ text: String) -> String {
        let text = cut(text)
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            !JSONText.needsEscape(scalar) && !scalar.properties.isWhitespace
                && !["\"", "=", "\\"].contains(scalar)
        }
        return isPlain && !text.isEmpty ? text : JSONText.quoted(text)
    }

    private static func plain(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let object): object.description
        case .array, .dictionary: json(value)
        }
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string, .stringConvertible: JSONText.quoted(cut(plain(value)))
        case .array(let values): "[\(values.map(json).joined(separator: ","))]"
        case .dictionary(let members): object(members)
        }
    }

    private static func object(_ members: Logger.Metadata) -> String {
        let sorted = members.sorted { $0.key < $1.key }
        let texts = sorted.map { "\(JSONText.quoted(cut($0.key))):\(json($0.value))" }
        return "{\(texts.joined(separator: ","))}"
    }

    private static func cut(_ text: String) -> String {
        // Counted in scalars: one Character can be made arbitrarily long with combining marks.
        guard text.utf8.count > textMax, text.unicodeScalars.count > textMax else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(textMax))) + "…"
    }
}
