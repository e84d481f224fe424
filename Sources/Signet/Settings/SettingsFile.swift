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
    /// Nil for a file without any setting.
    let snapshot: YAMLSnapshot?
    /// The line of each name, dots between its words.
    let lines: [String: Int]

    /// Reads and checks the names in the file; the values are not looked at yet.
    init(path: String) throws(SettingsError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileBytes.read(path: path, bytesMax: Self.bytesMax)
        } catch {
            throw .unreadableFile(path: path, reason: error.description)
        }
        try self.init(path: path, bytes: bytes)
    }

    /// The same for bytes that are already there; `path` is only for messages.
    init(path: String, bytes: [UInt8]) throws(SettingsError) {
        self.path = path
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformedFile(origin: .file(path: path, line: nil), reason: "it is not UTF-8")
        }
        var root: Node?
        do {
            root = try Parser(yaml: text).singleRoot()
        } catch {
            throw Self.malformed(path, error)
        }
        var bytes = bytes
        if let flat = root.flatMap(Self.withFlatProviders) {
            root = flat
            bytes = Array(((try? Yams.serialize(node: flat)) ?? "").utf8)
        }
        guard let root, !Self.isEmpty(root) else {
            (snapshot, lines) = (nil, [:])
            return
        }
        guard case .mapping(let mapping) = root else {
            throw .malformedFile(
                origin: .file(path: path, line: root.mark?.line),
                reason: "it has to be a mapping of names to values")
        }
        var lines: [String: Int] = [:]
        try Self.collect(mapping, under: "", path: path, into: &lines)
        self.lines = lines
        guard !lines.isEmpty else {
            snapshot = nil
            return
        }
        do {
            snapshot = try YAMLSnapshot(
                data: bytes.span.bytes, providerName: path, parsingOptions: .default)
        } catch {
            throw .malformedFile(origin: .file(path: path, line: nil), reason: "\(error)")
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

    private static func collect(
        _ mapping: Node.Mapping, under prefix: String, path: String, into lines: inout [String: Int]
    ) throws(SettingsError) {
        for (key, value) in mapping {
            let origin = SettingOrigin.file(path: path, line: key.mark?.line)
            guard case .scalar(let word) = key else {
                throw .malformedFile(origin: origin, reason: "a name has to be a word")
            }
            let name = prefix + word.string
            let isGroup = Setting.all.contains { $0.name.hasPrefix(name + ".") }
            if case .mapping(let inner) = value, isGroup {
                try collect(inner, under: name + ".", path: path, into: &lines)
                continue
            }
            // A group whose settings are all commented out.
            if isGroup, isEmpty(value) { continue }
            guard !isGroup else { throw .group(name, origin: origin) }
            try check(name, value, origin)
            if let earlier = lines[name] {
                throw .givenTwice(name: name, .file(path: path, line: earlier), origin)
            }
            lines[name] = key.mark?.line ?? 0
        }
    }

    private static func check(
        _ name: String, _ value: Node, _ origin: SettingOrigin
    ) throws(SettingsError) {
        guard let setting = Setting.named(name) else { throw unknown(name, origin) }
        guard !setting.isSecret else {
            throw .environmentOnly(name: name, variable: setting.environmentName, origin: origin)
        }
        let kind: String
        switch value {
        case .scalar, .alias: return
        case .sequence where setting.isList: return
        case .sequence: kind = "a list"
        case .mapping: kind = "a mapping"
        }
        throw .badKind(name: name, kind: kind, origin: origin, accepts: setting.accepts)
    }

    private static func unknown(_ name: String, _ origin: SettingOrigin) -> SettingsError {
        let names = Setting.all.filter { !$0.isSecret }.map(\.name)
        let suggestion = NameSuggestion.nearest(to: name, in: names)
        return .unknownName(name, origin: origin, suggestion: suggestion)
    }

    /// Whether nothing, `~` or `null` stands there.
    private static func isEmpty(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else {
            return false
        }
        return ["", "~", "null"].contains(scalar.string)
    }

    private static func malformed(_ path: String, _ error: any Error) -> SettingsError {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return .malformedFile(
                origin: .file(path: path, line: mark.line), reason: problem)
        case .duplicatedKeysInMapping(let keys, let context):
            return .malformedFile(
                origin: .file(path: path, line: context.mark.line),
                reason: "'\(keys.joined(separator: "', '"))' is given twice")
        default:
            return .malformedFile(origin: .file(path: path, line: nil), reason: "\(error)")
        }
    }
}
