internal import ArgumentParser

/// `signet check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for damage in the whole database, and change nothing.",
        discussion: """
            Reads every page, checks rules between tables, and opens every key with the master key. A server may \
            work on the folder meanwhile. Ends with 1 when anything is wrong.
            """)

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try StoreOperations.check(settings.load().settings, json: json)
    }
}
