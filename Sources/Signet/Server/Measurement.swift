internal import Glibc
internal import SignetBench
internal import SignetCrypto
internal import SignetRuntime

/// A run of `signet bench`.
enum Measurement {
    /// The most that a file of authorities may have: those of a whole system are a quarter of it.
    private static let authoritiesBytesMax = 1 << 20

    /// Measures what `plan` says, with progress on a terminal, and prints the report.
    static func run(_ plan: BenchPlan) throws {
        let baseline = try plan.output.baselineFile.map {
            try Baseline(
                path: $0, choosing: plan.output.figures ?? ["rate", "p99"],
                of: Set(LoadReport.figureNames), anyway: plan.output.comparesAnyway)
        }
        try plan.output.checkFiles()
        let report: LoadReport
        switch plan.target {
        case .running(let url, let trust, let appID, let appKey):
            guard let address = SocketAddress(host: url.host, port: UInt16(url.port)) else {
                throw CommandFailure(
                    "--url: \(url.host) is no IP address, and names are not looked up",
                    status: .usage)
            }
            let app = appID.flatMap { id in appKey.map { BenchApp(id: id, key: $0.text) } }
            var facts = RunFacts(plan)
            facts.durability = plan.stated.durability?.rawValue
            facts.data = plan.stated.data
            facts.isStated = true
            report = try measure(
                plan, on: try target(url, trust, at: address), app, facts, baseline)
        case .own(let loops, let durability):
            report = try measureOwn(plan, loops: loops, durability, baseline)
        }
        Terminal.show(report.text)
        try write(report, to: plan.output)
        guard report.requests > 0 else {
            throw CommandFailure("no call was answered well; the errors above say why")
        }
        guard report.errors.badSignatures == 0 else {
            throw CommandFailure(
                "\(report.errors.badSignatures) of \(report.verified) tokens that were checked are "
                    + "not signed by the server's key")
        }
        guard report.errorShare <= plan.errorShareMax else {
            throw CommandFailure(
                "\(FigureText.whole(Double(report.errors.total))) of "
                    + "\(FigureText.whole(Double(report.attempts))) calls went wrong "
                    + "(\(report.errors.summary)), more than --max-errors allows: "
                    + FigureText.percent(plan.errorShareMax))
        }
        if let sweep = report.sweep, sweep.highestGood == nil {
            throw CommandFailure("no rate was found at which p99 stays under --slo")
        }
        try baseline?.compare(
            report.figures, under: report.conditions, tolerance: plan.output.tolerance)
    }

    /// Measures the algorithms in this process and prints the report.
    static func runCrypto(
        _ algorithms: [Algorithm], each duration: Duration, _ output: BenchOutput
    ) throws {
        let names = Set(algorithms.flatMap(CryptoReport.figureNames))
        let baseline = try output.baselineFile.map {
            try Baseline(
                path: $0, choosing: output.figures ?? names, of: names,
                anyway: output.comparesAnyway)
        }
        try baseline?.check(CryptoReport.conditions(versions: versions))
        try output.checkFiles()
        var line = Terminal.isInteractive(.error) ? ProgressLine() : nil
        let rates = try algorithms.map { algorithm in
            line?.update("measuring \(algorithm.name)")
            return try AlgorithmRate.measure(algorithm, for: duration)
        }
        line?.finish()
        let report = CryptoReport(rates, each: duration, versions: versions)
        Terminal.show(report.text)
        if let file = output.jsonFile { try OutputFile.write(report.json, to: file) }
        try baseline?.compare(
            report.figures, under: report.conditions, tolerance: output.tolerance)
    }

    private static func measureOwn(
        _ plan: BenchPlan, loops: Int, _ durability: BenchDurability, _ baseline: Baseline?
    ) throws -> LoadReport {
        StopSignals.block()
        let signsIn = plan.operations[.signIn] != nil
        let server = try ChildServer(loops: loops, durability, demo: signsIn)
        defer { server.stop() }
        // Who interrupts the measurement wants no server and no data left.
        _ = try Thread(name: "interrupt") {
            _ = StopSignals.wait()
            server.stop()
            _exit(ExitStatus.failure.rawValue)
        }
        let target = LoadTarget(server.address, host: "\(server.address)")
        let app = try BenchApp.create(plan.algorithm, rootKey: server.rootKey, on: target)
        var facts = RunFacts(plan)
        facts.durability = durability.rawValue
        facts.data = "store empty at the start"
        facts.serverLoops = loops
        var plan = plan
        plan.user =
            plan.user
            ?? BenchPlan.User(login: Demo.login, password: Secret(text: Demo.password))
        var report = try measure(plan, on: target, app, facts, baseline)
        let atEnd = server.dataBytes.map { "\(FigureText.bytes($0)) on disk" } ?? "in memory"
        report.facts.dataAtEnd = "\(atEnd) at the end"
        return report
    }

