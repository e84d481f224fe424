internal import ArgumentParser

/// `signet audit`: the log of security events.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Check the log of security events.",
        subcommands: [AuditVerifyCommand.self])
}

/// `signet audit verify`.
struct AuditVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that no line of the audit log was changed, removed, added or cut off.",
        discussion: """
            Without a file the log of audit.file is checked, with its earlier files. The key is \
            SIGNET_AUDIT_KEY or else made from the master key, as with the server. Files may be named in any \
            order; what comes before the first of them is taken for what that says.
            """)

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "Files of one log.")
    var files: [String] = []

    @Flag(
        help: """
            The files hold a server's standard output (audit.file stdout): other lines are passed over, and \
            each start begins a chain.
            """)
    var stream = false

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try AuditOperations.verify(settings.load().settings, files, isStream: stream, json: json)
    }
}
