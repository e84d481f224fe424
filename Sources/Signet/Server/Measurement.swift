internal import Glibc
internal import SignetBench
internal import SignetCrypto
internal import SignetRuntime

/// A run of `signet bench`.
enum Measurement {
    /// Measures what `plan` says, with progress on a terminal, and prints the report.
    static func run(_ plan: BenchPlan) throws {
        let report: LoadReport
        switch plan.target {
        case .running(let url, let appID, let appKey):
            guard let address = SocketAddress(host: url.host, port: UInt16(url.port)) else {
                throw CommandFailure(
                    "--url: \(url.host) is no IP address, and names are not looked up",
                    status: .usage)
            }
            report = try measure(
                plan, at: address, BenchApp(id: appID, key: appKey.text), RunFacts(plan))
        case .own(let loops, let durability):
            StopSignals.block()
            let server = try ChildServer(loops: loops, durability)
            defer { server.stop() }
            // Who interrupts the measurement wants no server and no data left.
            _ = try Thread(name: "interrupt") {
                _ = StopSignals.wait()
                server.stop()
                _exit(ExitStatus.failure.rawValue)
            }
            let app = try BenchApp.create(
                plan.algorithm, rootKey: server.rootKey, at: server.address,
                host: "\(server.address)")
            var facts = RunFacts(plan)
            facts.algorithm = plan.algorithm.name
            facts.durability = durability.rawValue
            facts.serverLoops = loops
            report = try measure(plan, at: server.address, app, facts)
        }
        Terminal.show(report.text)
        if let file = plan.jsonFile { try write(report.json + "\n", to: file) }
        guard report.requests > 0 else {
            throw CommandFailure("no call was answered well; the errors above say why")
        }
    }

    private static func measure(
        _ plan: BenchPlan, at address: SocketAddress, _ app: BenchApp, _ facts: RunFacts
    ) throws -> LoadReport {
        let host = "\(address)"
        let scenario: LoadScenario =
            switch plan.operation {
            case .sign: .sign(app)
            case .verify: try .verify(app, at: address, host: host)
            }
        var load = LoadPlan(target: address, host: host, scenario: scenario)
        load.connections = plan.connections
        load.pipeline = plan.pipeline
        load.threads = plan.threads
        load.duration = plan.duration
        load.facts = facts

        // A file or a pipe gets the report alone.
        guard Terminal.isInteractive(.error) else { return try LoadGenerator(load).run() }
        var line = ProgressLine()
        defer { line.finish() }
        return try LoadGenerator(load).run { progress in line.update(text(progress)) }
    }

    private static func text(_ progress: LoadProgress) -> String {
        let p99 = progress.p99.map { "  p99 \(FigureText.time($0.nanoseconds))" } ?? ""
        let errors = progress.errors.total > 0 ? "  \(progress.errors.total) errors" : ""
        return
            "\(name(progress.phase)) \(progress.elapsed.components.seconds) s: \(FigureText.whole(progress.requestsPerSecond)) calls/s\(p99)\(errors)"
    }

    private static func name(_ phase: LoadProgress.Phase) -> String {
        switch phase {
        case .warmingUp: "warming up"
        case .measuring: "measuring"
        case .finishing: "finishing"
        }
    }

    private static func write(_ text: String, to path: String) throws(CommandFailure) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw CommandFailure("\(path) can't be written: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        guard FileOutput.write(Array(text.utf8), to: file) else {
            throw CommandFailure("\(path) can't be written: \(String(cString: strerror(errno)))")
        }
    }
}

extension RunFacts {
    fileprivate init(_ plan: BenchPlan) {
        self.init()
        versions = [RunFacts.Version("signet", signet.Version.text)]
    }
}

extension Duration {
    /// In nanoseconds.
    fileprivate var nanoseconds: Double {
        Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9
    }
}