    /// The server that `url` names, as requests are sent to it.
    private static func target(
        _ url: ServerURL, _ trust: BenchPlan.ServerTrust, at address: SocketAddress
    ) throws(CommandFailure) -> LoadTarget {
        guard url.isSecure else { return LoadTarget(address, host: "\(address)") }
        let authorities: TLSTrust.Authorities
        switch trust {
        case .system: authorities = .system
        case .anybody: authorities = .anybody
        case .file(let path):
            do throws(FileError) {
                authorities = .these(
                    try FileBytes.read(
                        path: path, bytesMax: authoritiesBytesMax))
            } catch {
                throw CommandFailure("--tls-ca: \(path) can't be used: \(error)", status: .usage)
            }
        }
        return LoadTarget(
            address, host: "\(address)", tls: TLSTrust(host: url.host, authorities))
    }

    private static func measure(
        _ plan: BenchPlan, on target: LoadTarget, _ app: BenchApp?, _ facts: RunFacts,
        _ baseline: Baseline?
    ) throws -> LoadReport {
        var app = app
        // Every report names the algorithm, so one token is signed in any case.
        let needsTokens = plan.operations[.verify] != nil || plan.operations[.introspect] != nil
        let tokens =
            try app?.signTokens(needsTokens ? plan.tokens : 1, on: target) ?? []
        let parts = plan.ordered.map { operation, weight in
            LoadScenario.Part(call(operation, app, tokens, plan.user), weight: weight)
        }
        var load = LoadPlan(
            target: target,
            scenario: parts.count == 1
                ? LoadScenario(parts[0].call) : LoadScenario(mixing: parts))
        load.pace = plan.pace
        load.connections = plan.connections
        load.pipeline = plan.pipeline
        load.threads = plan.threads
        load.warmUp = plan.warmUp
        load.duration = plan.duration
        load.timeout = plan.timeout
        load.verifySample = plan.verifySample
        load.facts = facts
        load.facts.algorithm = algorithms(plan, app)
        // Before the time is spent.
        try baseline?.check(
            load.conditions(sweep: plan.sweep.map { ($0.objective, $0.arrivals) }))
        return try run(load, plan.sweep)
    }

    /// Runs the load, with a line that tells how it goes when a person watches. A file or a pipe gets
    /// the report alone.
    private static func run(
        _ load: LoadPlan, _ sweep: BenchPlan.Sweep?
    ) throws(BenchError) -> LoadReport {
        var line = Terminal.isInteractive(.error) ? ProgressLine() : nil
        defer { line?.finish() }
        guard let sweep else {
            return try LoadGenerator(load).run { line?.update($0.text) }
        }
        return try LoadGenerator.sweep(load, under: sweep.objective, sweep.arrivals) {
            rate, progress in
            let what = rate.map { "at \(FigureText.whole($0))/s: " } ?? "closed loop: "
            line?.update(what + progress.text)
        }
    }

    private static func call(
        _ operation: BenchPlan.Operation, _ app: BenchApp?, _ tokens: [String],
        _ user: BenchPlan.User?
    ) -> LoadCall {
        switch (operation, app, user) {
        case (.sign, let app?, _): .sign(app)
        case (.verify, let app?, _): .verify(app, tokens)
        case (.renew, let app?, _): .renew(app)
        case (.introspect, let app?, _): .introspect(app, tokens)
        case (.jwks, _, _): .jwks
        case (.signIn, _, let user?):
            .signIn(login: user.login, password: user.password.text)
        default: preconditionFailure("the command line asks for an app and a user")
        }
    }

    /// What signs: the app's algorithm, and that of sign-in, which is a setting of the server.
    private static func algorithms(_ plan: BenchPlan, _ app: BenchApp?) -> String? {
        guard plan.operations.keys.contains(where: { $0 != .signIn }) else { return nil }
        return app?.algorithm?.name
    }

    private static func write(_ report: LoadReport, to output: BenchOutput) throws(CommandFailure) {
        if let file = output.jsonFile { try OutputFile.write(report.json, to: file) }
        if let file = output.htmlFile { try OutputFile.write(report.page, to: file) }
    }

    fileprivate static var versions: [RunFacts.Version] {
        [RunFacts.Version("signet", Version.text)] + RunFacts.libraries
    }
}

extension BenchOutput {
    /// Throws when a report could not be written where it is wanted.
    fileprivate func checkFiles() throws(CommandFailure) {
        if let jsonFile { try OutputFile.check(jsonFile) }
        if let htmlFile { try OutputFile.check(htmlFile) }
    }
}

extension LoadProgress {
    /// The live line: the phase, the time in it, the rate, p99 and errors.
    fileprivate var text: String {
        let p99 = p99.map { "  p99 \(FigureText.time($0.nanosecondsAsDouble))" } ?? ""
        let mistakes = errors.total > 0 ? "  \(errors.total) errors" : ""
        let of = total > .zero ? " of \(FigureText.plain(total.nanosecondsAsDouble / 1e9))" : ""
        return "\(phaseName) \(elapsed.components.seconds)\(of) s: "
            + "\(FigureText.whole(requestsPerSecond)) calls/s\(p99)\(mistakes)"
    }

    private var phaseName: String {
        switch phase {
        case .warmingUp: "warming up"
        case .measuring: "measuring"
        case .finishing: "finishing"
        }
    }
}

extension RunFacts {
    fileprivate init(_ plan: BenchPlan) {
        self.init()
        versions = Measurement.versions
    }
}

extension Duration {
    fileprivate var nanosecondsAsDouble: Double {
        Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9
    }
}
