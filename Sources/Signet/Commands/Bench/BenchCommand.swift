internal import ArgumentParser
internal import SignetCrypto

/// `signet bench`: measures a server.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure calls per second and latencies.",
        discussion: """
            Without --url a server of its own is started on temporary data and ended again.
            signet bench sign                       the highest rate of 64 connections
            signet bench sign --rate 20000          latencies at 20,000 calls a second
            signet bench sign --sweep --slo 5ms     the highest rate with p99 up to 5 ms
            signet bench mix --mix sign=8,verify=1,renew=1
            """,
        subcommands: [
            BenchSignCommand.self, BenchVerifyCommand.self, BenchRenewCommand.self,
            BenchIntrospectCommand.self, BenchJWKSCommand.self, BenchSignInCommand.self,
            BenchMixCommand.self, BenchCryptoCommand.self, BenchConstantTimeCommand.self,
        ])
}

/// A measurement of a server: which calls, and how.
///
/// Each has the groups of flags beside each other: of groups in groups swift-argument-parser's debug build checks
/// each five times as often as the one around it.
protocol BenchCallCommand: ParsableCommand {
    /// The calls and their weights.
    var operations: [BenchPlan.Operation: Int] { get }
    var server: BenchServerOptions { get }
    var load: BenchLoadOptions { get }
    var report: BenchOutputOptions { get }
    var page: BenchPageOptions { get }
}

extension BenchCallCommand {
    func validate() throws { try server.requireCredentials(for: operations) }

    mutating func run() throws { try Operations.bench(plan()) }

    /// The measurement that was asked for. Reads the file of the app's key.
    func plan(_ environment: BenchSecrets = BenchSecrets()) throws -> BenchPlan {
        var plan = try server.plan(operations, environment)
        load.apply(to: &plan)
        plan.output = report.output
        plan.output.htmlFile = page.html
        return plan
    }
}

/// `signet bench sign`.
struct BenchSignCommand: BenchCallCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign token pairs.")

    @OptionGroup var server: BenchServerOptions
    @OptionGroup(title: "Load") var load: BenchLoadOptions
    @OptionGroup(title: "Report") var report: BenchOutputOptions
    @OptionGroup(title: "Report") var page: BenchPageOptions

    var operations: [BenchPlan.Operation: Int] { [.sign: 1] }
}

/// `signet bench verify`.
struct BenchVerifyCommand: BenchCallCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify tokens.")

    @OptionGroup var server: BenchServerOptions
    @OptionGroup(title: "Load") var load: BenchLoadOptions
    @OptionGroup(title: "Report") var report: BenchOutputOptions
    @OptionGroup(title: "Report") var page: BenchPageOptions

    var operations: [BenchPlan.Operation: Int] { [.verify: 1] }
}

/// `signet bench renew`.
struct BenchRenewCommand: BenchCallCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Renew sessions, each by its last refresh token.")

    @OptionGroup var server: BenchServerOptions
    @OptionGroup(title: "Load") var load: BenchLoadOptions
    @OptionGroup(title: "Report") var report: BenchOutputOptions
    @OptionGroup(title: "Report") var page: BenchPageOptions

    var operations: [BenchPlan.Operation: Int] { [.renew: 1] }
}

/// `signet bench introspect`.
struct BenchIntrospectCommand: BenchCallCommand {
    static let configuration = CommandConfiguration(
        commandName: "introspect", abstract: "Introspect tokens (RFC 7662).")

    @OptionGroup var server: BenchServerOptions
    @OptionGroup(title: "Load") var load: BenchLoadOptions
    @OptionGroup(title: "Report") var report: BenchOutputOptions
    @OptionGroup(title: "Report") var page: BenchPageOptions

    var operations: [BenchPlan.Operation: Int] { [.introspect: 1] }
}

/// `signet bench jwks`.
struct BenchJWKSCommand: BenchCallCommand {
    static let configuration = CommandConfiguration(
        commandName: "jwks", abstract: "Fetch the public keys (RFC 7517).")

    @OptionGroup var server: BenchServerOptions
    @OptionGroup(title: "Load") var load: BenchLoadOptions
    @OptionGroup(title: "Report") var report: BenchOutputOptions
    @OptionGroup(title: "Report") var page: BenchPageOptions

    var operations: [BenchPlan.Operation: Int] { [.jwks: 1] }
}

/// `signet bench sign-in`.
struct BenchSignInCommand: BenchCallCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-in", abstract: "Sign a user in by login and password.")

    @OptionGroup var server: BenchServerOptions
    @OptionGroup(title: "Load") var load: BenchLoadOptions
    @OptionGroup(title: "Report") var report: BenchOutputOptions
    @OptionGroup(title: "Report") var page: BenchPageOptions

    var operations: [BenchPlan.Operation: Int] { [.signIn: 1] }
}

/// `signet bench mix`.
struct BenchMixCommand: BenchCallCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix", abstract: "Several calls, each with its share.")

    @Option(
        help: ArgumentHelp(
            "The calls and how often each comes, such as sign=8,verify=1,renew=1; the calls are "
                + "sign, verify, renew, introspect, jwks and sign-in; sign=8,verify=1,renew=1 "
                + "unless given.", valueName: "calls"),
        transform: CallShares.read)
    var mix = CallShares([.sign: 8, .verify: 1, .renew: 1])

    @OptionGroup var server: BenchServerOptions
    @OptionGroup(title: "Load") var load: BenchLoadOptions
    @OptionGroup(title: "Report") var report: BenchOutputOptions
    @OptionGroup(title: "Report") var page: BenchPageOptions

    var operations: [BenchPlan.Operation: Int] { mix.weights }
}

/// `signet bench crypto`.
struct BenchCryptoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crypto",
        abstract: "Sign and verify with every algorithm in this process, on one thread.")

    @Option(
        help: ArgumentHelp(
            "How long each way of each algorithm is measured; 1s unless given.",
            valueName: "time"),
        transform: MeasuringTime.read)
    var duration = MeasuringTime(duration: .seconds(1))

    @Option(help: "Only this algorithm; all unless given.")
    var algo: Algorithm?

    @OptionGroup(title: "Report") var output: BenchOutputOptions

    mutating func run() throws {
        try Operations.bench(
            algo.map { [$0] } ?? Algorithm.allCases, each: duration.duration, output.output)
    }
}
