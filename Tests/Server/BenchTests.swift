import Foundation
import Testing
import TestSupport

/// `signet bench`, as a person runs it.
@Suite("The load generator as a program")
struct BenchTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Runs a short measurement of a server of its own; long enough for connections to stand on a machine that is
    /// busy with other tests.
    private func bench(
        _ call: String, _ arguments: [String] = [], duration: String = "1s"
    ) throws -> Signet.Outcome {
        try Signet.run(
            [
                "bench", call, "--durability", "memory", "--loops", "1", "--connections", "4",
                "--warm-up", "50ms", "--duration", duration,
            ] + arguments, in: folder)
    }

    private func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// Writes the report `original` with other figures.
    private func figures(
        _ values: [String: Double], in name: String, of original: String
    ) throws {
        var report = try json(original)
        report["figures"] = values
        try JSONSerialization.data(withJSONObject: report)
            .write(to: URL(fileURLWithPath: folder.path(name)))
    }

    @Test(
        "measures each call on a server of its own, without an error",
        arguments: [
            ("sign", ["--algo", "ES256"], "ES256"), ("sign", ["--algo", "EdDSA"], "EdDSA"),
            ("sign", [], "HS256"), ("verify", ["--tokens", "3"], "HS256"),
            ("renew", ["--algo", "ES256"], "ES256"), ("renew", ["--pipeline", "3"], "HS256"),
            ("introspect", [], "HS256"), ("jwks", [], "ES256"),
            ("sign", ["--rate", "200", "--arrivals", "poisson"], "HS256"),
            ("mix", ["--mix", "sign=3,verify=1,renew=1,introspect=1,jwks=1"], "ES256"),
        ] as [(String, [String], String)])
    func calls(call: String, arguments: [String], algorithm: String) throws {
        let outcome = try bench(call, arguments + ["--json", "report.json"])
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        #expect(outcome.errors == "")
        let report = try json("report.json")
        let errors = try #require(report["errors"] as? [String: Any])
        #expect(errors["total"] as? Int == 0, "\(errors)")
        #expect(try #require(report["requests"] as? Int) > 0)
        let run = try #require(report["run"] as? [String: Any])
        #expect(run["algorithm"] as? String == algorithm)
        #expect(run["durability"] as? String == "memory")
        // Whatever makes tokens has some of them checked, unless only the server could tell.
        let checked = try #require(report["tokens_verified"] as? Int)
        let signs = call == "sign" || call == "mix" || (call == "renew" && algorithm == "ES256")
        #expect((checked > 0) == signs)
    }

    @Test("signs the demo user in")
    func signIn() throws {
        // An Argon2id hash a call, in a debug build on a busy machine.
        let outcome = try bench("sign-in", ["--json", "report.json"], duration: "2s")
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        let report = try json("report.json")
        #expect(try #require(report["requests"] as? Int) > 0)
        #expect(try #require(report["tokens_verified"] as? Int) > 0)
    }

    @Test("leaves no data behind, and says how much there was")
    func data() throws {
        let outcome = try Signet.run(
            [
                "bench", "sign", "--durability", "relaxed", "--connections", "2", "--warm-up",
                "0s", "--duration", "1s",
            ], environment: ["TMPDIR": folder.path()], in: folder)
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        #expect(outcome.output.contains("\ndurability   relaxed\n"))
        #expect(outcome.output.contains(" on disk at the end; requests of "))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()) == [])
    }

    @Test("ends with 1 when a chosen figure got worse than is tolerated, with 0 otherwise")
    func compare() throws {
        // No machine does a thousand million calls a second, and each does one.
        #expect(try bench("sign", ["--json", "report.json"]).ending == .exited(0))
        try figures(["rate": 1e9, "p99": 1e9, "max": 0.001], in: "fast.json", of: "report.json")
        try figures(["rate": 1, "p99": 1e9, "max": 0.001], in: "slow.json", of: "report.json")
        let worse = try bench("sign", ["--compare", "fast.json"])
        #expect(worse.ending == .exited(1))
        #expect(worse.errors == "signet: rate got worse by more than 10.0 %\n")
        #expect(worse.output.contains("\nbeside fast.json:\n"))
        let better = try bench("sign", ["--compare", "slow.json"])
        #expect(better.ending == .exited(0), "\(better.errors)")
        let chosen = try bench(
            "sign", ["--compare", "slow.json", "--figures", "max", "--tolerance", "1000%"])
        #expect(chosen.ending == .exited(1))
        #expect(chosen.errors.hasPrefix("signet: max got worse"))
        let missing = try bench("sign", ["--compare", "slow.json", "--figures", "p50"])
        #expect(missing.ending == .exited(1))
        #expect(missing.errors == "signet: --compare: slow.json has no figure p50\n")
        let unknown = try bench("sign", ["--compare", "slow.json", "--figures", "speed"])
        #expect(unknown.ending == .exited(64))
        #expect(unknown.errors.hasPrefix("signet: --figures: there is no speed; there are errors,"))
        // Both are said before anything is measured.
        #expect(missing.output == "" && unknown.output == "")
        let crypto = try Signet.run(
            ["bench", "crypto", "--algo", "EdDSA", "--compare", "slow.json", "--figures", "rate"],
            in: folder)
        #expect(crypto.ending == .exited(64))
        #expect(
            crypto.errors
                == "signet: --figures: there is no rate; there are EdDSA.sign, EdDSA.verify\n")
    }

    @Test(
        "refuses a file that it could not write before it measures anything",
        arguments: [
            ["sign", "--json", "none/report.json"], ["sign", "--html", "."],
            ["crypto", "--json", "none/report.json"],
        ])
    func unwritable(arguments: [String]) throws {
        let outcome = try Signet.run(["bench"] + arguments + ["--duration", "60s"], in: folder)
        #expect(outcome.ending == .exited(1))
        #expect(outcome.output == "")
        #expect(outcome.errors.hasPrefix("signet: \(arguments[2]) can't be written: "))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()) == [])
    }

    @Test("keeps an earlier report when the run comes to nothing")
    func earlierReport() throws {
        try Data("earlier".utf8).write(to: URL(fileURLWithPath: folder.path("report.json")))
        let outcome = try Signet.run(
            [
                "bench", "jwks", "--url", "http://127.0.0.1:1", "--json", "report.json", "--html",
                "page.html",
            ], in: folder)
        #expect(outcome.ending == .exited(1))
        #expect(
            try String(contentsOfFile: folder.path("report.json"), encoding: .utf8) == "earlier")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path()) == ["report.json"])
    }

    @Test("refuses to compare runs that were not measured alike, unless it is told to")
    func conditions() throws {
        #expect(try bench("sign", ["--json", "report.json"]).ending == .exited(0))
        let base = ["--compare", "report.json", "--figures", "rate", "--tolerance", "1000%"]
        let others = ["--algo", "ES256", "--pipeline", "2"]
        let refused = try bench("sign", base + others, duration: "60s")
        #expect(refused.ending == .exited(64))
        #expect(refused.output == "")
        #expect(
            refused.errors
                == "signet: --compare: report.json was measured under other conditions: algorithm "
                + "HS256 there, ES256 here; pipelining 1 there, 2 here. Give --compare-anyway to "
                + "compare all the same\n")
        let anyway = try bench("sign", base + others + ["--compare-anyway"])
        #expect(anyway.ending == .exited(0), "\(anyway.errors)")
        #expect(anyway.output.contains("\ndiffers: algorithm HS256 there, ES256 here\n"))
        #expect(anyway.output.hasSuffix("\ndiffers: pipelining 1 there, 2 here\n"))

        var report = try json("report.json")
        report["conditions"] = nil
        try JSONSerialization.data(withJSONObject: report)
            .write(to: URL(fileURLWithPath: folder.path("old.json")))
        let old = try bench("sign", ["--compare", "old.json"], duration: "60s")
        #expect(old.ending == .exited(64))
        #expect(old.errors.contains("old.json does not say under which conditions"))
    }

    @Test("refuses a baseline before it measures anything")
    func baseline() throws {
        try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path("empty.json")))
        try Data(#"{"schema":99,"figures":{}}"#.utf8).write(
            to: URL(fileURLWithPath: folder.path("newer.json")))
        for (file, complaint) in [
            ("none.json", "can't be read"), ("empty.json", "is no report that bench --json wrote"),
            ("newer.json", "has schema 99"),
        ] {
            let outcome = try bench("sign", ["--compare", file], duration: "60s")
            #expect(outcome.ending == .exited(1))
            #expect(outcome.output == "")
            #expect(outcome.errors.contains(complaint), "\(outcome.errors)")
        }
    }

    @Test("measures a server that runs already, in the name of an app")
    func running() throws {
        let server = try SignetProcess()
        let created = try Signet.run(
            ["app", "create", "bench", "--algo", "ES384", "--data", server.data, "--json"],
            in: folder)
        let app = try #require(
            try JSONSerialization.jsonObject(with: Data(created.output.utf8)) as? [String: String])
        let connection = try server.connect()
        let account = AppAccount(
            id: try #require(app["app_id"]), key: try #require(app["app_key"]))
        #expect(try Polling.reaches { try account.sign(on: connection).status == 200 })

        let arguments = [
            "bench", "sign", "--url", "http://127.0.0.1:\(server.port)", "--app-id", account.id,
            "--connections", "2", "--duration", "1s", "--warm-up", "0s", "--app-key",
        ]
        let outcome = try Signet.run(
            arguments + [account.key, "--html", "page.html"], in: folder)
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        // The algorithm is what the tokens say; how the server stores, nobody told us.
        #expect(outcome.output.contains("\nalgorithm    ES384\n"))
        #expect(outcome.output.contains("\ndurability   not known\n"))
        let page = try String(contentsOfFile: folder.path("page.html"), encoding: .utf8)
        #expect(page.contains("<svg") && !page.contains("http"))

        let refused = try Signet.run(arguments + ["wrong"], in: folder)
        #expect(refused.ending == .exited(1))
        #expect(refused.errors.contains("answered 403"))
        #expect(!refused.errors.contains("wrong\""))
    }

    @Test("writes what crypto does, and compares it")
    func crypto() throws {
        let arguments = ["bench", "crypto", "--duration", "100ms", "--algo", "ES256"]
        let outcome = try Signet.run(arguments + ["--json", "report.json"], in: folder)
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        let found = try #require(try json("report.json")["figures"] as? [String: Double])
        #expect(Set(found.keys) == ["ES256.sign", "ES256.verify"])
        #expect(found.values.allSatisfy { $0 > 1 })
        try figures(
            ["ES256.sign": 1e12, "ES256.verify": 1], in: "baseline.json", of: "report.json")
        let worse = try Signet.run(arguments + ["--compare", "baseline.json"], in: folder)
        #expect(worse.ending == .exited(1))
        #expect(worse.errors == "signet: ES256.sign got worse by more than 10.0 %\n")
    }

    @Test("shows a person how it goes while it measures")
    func live() throws {
        let outcome = try Signet.runOnTerminal(
            [
                "bench", "sign", "--durability", "memory", "--loops", "1", "--connections", "2",
                "--warm-up", "0s", "--duration", "3s",
            ], typing: "", in: folder)
        #expect(outcome.ending == .exited(0))
        #expect(outcome.output.contains(#/measuring [0-3] of 3 s: /#))
        #expect(outcome.output.contains("calls/s  p99 "))
    }
}
