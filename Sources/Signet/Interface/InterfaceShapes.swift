/// The schemas of the interface document in words.
struct InterfaceShapes {
    private let document: DocumentNode

    init(_ document: DocumentNode) {
        self.document = document
    }

    /// Every named schema, each as an entry that links lead to.
    var html: String {
        (document["components"]?["schemas"]?.members ?? []).map { name, schema in
            """
            <details>
            <summary>\(HTMLText.code(name))</summary>
            <div id="shape-\(HTMLText.escaped(name))">
            \(block(schema))\
            </div>
            </details>

            """
        }.joined()
    }

    /// What a reference leads to; the node itself when it is none.
    func resolved(_ node: DocumentNode) -> DocumentNode {
        guard let reference = node["$ref"]?.text else { return node }
        let path = reference.split(separator: "/").dropFirst().map(String.init)
        guard let found = path.reduce(document as DocumentNode?, { $0?[$1] }) else {
            preconditionFailure("the interface document has no \(reference)")
        }
        return found
    }

    /// A schema in a line.
    func phrase(_ schema: DocumentNode) -> String {
        if let name = schema["$ref"]?.text.split(separator: "/").last {
            return "<a href=\"#shape-\(HTMLText.escaped(name))\">\(HTMLText.escaped(name))</a>"
        }
        if let value = schema["const"] { return HTMLText.code(value.json()) }
        if let values = schema["enum"]?.items {
            let words = values.map { HTMLText.code($0.json()) }
            return words.joined(separator: " or ") + suffix(schema)
        }
        let variants = (schema["oneOf"] ?? schema["anyOf"])?.items.map(phrase) ?? []
        let parts = schema["allOf"]?.items.map(phrase) ?? []
        let kind = kind(of: schema)
        let words = (kind.isEmpty ? [] : [kind]) + parts
        let alternatives = variants.isEmpty ? [] : [variants.joined(separator: " or ")]
        return (words + alternatives).joined(separator: ", ") + suffix(schema)
    }

    /// The type of a schema, and what its values are like.
    private func kind(of schema: DocumentNode) -> String {
        let types = schema["type"].map { $0.items.isEmpty ? [$0.text] : $0.items.map(\.text) } ?? []
        let names = types.map { type in
            switch type {
            case "array": "list of \(schema["items"].map(phrase) ?? "anything")"
            case "object":
                schema["additionalProperties"].map(phrase).map {
                    $0.isEmpty ? "object" : "object of \($0)"
                } ?? "object"
            default: HTMLText.escaped(type)
            }
        }
        let kind = names.joined(separator: " or ")
        guard let format = schema["format"]?.text else { return kind }
        return (kind.isEmpty ? "" : "\(kind), ") + HTMLText.escaped(format)
    }

    /// The bounds of a schema's values, and what holds without one.
    private func suffix(_ schema: DocumentNode) -> String {
        let bounds = [
            ("minLength", "at least", "characters"), ("maxLength", "at most", "characters"),
            ("minItems", "at least", "items"), ("maxItems", "at most", "items"),
            ("maxProperties", "at most", "members"), ("minimum", "from", ""), ("maximum", "to", ""),
        ].compactMap { name, word, unit in
            schema[name].map { "\(word) \(HTMLText.escaped($0.text)) \(unit)" }
        }.map { String($0.trimmingSuffix { $0 == " " }) }
        let pattern = schema["pattern"].map { ["matches \(HTMLText.code($0.text))"] } ?? []
        let value = schema["default"].map { ["\(HTMLText.code($0.json())) unless given"] } ?? []
        let parts = bounds + pattern + value
        return parts.isEmpty ? "" : ", " + parts.joined(separator: ", ")
    }

    /// A schema with its members.
    private func block(_ schema: DocumentNode) -> String {
        let description = HTMLText.blocks(schema["description"]?.text ?? "")
        let hasMembers = !(schema["properties"]?.members ?? []).isEmpty
        let parts = (schema["allOf"]?.items ?? []).map(block)
        let variants = (schema["oneOf"] ?? schema["anyOf"])?.items ?? []
        let choice = variants.map { variant in
            let title = variant["title"].map { "\(HTMLText.escaped($0.text)): " } ?? ""
            return "<li>\(title)\(block(variant))</li>\n"
        }
        let line =
            hasMembers || !parts.isEmpty || !choice.isEmpty ? "" : "<p>\(phrase(schema))</p>\n"
        return description + line + members(of: schema) + parts.joined()
            + (choice.isEmpty ? "" : "<p>One of:</p>\n<ul>\n\(choice.joined())</ul>\n")
    }

    private func members(of schema: DocumentNode) -> String {
        let required = Set((schema["required"]?.items ?? []).map(\.text))
        let rows = (schema["properties"]?.members ?? []).map { name, member in
            let isObject = !(member["properties"]?.members ?? []).isEmpty
            let text =
                isObject
                ? block(member)
                : phrase(member) + HTMLText.blocks(member["description"]?.text ?? "")
            return "<tr><td>\(HTMLText.code(name))<td>"
                + "\(required.contains(name) ? "required" : "")<td>\(text)\n"
        }
        return rows.isEmpty ? "" : "<table>\n\(rows.joined())</table>\n"
    }
}

extension String {
    fileprivate func trimmingSuffix(_ isUnwanted: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return rest
    }
}
