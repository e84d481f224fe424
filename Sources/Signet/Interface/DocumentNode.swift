internal import Yams

/// A value of a YAML document. Members are found by their names, for which Yams asks its tags each time.
enum DocumentNode {
    /// `isQuoted`: a text, whatever it looks like.
    case scalar(String, isQuoted: Bool)
    case list([DocumentNode])
    case mapping(Members)

    /// The members of a mapping, in its order.
    struct Members {
        let names: [String]
        private let values: [String: DocumentNode]

        init(_ mapping: Node.Mapping) {
            let pairs = mapping.map { ($0.key.string ?? "", DocumentNode($0.value)) }
            names = pairs.map(\.0)
            values = Dictionary(pairs) { first, _ in first }
        }

        subscript(_ name: String) -> DocumentNode? { values[name] }
    }

    init(_ node: Node) {
        switch node {
        case .scalar(let scalar):
            self = .scalar(scalar.string, isQuoted: scalar.style != .plain)
        case .sequence(let sequence): self = .list(sequence.map { DocumentNode($0) })
        case .mapping(let mapping): self = .mapping(Members(mapping))
        case .alias: self = .scalar("", isQuoted: true)
        }
    }

    /// A member by its name; nil when there is none, or no mapping.
    subscript(_ name: String) -> DocumentNode? {
        guard case .mapping(let members) = self else { return nil }
        return members[name]
    }

    /// A scalar's text; empty for anything else.
    var text: String {
        guard case .scalar(let text, _) = self else { return "" }
        return text
    }

    /// The items of a list; none for anything else.
    var items: [DocumentNode] {
        guard case .list(let items) = self else { return [] }
        return items
    }

    /// The members of a mapping in its order; none for anything else.
    var members: [(name: String, value: DocumentNode)] {
        guard case .mapping(let members) = self else { return [] }
        return members.names.compactMap { name in members[name].map { (name: name, value: $0) } }
    }

    /// As JSON, with two spaces for each depth.
    func json(_ indentation: String = "") -> String {
        let inner = indentation + "  "
        switch self {
        case .scalar(let text, let isQuoted):
            let isPlain = !isQuoted && (["true", "false", "null"].contains(text) || isNumber)
            return isPlain ? text : JSONText.quoted(text)
        case .list(let items):
            guard !items.isEmpty else { return "[]" }
            let lines = items.map { inner + $0.json(inner) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indentation)]"
        case .mapping:
            guard !members.isEmpty else { return "{}" }
            let lines = members.map { name, value in
                "\(inner)\(JSONText.quoted(name)): \(value.json(inner))"
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indentation)}"
        }
    }

    /// Whether a plain text is a number of JSON.
    private var isNumber: Bool {
        text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?/) != nil
    }
}
