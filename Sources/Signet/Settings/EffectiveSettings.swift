internal import Configuration

/// Settings together with where each of them came from.
struct EffectiveSettings: Sendable {
    /// A value from the command line.
    struct FlagValue: Sendable, Equatable {
        /// The setting that the flag is for.
        let name: String
        let value: String
        /// The flag as it is typed, for messages: `--port`, `--set`.
        let flag: String
    }

    private(set) var settings = Settings()
    /// By the setting's name; what is not in here is the default.
    private(set) var origins: [String: SettingOrigin] = [:]

    /// Reads flags over environment over file over defaults. An empty variable counts as not set.
    init(
        flags: [FlagValue] = [], environment: [String: String] = [:], file: SettingsFile? = nil
    ) throws(SettingsError) {
        let layers = [try Self.layer(flags), Self.layer(environment)] + Self.layer(file)
        for setting in Setting.all {
            for layer in layers where try take(setting, from: layer) { break }
        }
    }

    /// What is right in `file` over the defaults, and what is wrong in it: its names, and its values.
    init(withMistakesIn file: SettingsFile, mistakes: inout [SettingsError]) {
        mistakes += file.mistakes
        for layer in Self.layer(file) {
            for setting in Setting.all {
                do throws(SettingsError) {
                    _ = try take(setting, from: layer)
                } catch {
                    mistakes.append(error)
                }
            }
        }
    }

    /// Where the setting's value came from.
    func origin(of setting: Setting) -> SettingOrigin { origins[setting.name] ?? .defaults }

    /// One source of values, and how it calls itself in messages.
    private struct Layer {
        let snapshot: any ConfigSnapshot
        let origin: (Setting) -> SettingOrigin

        /// Everything is read as text: our types are stricter than YAML's. Nil when nothing is said.
        func text(of setting: Setting) throws -> String? {
            let key = AbsoluteConfigKey(setting.path)
            let value: ConfigValue?
            do {
                value = try snapshot.value(forKey: key, type: .string).value
            } catch  where setting.isList {
                value = try snapshot.value(forKey: key, type: .stringArray).value
            }
            switch value?.content {
            case .string(let text): return text
            case .stringArray(let items): return items.joined(separator: ",")
            default: return nil
            }
        }
    }

    /// True when the layer has a value for the setting and it was taken.
    private mutating func take(_ setting: Setting, from layer: Layer) throws(SettingsError) -> Bool
    {
        let origin = layer.origin(setting)
        let found: String?
        do {
            found = try layer.text(of: setting)
        } catch {
            throw .badKind(
                name: setting.name, kind: "what stands there", origin: origin,
                accepts: setting.accepts)
        }
        guard let text = found else { return false }
        guard setting.read(text, &settings) else {
            throw .badValue(
                name: setting.name, value: setting.isSecret ? nil : Self.shown(text),
                origin: origin,
                accepts: setting.accepts)
        }
        origins[setting.name] = origin
        return true
    }

    /// A value that is not accepted, without what stands before the @ of a URL: often a password.
    private static func shown(_ value: String) -> String {
        guard let scheme = value.utf8.firstRange(of: "://".utf8),
            let end = value.utf8.lastIndex(of: UInt8(ascii: "@")), end >= scheme.upperBound
        else { return value }
        return "\(value[..<scheme.upperBound])…\(value[end...])"
    }

    private static func layer(_ flags: [FlagValue]) throws(SettingsError) -> Layer {
        var given: [String: FlagValue] = [:]
        for flag in flags {
            let origin = SettingOrigin.flag(flag.flag)
            guard let setting = Setting.named(flag.name) else {
                let names = Setting.all.filter { !$0.isSecret }.map(\.name)
                throw .unknownName(
                    flag.name, origin: origin,
                    suggestion: NameSuggestion.nearest(to: flag.name, in: names))
            }
            guard !setting.isSecret else {
                throw .environmentOnly(
                    name: setting.name, variable: setting.environmentName, origin: origin)
            }
            if let earlier = given.updateValue(flag, forKey: flag.name) {
                throw .givenTwice(name: flag.name, .flag(earlier.flag), origin)
            }
        }
        let values = given.map { name, flag in
            (
                AbsoluteConfigKey(name.split(separator: ".").map(String.init)),
                ConfigValue(.string(flag.value), isSecret: false)
            )
        }
        let provider = InMemoryProvider(values: Dictionary(uniqueKeysWithValues: values))
        let spellings = given.mapValues(\.flag)
        return Layer(snapshot: provider.snapshot()) { .flag(spellings[$0.name] ?? "--set") }
    }

    private static func layer(_ environment: [String: String]) -> Layer {
        let provider = EnvironmentVariablesProvider(
            environmentVariables: environment.filter { !$0.value.isEmpty }
        ).prefixKeys(with: "signet")
        return Layer(snapshot: provider.snapshot()) { .environment($0.environmentName) }
    }

    private static func layer(_ file: SettingsFile?) -> [Layer] {
        guard let file, let snapshot = file.snapshot else { return [] }
        return [Layer(snapshot: snapshot) { file.origin(of: $0.name) }]
    }
}

extension EffectiveSettings {
    /// Sentences about variables named `SIGNET_…` that match no setting. Not errors, because
    /// others set such variables too (Kubernetes does for a service called signet).
    static func warnings(about environment: [String: String]) -> [String] {
        let known = Setting.all.map(\.environmentName)
        let strangers = environment.keys.filter { $0.hasPrefix("SIGNET_") && !known.contains($0) }
        return strangers.sorted().map { name in
            let word = String(name.dropFirst("SIGNET_".count))
            let suggestion = NameSuggestion.nearest(to: word, in: Setting.all.map(\.name))
            let warning = "\(name) in the environment is no setting and is ignored"
            guard let variable = suggestion.flatMap(Setting.named)?.environmentName else {
                return warning
            }
            return "\(warning); did you mean \(variable)?"
        }
    }
}
