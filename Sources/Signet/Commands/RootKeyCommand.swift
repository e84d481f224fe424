internal import ArgumentParser

/// `signet root-key`: the key that manages apps.
struct RootKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "root-key", abstract: "Replace the root key.",
        subcommands: [RootKeyRotateCommand.self])
}

/// `signet root-key rotate`.
struct RootKeyRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a new root key and print it, this once; the old one is dead at once.")

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try Operations.rotateRootKey(settings.load().settings, json: json)
    }
}
