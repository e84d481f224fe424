internal import ArgumentParser

/// `signet backup`.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the database into a file, as of one moment, while a server may work on it.",
        discussion: """
            The file is the signet.db of a data folder. The master key is not in it: without master.key, or \
            SIGNET_MASTER_KEY, the keys in it can't be opened. Keep a copy of it in another place.
            """)

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The file to make.")
    var file: String

    @Flag(help: "Replace the file if there is one.")
    var force = false

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try StoreOperations.backUp(
            settings.load().settings, to: file, replaces: force, json: json)
    }
}
