import Foundation
import TestSupport
import Testing

/// `signet bench` against a server that runs already.
@Suite("The load generator beside a running server")
struct BenchRunningTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A new app of `server`, which it knows already.
    private func makeApp(_ server: SignetProcess) throws -> AppAccount {
        let created = try Signet.run(
            ["app", "create", "bench", "--data", server.data, "--json"], in: folder)
        let app = try #require(
            try JSONSerialization.jsonObject(with: Data(created.output.utf8)) as? [String: String])
        let account = AppAccount(
            id: try #require(app["app_id"]), key: try #require(app["app_key"]))
        let connection = try server.connect()
        #expect(try Polling.reaches { try account.sign(on: connection).status == 200 })
        return account
    }

    /// Measures sign calls in the name of `app`, without its key.
    private func bench(
        _ server: SignetProcess, _ app: AppAccount, _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> Signet.Outcome {
        try Signet.run(
            [
                "bench", "sign", "--url", "http://127.0.0.1:\(server.port)", "--app-id", app.id,
                "--connections", "4", "--warm-up", "0s", "--verify-sample", "0",
            ] + arguments, environment: environment, in: folder)
    }

    @Test("takes the app's key from a file or from the environment, where ps does not show it")
    func appKey() throws {
        let server = try SignetProcess()
        let app = try makeApp(server)
        try Data("\(app.key)\n".utf8).write(to: URL(fileURLWithPath: folder.path("key")))
        for (flags, environment) in [
            ([], ["SIGNET_BENCH_APP_KEY": app.key]),
            // What is said on the command line counts.
            (["--app-key-file", "key"], ["SIGNET_BENCH_APP_KEY": "another"]),
        ] as [([String], [String: String])] {
            let outcome = try bench(
                server, app,
                ["--duration", "1s", "--durability", "full", "--data-size", "few"] + flags,
                environment: environment)
            #expect(outcome.ending == .exited(0), "\(outcome.errors)")
            // The server tells neither.
            #expect(outcome.output.contains("\ndurability   full (as stated)\n"))
            #expect(outcome.output.contains("\ndata         few (as stated); "))
            #expect(outcome.errors == "")
            #expect(!outcome.output.contains(app.key))
        }
        let wrong = try bench(
            server, app, ["--duration", "60s"], environment: ["SIGNET_BENCH_APP_KEY": "another"])
        #expect(wrong.ending == .exited(1))
        #expect(wrong.errors.contains("answered 403"))
        let missing = try bench(server, app, ["--duration", "60s", "--app-key-file", "none"])
        #expect(missing.ending == .exited(1))
        #expect(missing.errors == "signet: --app-key-file: none can't be read\n")
    }

    @Test("ends with 1 when more calls went wrong than are allowed")
    func errors() throws {
        // Two of the ten go before the run: to see that the server knows the app, and for the bench's sample.
        let server = try SignetProcess(["--set", "rate_limits.app=10/h"])
        for (flags, ending) in [
            ([], 1), (["--max-errors", "0"], 1), (["--max-errors", "100%"], 0),
        ] as [([String], Int32)] {
            // The limit of each app is its own.
            let app = try makeApp(server)
            let outcome = try bench(
                server, app, ["--duration", "1s", "--app-key", app.key] + flags)
            #expect(outcome.ending == .exited(ending), "\(outcome.errors)")
            // What went wrong, by kind, is in the report either way.
            #expect(outcome.output.contains("\n  status 429"))
            guard ending == 1 else { continue }
            #expect(
                try outcome.errors.firstMatch(
                    of: Regex(
                        #"^signet: [0-9,]+ of [0-9,]+ calls went wrong \(status 429: [0-9,]+\), "#
                            + #"more than --max-errors allows: [01]\.0 %\n$"#)) != nil,
                "\(outcome.errors)")
        }
    }

    @Test("measures a server by TLS, if its certificate is for its name and signed by who may")
    func tls() throws {
        let local = try TLSServer()
        let foreign = try TLSServer { [try $0.issue("server", hosts: ["a.example"])] }
        func bench(_ server: TLSServer, _ host: String, _ flags: [String]) throws
            -> Signet.Outcome
        {
            try Signet.run(
                [
                    "bench", "jwks", "--url", "https://\(host):\(server.port)", "--connections",
                    "2", "--warm-up", "0s", "--duration", "2s", "--rate", "50",
                ] + flags, in: folder)
        }
        func authority(_ server: TLSServer) -> [String] {
            ["--tls-ca", server.authority.certificate]
        }
        for (server, host, flags) in [
            (local, "localhost", authority(local)), (foreign, "127.0.0.1", authority(foreign)),
            (foreign, "localhost", ["--tls-insecure"]),
        ] {
            let outcome = try bench(server, host, flags)
            #expect(outcome.ending == .exited(0), "\(outcome.errors)")
            #expect(outcome.output.contains("\nTLS          TLSv1.3, TLS_"), "\(outcome.output)")
            #expect(outcome.output.contains("\nerrors                0\n"))
        }
        for (server, host, flags, reason) in [
            (local, "localhost", [], "certificate"),
            (local, "localhost", authority(foreign), "certificate"),
            (foreign, "localhost", authority(foreign), "hostname mismatch"),
        ] {
            let outcome = try bench(server, host, flags)
            #expect(outcome.ending == .exited(1))
            #expect(
                outcome.errors.hasPrefix(
                    "signet: no connection to 127.0.0.1:\(server.port): TLS ("),
                "\(outcome.errors)")
            #expect(outcome.errors.contains(reason), "\(outcome.errors)")
        }
        let unreadable = try bench(local, "localhost", ["--tls-ca", "none.pem"])
        #expect(unreadable.ending == .exited(64))
        #expect(unreadable.errors.hasPrefix("signet: --tls-ca: none.pem can't be used: "))
    }
}
