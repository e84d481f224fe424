internal import ArgumentParser

/// `signet config`: the settings.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show the settings.",
        subcommands: [ConfigShowCommand.self])
}

/// `signet config show`.
struct ConfigShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show every setting, its value and where it came from; secrets are masked.")

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        let report = SettingsReport(try settings.load())
        Terminal.show(json ? report.json : report.lines.joined(separator: "\n"))
    }
}
