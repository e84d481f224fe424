internal import Configuration
internal import Yams

/// A YAML file of settings, read once.
///
/// swift-configuration reads the values. It can't list the names in a file, and an unknown name
/// must not pass silently, so the names and their lines are read with Yams, its own YAML parser.
struct SettingsFile {
    /// A settings file is small; anything larger was meant for something else.
    static let bytesMax = 1 << 20

    let path: String
    /// What is right in the file; nil for a file without any setting.
    let snapshot: YAMLSnapshot?
    /// The line of each name, dots between its words.
    let lines: [String: Int]
    /// What is wrong with names, in the order of their lines. The values are not looked at yet.
    let mistakes: [SettingsError]

    /// Reads a file whose names have to be right.
    init(path: String) throws(SettingsError) {
        try self.init(path: path, bytes: Self.read(path))
    }

    /// The same for bytes that are already there; `path` is only for messages.
    init(path: String, bytes: [UInt8]) throws(SettingsError) {
        try self.init(withMistakesIn: bytes, path: path)
        if let first = mistakes.first { throw first }
    }

    /// Reads whatever is right in a file. Throws for one that is no YAML.
    init(withMistakesIn bytes: [UInt8], path: String) throws(SettingsError) {
        self.path = path
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformedFile(origin: .file(path: path, line: nil), reason: "it is not UTF-8")
        }
        let document = try YAMLDocument(text, path: path)
        guard let root = document.root, !Self.isEmpty(root) else {
            (snapshot, lines, mistakes) = (nil, [:], document.repeatedNames)
            return
        }
        let flat = Self.withFlatProviders(root)
        guard case .mapping(let mapping) = flat ?? root else {
            throw .malformedFile(
                origin: .file(path: path, line: root.mark?.line),
                reason: "it has to be a mapping of names to values")
        }
        var names = Names(path: path, mistakes: document.repeatedNames)
        let known = names.collect(mapping, under: "")
        lines = names.lines
        mistakes = names.mistakes.inOrderOfLines
        guard !lines.isEmpty else {
            snapshot = nil
            return
        }
        do {
            let isAsWritten = flat == nil && mistakes.isEmpty
            let yaml = try isAsWritten ? text : Yams.serialize(node: .mapping(known))
            let bytes = Array(yaml.utf8)
            snapshot = try YAMLSnapshot(
                data: bytes.span.bytes, providerName: path, parsingOptions: .default)
        } catch {
            throw .malformedFile(origin: .file(path: path, line: nil), reason: "\(error)")
        }
    }

    /// The bytes of the file at `path`.
    static func read(_ path: String) throws(SettingsError) -> [UInt8] {
        do throws(FileError) {
            return try FileBytes.read(path: path, bytesMax: bytesMax)
        } catch {
            throw .unreadableFile(path: path, reason: error.description)
        }
    }

    /// The document with the list of providers as one text, which swift-configuration can read; nil when
    /// it has none.
    private static func withFlatProviders(_ root: Node) -> Node? {
        guard case .mapping(var mapping) = root,
            let index = mapping.firstIndex(where: { $0.key.string == "providers" }),
            case .sequence(let sequence) = mapping[index].value,
            let text = ProviderList.text(sequence)
        else { return nil }
        let key = mapping[index].key
        mapping[key] = .scalar(Node.Scalar(text, Tag(.str), .doubleQuoted))
        return .mapping(mapping)
    }

    /// Where `name` stands.
    func origin(of name: String) -> SettingOrigin { .file(path: path, line: lines[name]) }

    /// Looks at the names of a document.
    private struct Names {
        let path: String
        var lines: [String: Int] = [:]
        var mistakes: [SettingsError] = []

        init(path: String, mistakes: [SettingsError]) {
            self.path = path
            self.mistakes = mistakes
        }

        /// Notes the names of a mapping and what is wrong with them, and returns the mapping without that.
        mutating func collect(_ mapping: Node.Mapping, under prefix: String) -> Node.Mapping {
            var known: [(Node, Node)] = []
            for (key, value) in mapping {
                do throws(SettingsError) {
                    if let value = try take(key, value, under: prefix) {
                        known.append((key, value))
                    }
                } catch {
                    mistakes.append(error)
                }
            }
            return Node.Mapping(known, mapping.tag)
        }

        /// What is kept of a value; nil for nothing.
        private mutating func take(
            _ key: Node, _ value: Node, under prefix: String
        ) throws(SettingsError) -> Node? {
            let origin = SettingOrigin.file(path: path, line: key.mark?.line)
            guard case .scalar(let word) = key else {
                throw .malformedFile(origin: origin, reason: "a name has to be a word")
            }
            let name = prefix + word.string
            if Setting.all.contains(where: { $0.name.hasPrefix(name + ".") }) {
                if case .mapping(let inner) = value {
                    return .mapping(collect(inner, under: name + "."))
                }
                // A group whose settings are all commented out.
                guard SettingsFile.isEmpty(value) else { throw .group(name, origin: origin) }
                return nil
            }
            try SettingsFile.check(name, value, origin)
            if let earlier = lines[name] {
                throw .givenTwice(name: name, .file(path: path, line: earlier), origin)
            }
            lines[name] = key.mark?.line ?? 0
            return value
        }
    }

    private static func check(
        _ name: String, _ value: Node, _ origin: SettingOrigin
    ) throws(SettingsError) {
        guard let setting = Setting.named(name) else { throw unknown(name, value, origin) }
        guard !setting.isSecret else {
            throw .environmentOnly(name: name, variable: setting.environmentName, origin: origin)
        }
        let kind: String
        switch value {
        case .scalar, .alias: return
        case .sequence(let items) where setting.isList:
            guard !items.allSatisfy({ $0.scalar != nil }) else { return }
            kind = "a list of more than texts"
        case .sequence: kind = "a list"
        case .mapping: kind = "a mapping"
        }
        throw .badKind(name: name, kind: kind, origin: origin, accepts: setting.accepts)
    }

    private static func unknown(
        _ name: String, _ value: Node, _ origin: SettingOrigin
    ) -> SettingsError {
        let settings = Setting.all.filter { !$0.isSecret }
        var suggestion: String?
        if case .mapping = value {
            let groups = settings.filter { $0.path.count > 1 }.map { $0.path[0] }
            suggestion = NameSuggestion.nearest(to: name, in: groups)
        }
        suggestion = suggestion ?? NameSuggestion.nearest(to: name, in: settings.map(\.name))
        return .unknownName(name, origin: origin, suggestion: suggestion)
    }

    /// Whether nothing, `~` or `null` stands there.
    private static func isEmpty(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else {
            return false
        }
        return ["", "~", "null"].contains(scalar.string)
    }
}
