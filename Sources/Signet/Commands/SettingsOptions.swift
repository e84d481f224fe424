internal import ArgumentParser

/// The flags that every command with settings has.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A YAML file of settings.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The data folder, or memory:.", valueName: "dir"))
    var data: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Any setting by its name; may be repeated.", valueName: "name=value"),
        transform: Assignment.read)
    var assignments: [Assignment] = []

    /// Reads the settings that these flags, `flags`, the environment and the file make up, and
    /// warns on standard error about variables that look like settings and are none.
    func load(
        _ flags: [EffectiveSettings.FlagValue?] = [],
        environment: [String: String] = ProcessEnvironment.variables
    ) throws(SettingsError) -> EffectiveSettings {
        let set = assignments.map {
            EffectiveSettings.FlagValue(name: $0.name, value: $0.value, flag: "--set")
        }
        for warning in EffectiveSettings.warnings(about: environment) {
            Terminal.complain("warning: \(warning)")
        }
        let file: SettingsFile? = if let config { try SettingsFile(path: config) } else { nil }
        let given = [EffectiveSettings.FlagValue("data", data, "--data")] + flags
        return try EffectiveSettings(
            flags: given.compactMap(\.self) + set, environment: environment, file: file)
    }
}

/// `name=value`, as `--set` takes it.
struct Assignment: SpelledArgument, Equatable {
    static let accepts = "name=value, such as http.port=8443"

    let name: String
    let value: String

    /// Nil without an equals sign or a name in front of it.
    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
            return nil
        }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

extension EffectiveSettings.FlagValue {
    /// Nil for a flag that was not given.
    init?(_ name: String, _ value: String?, _ flag: String) {
        guard let value else { return nil }
        self.init(name: name, value: value, flag: flag)
    }
}
