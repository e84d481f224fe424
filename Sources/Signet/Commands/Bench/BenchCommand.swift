internal import ArgumentParser
internal import SignetCrypto

/// `signet bench`: measures a server.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure tokens per second and latencies.",
        subcommands: [BenchSignCommand.self, BenchVerifyCommand.self])
}

/// `signet bench sign`.
struct BenchSignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign token pairs.")

    @OptionGroup var options: BenchOptions

    mutating func run() throws {
        try Operations.bench(options.plan(.sign))
    }
}

/// `signet bench verify`.
struct BenchVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify tokens.")

    @OptionGroup var options: BenchOptions

    mutating func run() throws {
        try Operations.bench(options.plan(.verify))
    }
}

/// What is measured, against what, and for how long.
struct BenchPlan: Sendable, Equatable {
    /// The call that is repeated.
    enum Operation: String, Sendable {
        case sign
        case verify
    }

    /// The server that is measured.
    enum Target: Sendable, Equatable {
        /// One that runs already, with an app of its own.
        case running(ServerURL, appID: String, appKey: Secret)
        /// One that is started for the measurement.
        case own(loops: Int, BenchDurability)
    }

    let operation: Operation
    let target: Target
    let connections: Int
    let duration: Duration
    let algorithm: Algorithm
    /// Requests that a connection sends before it waits for the answers.
    let pipeline: Int
    /// Threads of the load generator.
    let threads: Int
    /// The file that the report is also written to.
    let jsonFile: String?
}

/// Where the server that a measurement starts keeps its sessions.
enum BenchDurability: String, Sendable, CaseIterable, ExpressibleByArgument {
    case memory
    case relaxed
    case full
}

/// The flags of every measurement.
struct BenchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A running server, http://HOST[:PORT]; without it one is started.", valueName: "url"),
        transform: ServerURL.read)
    var url: ServerURL?

    @Option(
        help: ArgumentHelp("The app to sign with, when --url is given.", valueName: "id"),
        transform: AppID.read)
    var appID: AppID?

    @Option(help: ArgumentHelp("The key of that app.", valueName: "key"))
    var appKey: String?

    @Option(help: ArgumentHelp("Connections that are open at a time.", valueName: "n"))
    var connections = 64

    @Option(
        help: ArgumentHelp("How long to measure; 10s unless given.", valueName: "time"),
        transform: MeasuringTime.read)
    var duration = MeasuringTime(duration: .seconds(10))

    @Option(help: "The algorithm of the app that is made.")
    var algo = Algorithm.hs256

    @Option(help: ArgumentHelp("Requests on the way per connection.", valueName: "n"))
    var pipeline = 1

    @Option(help: ArgumentHelp("Event loops of the started server.", valueName: "n"))
    var loops: Int?

    @Option(help: ArgumentHelp("Threads of the load generator.", valueName: "n"))
    var threads = 1

    @Option(help: "Where the started server keeps its sessions; full unless given.")
    var durability: BenchDurability?

    @Option(help: ArgumentHelp("Also write the report to this file.", valueName: "file"))
    var json: String?

    func validate() throws {
        try check(connections, "--connections", 1...100_000)
        try check(pipeline, "--pipeline", 1...1024)
        try check(threads, "--threads", 1...1024)
        if let loops { try check(loops, "--loops", 1...256) }
        guard threads <= connections else {
            throw ValidationError("--threads can't be more than --connections (\(connections))")
        }
        if url == nil {
            guard appID == nil, appKey == nil else {
                throw ValidationError("--app-id and --app-key belong to a server given by --url")
            }
        } else {
            guard appID != nil, appKey != nil else {
                throw ValidationError("--url needs --app-id and --app-key (signet app create)")
            }
            guard loops == nil, durability == nil else {
                throw ValidationError(
                    "--loops and --durability are for a server that is started here, not for --url")
            }
        }
    }

    /// The measurement that was asked for.
    func plan(_ operation: BenchPlan.Operation) -> BenchPlan {
        let target: BenchPlan.Target =
            if let url, let appID, let appKey {
                .running(url, appID: appID.text, appKey: Secret(text: appKey))
            } else {
                .own(loops: loops ?? ProcessorCount.available, durability ?? .full)
            }
        return BenchPlan(
            operation: operation, target: target, connections: connections,
            duration: duration.duration, algorithm: algo, pipeline: pipeline, threads: threads,
            jsonFile: json)
    }

    private func check(_ value: Int, _ flag: String, _ range: ClosedRange<Int>) throws {
        guard !range.contains(value) else { return }
        throw ValidationError(
            "\(flag) has to be from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
}

/// A length of time that a measurement can take.
struct MeasuringTime: SpelledArgument, Equatable, CustomStringConvertible {
    private static let type = SettingType.duration(.milliseconds(100) ... .seconds(86_400))
    static let accepts = "seconds, or " + type.accepts

    let duration: Duration

    var description: String { DurationText.text(duration) }

    init(duration: Duration) {
        self.duration = duration
    }

    /// Nil below 100 ms and above a day. A number alone is seconds.
    init?(argument: String) {
        let text = argument.allSatisfy(\.isNumber) ? argument + "s" : argument
        guard let duration = Self.type.parse(text) else { return nil }
        self.duration = duration
    }
}
