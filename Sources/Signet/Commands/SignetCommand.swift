internal import ArgumentParser

/// `signet`: the root of all commands.
struct SignetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signet",
        abstract: "A token authority: signs and verifies tokens for applications.",
        discussion: """
            Start with: signet serve --demo
            Settings come from flags, SIGNET_… variables and a YAML file (--config), in this order.
            signet config show lists them all.
            """,
        version: "signet \(Version.text)",
        subcommands: [
            ServeCommand.self, AppCommand.self, UserCommand.self, KeyCommand.self,
            RootKeyCommand.self, BackupCommand.self, CheckCommand.self, AuditCommand.self,
            ConfigCommand.self, BenchCommand.self,
        ])
}
