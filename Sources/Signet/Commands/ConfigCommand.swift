internal import ArgumentParser

/// `signet config`: the settings.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show and check the settings.",
        subcommands: [
            ConfigShowCommand.self, ConfigCheckCommand.self, ConfigExampleCommand.self,
        ])
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

/// `signet config check`.
struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Name every mistake in a file of settings, with its line.",
        discussion: """
            Looks at the file alone: neither at the environment nor at the files that it names. Ends with 78 when \
            anything is wrong.
            """)

    @Argument(help: ArgumentHelp("A YAML file of settings.", valueName: "file"))
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        let check = try SettingsCheck(path: file, conflicts: Server.conflicts)
        if json {
            Terminal.show(check.json)
        } else {
            for mistake in check.mistakes { Terminal.complain(mistake.text) }
        }
        guard check.mistakes.isEmpty else {
            throw CommandFailure(check.summary, status: .configuration)
        }
        if !json { Terminal.show(check.summary) }
    }
}

/// `signet config example`.
struct ConfigExampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "example",
        abstract: "Print a file with every setting: what it is, what it takes, its default.")

    mutating func run() throws {
        Terminal.write(SettingsExample.text, to: .output)
    }
}
