internal import ArgumentParser
internal import SignetBench
internal import SignetCrypto

/// Which server is measured, with whose key and password.
struct BenchServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A running server, http://HOST[:PORT] or https://HOST[:PORT]; without it one is started.",
            valueName: "url"),
        transform: ServerURL.read)
    var url: ServerURL?

    @Option(
        help: ArgumentHelp(
            "Certificates (PEM) of who may have signed that of an https server; those that the machine "
                + "trusts unless given.", valueName: "file"))
    var tlsCa: String?

    @Flag(help: "Take any certificate of an https server.")
    var tlsInsecure = false

    @Option(
        help: ArgumentHelp("The app to call with, when --url is given.", valueName: "id"),
        transform: AppID.read)
    var appID: AppID?

    @Option(
        help: ArgumentHelp(
            "The key of that app. Other users see it in ps: set \(BenchSecrets.appKeyVariable) or "
                + "give --app-key-file instead.", valueName: "key"))
    var appKey: String?

    @Option(help: ArgumentHelp("A file that holds the key of that app.", valueName: "file"))
    var appKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Who signs in; the demo user unless --url is given.", valueName: "login"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "The password of that user. Other users see it in ps: set "
                + "\(BenchSecrets.passwordVariable) instead.", valueName: "password"))
    var password: String?

    @Option(
        help: "The algorithm of the app that is made; HS256 unless given, ES256 for bench jwks.")
    var algo: Algorithm?

    @Option(
        help: ArgumentHelp(
            "Event loops of the started server; one for each processor unless given.",
            valueName: "n"))
    var loops: Int?

    @Option(
        help: ArgumentHelp(
            "Where the started server keeps its sessions; full unless given. With --url, where that "
                + "server keeps them, for the report."))
    var durability: BenchDurability?

    @Option(
        help: ArgumentHelp(
            "With --url, how much that server has stored, for the report, such as \"1M sessions\".",
            valueName: "text"),
        transform: DataSize.read)
    var dataSize: DataSize?

    func validate() throws {
        if let loops { try BenchLoadOptions.check(loops, "--loops", 1...256) }
        guard password == nil || user != nil else {
            throw ValidationError("--password belongs to --user")
        }
        guard appID != nil || (appKey == nil && appKeyFile == nil) else {
            throw ValidationError("--app-key and --app-key-file belong to --app-id")
        }
        guard appKey == nil || appKeyFile == nil else {
            throw ValidationError("--app-key and --app-key-file are two ways to say the same")
        }
        guard !tlsInsecure || tlsCa == nil else {
            throw ValidationError("--tls-insecure takes any certificate; leave out --tls-ca")
        }
        guard url?.isSecure == true || (tlsCa == nil && !tlsInsecure) else {
            throw ValidationError("--tls-ca and --tls-insecure belong to a --url of https")
        }
        if url == nil {
            guard appID == nil, user == nil else {
                throw ValidationError(
                    "--app-id, --app-key, --user and --password belong to a server given by --url")
            }
            guard dataSize == nil else {
                throw ValidationError(
                    "--data-size belongs to a server given by --url; one started here has no data")
            }
        } else {
            guard loops == nil, algo == nil else {
                throw ValidationError(
                    "--loops and --algo are for a server that is started here, not for --url")
            }
        }
    }

    /// Throws unless the calls can be made on a server given by --url.
    func requireCredentials(for operations: [BenchPlan.Operation: Int]) throws {
        guard url != nil else { return }
        guard appID != nil || !operations.keys.contains(where: \.needsApp) else {
            throw ValidationError("--url needs --app-id and --app-key (signet app create)")
        }
        let environment = BenchSecrets()
        guard appID == nil || appKey != nil || appKeyFile != nil || environment.appKey != nil else {
            throw ValidationError(
                "--app-id needs the app's key: --app-key, --app-key-file or "
                    + BenchSecrets.appKeyVariable)
        }
        guard user != nil || operations[.signIn] == nil else {
            throw ValidationError("--url needs --user and --password to sign in with")
        }
        guard user == nil || password != nil || environment.password != nil else {
            throw ValidationError("--user needs --password or \(BenchSecrets.passwordVariable)")
        }
    }

    private var trust: BenchPlan.ServerTrust {
        tlsInsecure ? .anybody : tlsCa.map { .file($0) } ?? .system
    }

    /// Calls of that server; the load and the report are to be set. Reads the file of the app's key.
    func plan(
        _ operations: [BenchPlan.Operation: Int], _ environment: BenchSecrets
    ) throws -> BenchPlan {
        var key: Secret?
        if appID != nil { key = try environment.appKey(flag: appKey, file: appKeyFile) }
        let target: BenchPlan.Target =
            if let url {
                .running(url, trust, appID: appID?.text, appKey: key)
            } else {
                .own(loops: loops ?? ProcessorCount.available, durability ?? .full)
            }
        var plan = BenchPlan(operations: operations, target: target)
        if let user, let password = password.map({ Secret(text: $0) }) ?? environment.password {
            plan.user = BenchPlan.User(login: user, password: password)
        }
        if url != nil {
            plan.stated = BenchPlan.Stated(durability: durability, data: dataSize?.text)
        }
        // An app with a secret has no public key to fetch.
        plan.algorithm = algo ?? (operations.keys.contains(.jwks) ? .es256 : .hs256)
        return plan
    }
}

