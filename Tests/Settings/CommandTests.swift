internal import SignetAuthority
internal import SignetBench
internal import SignetCrypto
import ArgumentParser
import Foundation
import Logging
import TestSupport
import Testing

@testable import signet

@Suite("Commands: what the flags mean")
struct CommandTests {
    private func parse<Command: ParsableCommand>(
        _ type: Command.Type, _ arguments: String...
    ) throws -> Command {
        try #require(SignetCommand.parseAsRoot(arguments) as? Command)
    }

    @Test("serve takes each flag to its setting")
    func serve() throws {
        let command = try parse(
            ServeCommand.self, "serve", "--host", "::1", "--port", "0", "--data", "memory:",
            "--loops", "3", "--workers", "4", "--durability", "relaxed", "--log-level", "debug",
            "--log-format", "json", "--demo", "--set", "timeouts.idle=1m", "--set",
            "rate_limits.enabled=false")
        let settings = try command.load(environment: ["SIGNET_HTTP_PORT": "1"]).settings
        #expect(command.demo)
        #expect(settings.http == Settings.HTTP(host: "::1", port: 0))
        #expect(settings.data == .memory)
        #expect(settings.loops == 3)
        #expect(settings.workers == 4)
        #expect(settings.durability == .relaxed)
        #expect(settings.log == Settings.Log(level: .debug, format: .json))
        #expect(settings.timeouts.idle == .seconds(60))
        #expect(!settings.rateLimits.isEnabled)
    }

