/// Why the settings can't be used. The process ends with 78 (EX_CONFIG).
enum SettingsError: Error, Equatable, CustomStringConvertible {
    /// The value is not one that the setting accepts. `value` is nil where it must not be shown.
    case badValue(name: String, value: String?, origin: SettingOrigin, accepts: String)
    /// Something that is no single value: `kind` is `a list` or `a mapping`.
    case badKind(name: String, kind: String, origin: SettingOrigin, accepts: String)
    /// No setting has that name.
    case unknownName(String, origin: SettingOrigin, suggestion: String?)
    /// A group such as `http` was given a value of its own.
    case group(String, origin: SettingOrigin)
    /// A secret stands where others can read it.
    case environmentOnly(name: String, variable: String, origin: SettingOrigin)
    /// The same setting is given twice in one place.
    case givenTwice(name: String, SettingOrigin, SettingOrigin)
    /// The file can't be read.
    case unreadableFile(path: String, reason: String)
    /// The file is not YAML, or not a mapping of names to values.
    case malformedFile(origin: SettingOrigin, reason: String)

    /// The line of the file that it is about; nil when it is about none.
    var line: Int? {
        switch self {
        case .badValue(_, _, let origin, _), .badKind(_, _, let origin, _),
            .unknownName(_, let origin, _), .group(_, let origin),
            .environmentOnly(_, _, let origin), .givenTwice(_, _, let origin),
            .malformedFile(let origin, _):
            origin.line
        case .unreadableFile: nil
        }
    }

    var description: String {
        switch self {
        case .badValue(let name, let value?, let origin, let accepts):
            "\(name): '\(value)' (from \(origin)) is not \(accepts)"
        case .badValue(let name, nil, let origin, let accepts):
            "\(name): the value from \(origin) is not \(accepts)"
        case .badKind(let name, let kind, let origin, let accepts):
            "\(name): \(kind) (from \(origin)) is not \(accepts)"
        case .unknownName(let name, let origin, let suggestion?):
            "there is no setting '\(name)' (in \(origin)); did you mean '\(suggestion)'?"
        case .unknownName(let name, let origin, nil):
            "there is no setting '\(name)' (in \(origin)); signet config show lists them"
        case .group(let name, let origin):
            "'\(name)' (in \(origin)) is a group of settings and takes no value of its own"
        case .environmentOnly(let name, let variable, let origin):
            "\(name) (in \(origin)) is a secret: set \(variable) in the environment instead"
        case .givenTwice(let name, let first, let second):
            "\(name) is given twice (\(first) and \(second)); leave one of them out"
        case .unreadableFile(let path, let reason):
            "can't read the settings file \(path): \(reason)"
        case .malformedFile(let origin, let reason):
            "\(origin) can't be read as settings: \(reason)"
        }
    }
}

/// Where a setting's value came from.
enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    case defaults
    case file(path: String, line: Int?)
    /// The name of the variable.
    case environment(String)
    /// The flag as it is typed, for example `--port`.
    case flag(String)

    /// Nil when it is in no file, or where in it is unknown.
    var line: Int? {
        guard case .file(_, let line) = self else { return nil }
        return line
    }

    var description: String {
        switch self {
        case .defaults: "default"
        case .file(let path, let line?): "\(path):\(line)"
        case .file(let path, nil): path
        case .environment(let variable): variable
        case .flag(let flag): flag
        }
    }
}

extension [SettingsError] {
    /// In the order of their lines, those without one first; those of one line stay as they are.
    var inOrderOfLines: [SettingsError] {
        enumerated().sorted {
            ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
        }.map(\.element)
    }
}