/// The flags of the load generator.
struct BenchLoadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Connections that are open at a time.", valueName: "n"))
    var connections = 64

    @Option(help: ArgumentHelp("Requests on the way per connection.", valueName: "n"))
    var pipeline = 1

    @Option(
        help: ArgumentHelp(
            "Open loop: requests a second, whatever the server does; latency counts from the time "
                + "at which a request should have gone out.", valueName: "n"),
        transform: RequestRate.read)
    var rate: RequestRate?

    @Option(help: "How the requests of an open loop are spaced; constant unless given.")
    var arrivals: LoadPace.Arrivals?

    @Flag(help: "Find the highest rate whose p99 stays under --slo.")
    var sweep = false

    @Option(
        help: ArgumentHelp("The p99 that --sweep allows; 10ms unless given.", valueName: "time"),
        transform: ShortTime.read)
    var slo: ShortTime?

    @Option(
        help: ArgumentHelp(
            "How long to measure, for each rate of a sweep; 10s unless given.", valueName: "time"),
        transform: MeasuringTime.read)
    var duration = MeasuringTime(duration: .seconds(10))

    @Option(
        help: ArgumentHelp(
            "How long the load runs before that; 1s unless given.", valueName: "time"),
        transform: ShortTime.read)
    var warmUp: ShortTime?

    @Option(
        help: ArgumentHelp("How long an answer may take; 10s unless given.", valueName: "time"),
        transform: MeasuringTime.read)
    var timeout = MeasuringTime(duration: .seconds(10))

    @Option(
        help: ArgumentHelp(
            "How many of the calls may go wrong before the exit code is 1, warm-up included; 1% "
                + "unless given.", valueName: "percent"),
        transform: ErrorShare.read)
    var maxErrors: ErrorShare?

    @Option(help: ArgumentHelp("Threads of the load generator.", valueName: "n"))
    var threads = 1

    @Option(
        help: ArgumentHelp(
            "Tokens whose signatures are checked after the run, picked at random; 0 for none.",
            valueName: "n"))
    var verifySample = 100

    @Option(
        help: ArgumentHelp(
            "Different tokens that are verified or introspected in turn.", valueName: "n"))
    var tokens = 1

    func validate() throws {
        try Self.check(connections, "--connections", 1...100_000)
        try Self.check(pipeline, "--pipeline", 1...1024)
        try Self.check(threads, "--threads", 1...1024)
        try Self.check(verifySample, "--verify-sample", 0...1_000_000)
        try Self.check(tokens, "--tokens", 1...100_000)
        guard threads <= connections else {
            throw ValidationError("--threads can't be more than --connections (\(connections))")
        }
        guard !sweep || rate == nil else {
            throw ValidationError("--sweep finds the rate; leave out --rate")
        }
        guard slo == nil || sweep else { throw ValidationError("--slo belongs to --sweep") }
        guard slo?.duration != .zero else {
            throw ValidationError("--slo has to be more than 0: no answer takes no time")
        }
        guard arrivals == nil || sweep || rate != nil else {
            throw ValidationError("--arrivals belongs to an open loop: --rate or --sweep")
        }
    }

    /// Throws unless `value` is in `range`.
    static func check(_ value: Int, _ flag: String, _ range: ClosedRange<Int>) throws {
        guard !range.contains(value) else { return }
        throw ValidationError(
            "\(flag) has to be from \(range.lowerBound) to \(range.upperBound), not \(value)")
    }

    func apply(to plan: inout BenchPlan) {
        let arrivals = arrivals ?? .constant
        if let rate { plan.pace = .open(perSecond: rate.perSecond, arrivals) }
        if sweep {
            plan.sweep = BenchPlan.Sweep(
                objective: slo?.duration ?? .milliseconds(10), arrivals: arrivals)
        }
        plan.connections = connections
        plan.pipeline = pipeline
        plan.threads = threads
        plan.warmUp = warmUp?.duration ?? .seconds(1)
        plan.duration = duration.duration
        plan.timeout = timeout.duration
        plan.errorShareMax = maxErrors?.share ?? 0.01
        plan.verifySample = verifySample
        plan.tokens = tokens
    }
}

/// The flag that says where the report on a server goes as a page.
struct BenchPageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Also write the report to this file, as a page with charts.", valueName: "file"))
    var html: String?
}

/// The flags that say where any report goes.
struct BenchOutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Also write the report to this file, as JSON.", valueName: "file"))
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Compare with an earlier --json report; exit code 1 when a figure got worse, 64 when it "
                + "was measured under other conditions.", valueName: "file"))
    var compare: String?

    @Flag(help: "Compare whatever the conditions were, and only say which differ.")
    var compareAnyway = false

    @Option(
        help: ArgumentHelp(
            "The figures that may not get worse; rate,p99 unless given (bench crypto: all).",
            valueName: "names"))
    var figures: String?

    @Option(
        help: ArgumentHelp("How much worse they may be; 10% unless given.", valueName: "percent"),
        transform: Tolerance.read)
    var tolerance: Tolerance?

    func validate() throws {
        guard compare != nil || (figures == nil && tolerance == nil && !compareAnyway) else {
            throw ValidationError(
                "--figures, --tolerance and --compare-anyway belong to --compare")
        }
    }

    var output: BenchOutput {
        BenchOutput(
            jsonFile: json, baselineFile: compare,
            figures: figures.map { Set($0.split(separator: ",").map(String.init)) },
            tolerance: tolerance?.share ?? 0.1, comparesAnyway: compareAnyway)
    }
}