    @Test("serve names the flag of a bad value")
    func serveBadValue() throws {
        let command = try parse(ServeCommand.self, "serve", "--port", "http")
        #expect(
            throws: SettingsError.badValue(
                name: "http.port", value: "http", origin: .flag("--port"),
                accepts: "a whole number from 0 to 65535")
        ) { try command.load(environment: [:]) }
    }

    @Test(
        "knows what is loopback",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("localhost", true),
            ("0.0.0.0", false), ("::", false), ("128.0.0.1", false), ("127.0.0.1.example", false),
            ("::ffff:10.0.0.1", false), ("127.1", false),
        ])
    func loopback(_ host: String, _ expected: Bool) {
        #expect(ServeCommand.isLoopback(host) == expected)
    }

    @Test("app create has the documented defaults")
    func appDefaults() throws {
        let app = try parse(AppCreateCommand.self, "app", "create", "my app").app
        #expect(
            app
                == NewApp(
                    name: "my app", description: "", algorithm: .es256, tokenExpire: 3600,
                    tokenNotBefore: 0, refreshExpire: 7200, refreshNotBefore: 0, refreshGrace: 10,
                    rotationPeriod: 31_536_000, requiredClaims: .all))
        #expect(app.algorithm.keyType.name == "ECDSA")
    }

    @Test("app create takes every flag, seconds with and without unit")
    func appFlags() throws {
        let app = try parse(
            AppCreateCommand.self, "app", "create", "a@b._-", "--algo", "rs256", "--description",
            "d", "--token-expire", "20m", "--token-notbefore", "1", "--refresh-expire", "1d",
            "--refresh-notbefore", "2s", "--refresh-grace", "0", "--rotation-period", "60",
            "--required-claims", "sub,ip"
        ).app
        #expect(
            app
                == NewApp(
                    name: "a@b._-", description: "d", algorithm: .rs256, tokenExpire: 1200,
                    tokenNotBefore: 1, refreshExpire: 86_400, refreshNotBefore: 2, refreshGrace: 0,
                    rotationPeriod: 60, requiredClaims: [.subject, .address]))
        let none = try parse(
            AppCreateCommand.self, "app", "create", "a", "--required-claims", "none")
        #expect(none.app.requiredClaims == [])
    }

    @Test(
        "takes the id of the app in every command on one",
        arguments: ["rotate-key", "rotate-pki", "flush", "delete"])
    func appCommands(_ name: String) throws {
        let arguments = ["app", name, "01arz3ndektsv4rrffq69g5fav", "--json"]
        let command = try SignetCommand.parseAsRoot(arguments)
        let id =
            (command as? AppRotateKeyCommand)?.id ?? (command as? AppRotateSigningKeysCommand)?.id
            ?? (command as? AppFlushCommand)?.id ?? (command as? AppDeleteCommand)?.id
        #expect(id?.text == "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    }

    @Test("asks before it deletes or stops an app, unless it is told yes")
    func yes() throws {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        #expect(try !parse(AppDeleteCommand.self, "app", "delete", id).yes)
        #expect(try parse(AppDeleteCommand.self, "app", "delete", id, "--yes").yes)
        #expect(try !parse(AppRotateSigningKeysCommand.self, "app", "rotate-pki", id).yes)
        #expect(try parse(AppRotateSigningKeysCommand.self, "app", "rotate-pki", id, "--yes").yes)
    }

    @Test(
        "refuses what the API would refuse",
        arguments: [
            ["app", "create", ""], ["app", "create", "a/b"],
            ["app", "create", "a", "--algo", "none"],
            ["app", "create", "a", "--token-expire", "59"],
            ["app", "create", "a", "--token-expire", "366d"],
            ["app", "create", "a", "--refresh-grace", "301"],
            ["app", "create", "a", "--rotation-period", "1500ms"],
            ["app", "create", "a", "--description", "a\nb"],
            ["app", "create", "a", "--required-claims", "sub,iss"],
            ["app", "create", "a", "--required-claims", ""],
            ["app", "create", "a", "--required-claims", "sub,"],
            ["app", "create", "a", "--required-claims", "none,sub"],
            ["app", "delete"], ["app", "delete", "x"], ["app", "rotate-key", "x"],
            ["app", "rotate-pki", "x"], ["app", "flush", "x"],
            ["app", "flush", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--yes"],
            ["app", "show", "01ARZ3NDEKTSV4RRFFQ69G5FA"],
            ["app", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAI"], ["bench", "sign", "--url", "http://a"],
            ["bench", "jwks", "--url", "http://a", "--tls-ca", "ca.pem"],
            ["bench", "jwks", "--tls-insecure"],
            ["bench", "jwks", "--url", "https://a", "--tls-ca", "ca.pem", "--tls-insecure"],
            ["bench", "sign", "--app-key", "k"], ["bench", "sign", "--threads", "65"],
            ["bench", "sign", "--duration", "10x"], ["bench", "sign", "--connections", "0"],
            [
                "bench", "sign", "--url", "http://a", "--app-id", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
                "--app-key", "k", "--loops", "2",
            ],
        ])
    func refusals(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) {
            try SignetCommand.parseAsRoot(arguments)
        }
        guard let error else { return }
        #expect(SignetCommand.exitCode(for: error).rawValue == 64)
    }

    @Test("app show takes an id in any letter case")
    func appShow() throws {
        let command = try parse(
            AppShowCommand.self, "app", "show", "01arz3ndektsv4rrffq69g5fav", "--json")
        #expect(command.id.text == "01ARZ3NDEKTSV4RRFFQ69G5FAV")
        #expect(command.json)
    }

    @Test("bench starts its own server unless it is given one")
    func bench() throws {
        let own = try parse(BenchSignCommand.self, "bench", "sign", "--loops", "2")
        #expect(
            try own.plan()
                == BenchPlan(operations: [.sign: 1], target: .own(loops: 2, .full)))
        let other = try parse(
            BenchVerifyCommand.self, "bench", "verify", "--url", "http://[::1]:81/", "--app-id",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--app-key", "secret", "--connections", "8",
            "--duration", "500ms", "--warm-up", "0s", "--timeout", "2s", "--pipeline", "4",
            "--threads", "2", "--rate", "1000", "--arrivals", "poisson", "--verify-sample", "7",
            "--max-errors", "2.5%", "--durability", "relaxed", "--data-size", "1M sessions",
            "--tokens", "9", "--json", "out.json", "--html", "out.html", "--compare", "in.json",
            "--figures", "p50,max", "--tolerance", "5%")
        let url = try #require(ServerURL(argument: "http://[::1]:81"))
        var plan = BenchPlan(
            operations: [.verify: 1],
            target: .running(
                url, .system, appID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", appKey: Secret(text: "secret")))
        plan.connections = 8
        plan.duration = .milliseconds(500)
        plan.warmUp = .zero
        plan.timeout = .seconds(2)
        plan.pipeline = 4
        plan.threads = 2
        plan.pace = .open(perSecond: 1000, .poisson)
        plan.verifySample = 7
        plan.errorShareMax = 0.025
        plan.stated = BenchPlan.Stated(durability: .relaxed, data: "1M sessions")
        plan.tokens = 9
        plan.output = BenchOutput(
            jsonFile: "out.json", htmlFile: "out.html", baselineFile: "in.json",
            figures: ["p50", "max"], tolerance: 0.05)
        #expect(try other.plan() == plan)
    }

    @Test("bench takes secrets from the environment, unless a flag says otherwise")
    func benchSecrets() throws {
        let environment = BenchSecrets([
            "SIGNET_BENCH_APP_KEY": "of the environment", "SIGNET_BENCH_PASSWORD": "pass word",
        ])
        #expect(environment.password == Secret(text: "pass word"))
        #expect(try environment.appKey(flag: "k", file: nil) == Secret(text: "k"))
        // A space is in no key, and a line end would smuggle in a field.
        for (secrets, flag) in [
            (environment, nil), (environment, ""), (environment, "a\r\nb"), (environment, "é"),
        ] as [(BenchSecrets, String?)] {
            #expect(throws: CommandFailure.self) { try secrets.appKey(flag: flag, file: nil) }
        }
        let unset = BenchSecrets(["SIGNET_BENCH_APP_KEY": ""])
        #expect(try unset.appKey(flag: nil, file: nil) == nil)
        #expect(unset.password == nil)
    }

    @Test("bench lists what it takes, with what it does unless it is told")
    func benchHelp() {
        let crypto = BenchCryptoCommand.helpMessage()
        #expect(crypto.contains("--json") && !crypto.contains("--html"))
        let mix = BenchMixCommand.helpMessage()
        for text in [
            "--html", "SIGNET_BENCH_APP_KEY", "HS256 unless given", "for each processor",
            "sign=8,verify=1,renew=1",
        ] {
            // Lines are broken anywhere.
            let words = mix.split { $0.isWhitespace }.joined(separator: " ")
            #expect(words.contains(text), "\(text)")
        }
    }

    @Test("bench mixes calls by weights, and sweeps within an objective")
    func benchMix() throws {
        let mix = try parse(
            BenchMixCommand.self, "bench", "mix", "--mix", "sign-in=1,jwks=20", "--sweep", "--slo",
            "5ms", "--durability", "relaxed")
        let plan = try mix.plan()
        #expect(plan.operations == [.signIn: 1, .jwks: 20])
        #expect(plan.sweep == BenchPlan.Sweep(objective: .milliseconds(5), arrivals: .constant))
        // A key set is empty unless something has a public key.
        #expect(plan.algorithm == .es256)
        let usual = try parse(BenchMixCommand.self, "bench", "mix")
        #expect(usual.operations == [.sign: 8, .verify: 1, .renew: 1])
    }

    @Test(
        "bench refuses flags that make no sense together",
        arguments: [
            ["sign", "--rate", "0"], ["sign", "--rate", "1.5"], ["sign", "--rate", "many"],
            ["sign", "--sweep", "--rate", "5"], ["sign", "--slo", "5ms"],
            ["sign", "--arrivals", "poisson"], ["sign", "--rate", "5", "--arrivals", "normal"],
            ["sign", "--verify-sample", "-1"], ["sign", "--tokens", "0"],
            ["sign", "--compare-anyway"], ["sign", "--sweep", "--slo", "0ms"],
            ["sign", "--data-size", "1M sessions"],
            ["jwks", "--url", "http://a", "--data-size", ""],
            ["jwks", "--url", "http://a", "--data-size", "a\nb"],
            ["sign", "--url", "http://a", "--app-id", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
            [
                "sign", "--url", "http://a", "--app-id", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--app-key",
                "k", "--app-key-file", "f",
            ],
            ["sign", "--max-errors", "101%"], ["sign", "--max-errors", "-1"],
            ["sign", "--warm-up", "2h"], ["sign", "--timeout", "1ms"],
            ["sign", "--tolerance", "5%"], ["sign", "--figures", "p99"],
            ["sign", "--compare", "x", "--tolerance", "much"],
            ["sign", "--compare", "x", "--tolerance", "-5%"],
            ["sign", "--user", "a", "--password", "b"], ["sign", "--user", "a"],
            ["sign-in", "--url", "http://a"], ["mix", "--url", "http://a", "--mix", "sign-in=1"],
            ["sign-in", "--url", "http://a", "--user", "a"],
            ["mix", "--mix", ""], ["mix", "--mix", "sign"], ["mix", "--mix", "sign=0"],
            ["mix", "--mix", "sign=1,sign=2"], ["mix", "--mix", "sing=1"],
            ["mix", "--mix", "sign=999,verify=2"], ["mix", "--mix", "sign=1,"],
            ["crypto", "--html", "x"], ["crypto", "--algo", "none"],
            ["crypto", "--connections", "2"],
        ])
    func benchRefusals(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) {
            try SignetCommand.parseAsRoot(["bench"] + arguments)
        }
        guard let error else { return }
        #expect(SignetCommand.exitCode(for: error).rawValue == 64)
    }

    @Test(
        "reads the root of a server",
        arguments: [
            ("http://a", "a" as String?, 80), ("HTTP://a.b:8080", "a.b", 8080),
            ("http://[::1]", "::1", 80),
            ("http://127.0.0.1:1/", "127.0.0.1", 1), ("https://a", "a", 443),
            ("HTTPS://[::1]:8443/", "::1", 8443), ("httpss://a", nil, 0), ("https:/a", nil, 0),
            ("a:80", nil, 0),
            ("http://", nil, 0), ("http://a:", nil, 0), ("http://a:0", nil, 0),
            ("http://a:65536", nil, 0), ("http://a/b", nil, 0), ("http://u@a", nil, 0),
            ("http://[::1", nil, 0), ("http://a:1:2", nil, 0),
        ])
    func serverURLs(_ text: String, _ host: String?, _ port: Int) {
        let url = ServerURL(argument: text)
        #expect(url?.host == host)
        #expect((url?.port ?? 0) == port)
        #expect(url?.isSecure == url.map { _ in text.lowercased().hasPrefix("https") })
    }

    @Test(
        "names the key type of every algorithm",
        arguments: [
            ("HS512", "OCT"), ("RS384", "RSA"), ("PS256", "RSA"), ("ES512", "ECDSA"),
            ("EdDSA", "OKP"),
        ])
    func keyTypes(_ algorithm: String, _ type: String) {
        #expect(Algorithm(argument: algorithm)?.keyType.name == type)
    }
}

/// The built program itself, as a user meets it.
@Suite("The program: exit statuses and what it says")
struct ProgramTests {
    private struct Outcome {
        let status: Int32
        let output: String
        let error: String
    }

    private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["output", "error"].map { folder.appending(path: $0) }
        for file in files { try Data().write(to: file) }
        let process = Process()
        // The tests are built into the folder that the program is built into.
        let here = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = here.appending(path: "signet")
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Outcome(status: process.terminationStatus, output: texts[0], error: texts[1])
    }

    @Test("ends with 0 for help and version")
    func success() throws {
        let version = try run(["--version"])
        #expect(version.status == 0)
        #expect(version.output == "signet \(Version.text)\n")
        let help = try run(["serve", "--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("USAGE: signet serve"))
        #expect(help.error.isEmpty)
    }

    @Test(
        "ends with 64 and one line for a wrong command line",
        arguments: [
            (["serve", "--prot", "1"], "Did you mean '--port'? See signet serve --help"),
            (["frob"], "see signet --help"), (["app", "create"], "see signet app create --help"),
            (["app", "create", "x", "--algo", "none"], "HS256, HS384"),
            (["serve", "--demo", "--host", "0.0.0.0"], "use --host 127.0.0.1"),
            (["serve", "a\u{1B}b"], "a\\u001bb"),
        ])
    func usage(_ arguments: [String], _ part: String) throws {
        let outcome = try run(arguments)
        #expect(outcome.status == 64)
        #expect(outcome.error.hasPrefix("signet: "))
        #expect(outcome.error.contains(part), "\(outcome.error)")
        #expect(outcome.error.split(separator: "\n").count == 1)
        #expect(outcome.output.isEmpty)
    }

    @Test("ends with 78 and one line for a bad setting")
    func configuration() throws {
        let outcome = try run(
            ["config", "show"], environment: ["SIGNET_HTTP_PORT": "many"])
        #expect(outcome.status == 78)
        #expect(
            outcome.error == "signet: http.port: 'many' (from SIGNET_HTTP_PORT) "
                + "is not a whole number from 0 to 65535\n")
    }

    @Test("checks a file of settings: a line for each mistake, and 78")
    func configCheck() throws {
        let folder = try TemporaryFolder()
        let bad = try folder.write("loops: many\nhttp: {prot: 1}\n", to: "bad.yaml")
        let refused = try run(["config", "check", bad])
        #expect(refused.status == 78)
        #expect(refused.output == "")
        #expect(
            refused.error == """
                signet: loops: 'many' (from \(bad):1) is not a whole number from 1 to 256
                signet: there is no setting 'http.prot' (in \(bad):2); did you mean 'http.port'?
                signet: \(bad) has 2 mistakes

                """)
        let missing = try run(["config", "check", folder.path("none.yaml")])
        #expect(missing.status == 78)
        #expect(missing.error.hasSuffix("No such file or directory\n"))

        // What is printed as an example is accepted, and a server would start with it.
        let example = try run(["config", "example"])
        #expect(example.status == 0)
        let good = try folder.write(example.output, to: "good.yaml")
        let accepted = try run(["config", "check", good])
        #expect(accepted.status == 0)
        #expect(accepted.output == "\(good): 0 settings, no mistake\n")
        let shown = try run(["config", "show", "--config", good])
        #expect(shown.status == 0)
        #expect(!shown.output.contains("good.yaml"))
    }

    @Test("warns of a mistyped variable and goes on")
    func warning() throws {
        let outcome = try run(["config", "show"], environment: ["SIGNET_HTTP_PROT": "1"])
        #expect(outcome.status == 0)
        #expect(outcome.error.hasPrefix("signet: warning: SIGNET_HTTP_PROT"))
        #expect(outcome.output.contains("http.port"))
    }
}
