internal import ArgumentParser
internal import SignetRuntime

/// `signet serve`: runs the server until it is told to stop.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server until SIGTERM or SIGINT.")

    @OptionGroup var settings: SettingsOptions

    // Texts, because all values of settings are checked in one place, wherever they come from.
    @Option(help: ArgumentHelp("The address to listen on (http.host).", valueName: "address"))
    var host: String?

    @Option(help: ArgumentHelp("The port to listen on, 0 for any (http.port).", valueName: "port"))
    var port: String?

    @Option(
        help: ArgumentHelp(
            "Serve HTTPS with this certificate and its chain; may be repeated (tls.certificate).",
            valueName: "file"))
    var tlsCert: [String] = []

    @Option(
        help: ArgumentHelp("The private key of each --tls-cert (tls.key).", valueName: "file"))
    var tlsKey: [String] = []

    @Option(help: ArgumentHelp("Event loops; one per core unless set.", valueName: "n"))
    var loops: String?

    @Option(
        help: ArgumentHelp(
            "Threads for slow cryptography; one per core unless set.", valueName: "n"))
    var workers: String?

    @Option(help: ArgumentHelp("When a write is answered.", valueName: "full|relaxed"))
    var durability: String?

    @Option(
        help: ArgumentHelp("What is logged (log.level).", valueName: "trace|debug|info|…"))
    var logLevel: String?

    @Option(help: ArgumentHelp("How a log line looks (log.format).", valueName: "text|json"))
    var logFormat: String?

    @Option(
        help: ArgumentHelp(
            "Run as this user, and its groups; only root can. It has to own the data folder.",
            valueName: "name"))
    var user: String?

    @Flag(help: "Make a demo app and print a call to try; on loopback only.")
    var demo = false

    mutating func run() throws {
        let effective = try load()
        if demo, !Self.isLoopback(effective.settings.http.host) {
            throw CommandFailure(
                "--demo prints a key for everybody to see and runs on loopback only, not on "
                    + "\(effective.settings.http.host); leave out --demo or use --host 127.0.0.1",
                status: .usage)
        }
        try ProcessRights.restrict(to: user)
        Log.bootstrap(effective.settings.log)
        try Operations.serve(effective.settings, demo: demo) { [self] () throws(SettingsError) in
            try load().settings
        }
    }

    /// The settings with this command's own flags.
    func load(
        environment: [String: String] = ProcessEnvironment.variables
    ) throws(SettingsError) -> EffectiveSettings {
        try settings.load(
            [
                .init("http.host", host, "--host"), .init("http.port", port, "--port"),
                .init("tls.certificate", Self.list(tlsCert), "--tls-cert"),
                .init("tls.key", Self.list(tlsKey), "--tls-key"),
                .init("loops", loops, "--loops"), .init("workers", workers, "--workers"),
                .init("durability", durability, "--durability"),
                .init("log.level", logLevel, "--log-level"),
                .init("log.format", logFormat, "--log-format"),
            ], environment: environment)
    }

    /// Nil when the flag was not given.
    private static func list(_ values: [String]) -> String? {
        values.isEmpty ? nil : values.joined(separator: ",")
    }

    /// Whether `host` can be reached from this machine only: 127.0.0.0/8, ::1 and `localhost`.
    static func isLoopback(_ host: String) -> Bool {
        SocketAddress(host: host.lowercased(), port: 0)?.isLoopback ?? false
    }
}
