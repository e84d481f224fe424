import Foundation
import TestSupport
import Testing

/// What the admin listener tells.
@Suite("Metrics and health")
struct MetricsServerTests {
    /// The samples of the page, as Prometheus's own parser for Python has them.
    private struct Samples {
        private let values: [String: Double]

        init(of server: SignetProcess) throws {
            let page = try HTTPConnection(port: server.adminPort).call("GET", "/metrics")
            #expect(page.status == 200)
            #expect(page.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let script = """
                import json, sys
                from prometheus_client.parser import text_string_to_metric_families
                samples = {}
                for family in text_string_to_metric_families(sys.stdin.read()):
                    assert family.type in ("counter", "gauge", "histogram") and family.documentation, family
                    for sample in family.samples:
                        labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
                        name = sample.name + (f"{{{labels}}}" if labels else "")
                        assert name not in samples, name
                        samples[name] = sample.value
                print(json.dumps(samples))
                """
            let output = try Python.run(script, input: Data(page.body))
            values = try JSONDecoder().decode([String: Double].self, from: output)
        }

        /// - Parameter name: with its labels, if it has any, in the order of their names.
        subscript(_ name: String) -> Double? { values[name] }
    }

    @Test("count every request by route and status, also those by a head that was known")
    func requests() throws {
        // The length of rounds is measured only with a time that calls may wait.
        let server = try SignetProcess(["--loops", "2", "--set", "limits.queue_time=10s"])
        let app = try AppAccount.create(on: server)
        for _ in 0..<3 {
            let connection = try server.connect()
            for _ in 0..<5 { _ = try app.pair(on: connection) }
        }
        let connection = try server.connect()
        #expect(try connection.call("GET", "/ping").status == 200)
        #expect(try connection.call("GET", "/nothing").status == 404)
        #expect(try connection.call("DELETE", "/ping").status == 405)
        #expect(try app.sign(on: connection, body: "{").status == 400)

        // The others' ends may not have been seen yet.
        let samples = try Polling.last {
            try Samples(of: server)
        } until: {
            $0["signet_connections"] == 1
        }
        #expect(samples["signet_requests_total{code=200,route=sign}"] == 15)
        #expect(samples["signet_requests_total{code=400,route=sign}"] == 1)
        #expect(samples["signet_requests_total{code=200,route=root_create}"] == 1)
        #expect(samples["signet_requests_total{code=200,route=ping}"] == 1)
        #expect(samples["signet_requests_total{code=405,route=ping}"] == 1)
        #expect(samples["signet_requests_total{code=404,route=none}"] == 1)
        #expect(samples["signet_store_session_rows_total"] == 15)
        #expect(samples["signet_connections"] == 1)
        #expect(samples["signet_queue_length{queue=workers}"] == 0)
        let rounds = try (0..<2).map {
            try #require(samples["signet_loop_round_seconds{loop=\($0)}"])
        }
        // At least one of the loops had something to do, however quickly.
        #expect(rounds.contains { $0 > 0 })
        #expect(samples["signet_audit_up"] == nil)
        #expect(samples["signet_access_log_dropped_total"] == nil)
        // One made the app.
        #expect(samples["signet_stage_seconds_count{stage=parse}"] == 20)
        #expect(samples["signet_tokens_total{algorithm=ES256,realm=apps}"] == 30)
        #expect(samples["signet_stage_seconds_count{stage=wait}"] == 15)
        let version = try Signet.run(["--version"], in: server.folder).output
        let number = try #require(version.split(whereSeparator: \.isWhitespace).last)
        let build = "signet_build_info{version=\(number)}"
        #expect(samples[build] == 1)
    }

    @Test("tell where the time of requests goes, what was made, and what there is")
    func stages() throws {
        let server = try SignetProcess(["--loops", "1"])
        try server.createUser("ada")
        let before = try Samples(of: server)
        let hmac = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let ecdsa = try AppAccount.create(on: server)
        let connection = try server.connect()
        let pairs = try (0..<4).map { _ in try hmac.pair(on: connection) }
        for _ in 0..<3 { _ = try ecdsa.pair(on: connection) }
        let form = "Content-Type: application/x-www-form-urlencoded"
        #expect(
            try connection.call(
                "POST", "/api/rest/signin", fields: [form], body: "login=ada&password=secret-word"
            ).status == 201)
        let logout = #"{"token":"\#(pairs[0].authToken)"}"#
        #expect(
            try connection.call(
                "POST", "/app/\(hmac.id)/logout", key: hmac.key, body: logout
            ).status == 200)

        // The sessions are counted again and again, a second apart.
        let deadline = ContinuousClock.now + .seconds(60)
        let admin = try HTTPConnection(port: server.adminPort)
        while ContinuousClock.now < deadline {
            let page = try admin.call("GET", "/metrics").text
            if page.contains(#"signet_sessions{realm="apps"} 6"#),
                page.contains(#"signet_sessions{realm="sign-in"} 1"#)
            {
                break
            }
        }
        let samples = try Samples(of: server)
        #expect(samples["signet_sessions{realm=apps}"] == 6)
        #expect(samples["signet_sessions{realm=sign-in}"] == 1)
        #expect(samples["signet_sessions{realm=frontend}"] == 0)
        #expect(samples["signet_ended_entries{kind=session}"] == 1)
        #expect(samples["signet_ended_entries{kind=app}"] == 0)
        #expect(samples["signet_tokens_total{algorithm=HS256,realm=apps}"] == 8)
        #expect(samples["signet_tokens_total{algorithm=ES256,realm=apps}"] == 6)
        #expect(samples["signet_tokens_total{algorithm=HS256,realm=sign-in}"] == 2)
        #expect(samples["signet_signing_keys{realm=apps}"] == 2)
        #expect(samples["signet_signing_keys{realm=sign-in}"] == 1)
        let age = try #require(samples["signet_signing_key_age_seconds{realm=apps}"])
        #expect(0..<600 ~= age)
        #expect(samples["signet_loop_lag_seconds{loop=0}"] != nil)
        #expect(samples["signet_store_failed_commits_total"] == 0)

        func count(_ stage: String) -> Double {
            let name = "signet_stage_seconds_count{stage=\(stage)}"
            return (samples[name] ?? -1) - (before[name] ?? 0)
        }
        // Two apps were made, and nine calls followed.
        #expect(count("parse") == 11)
        #expect(count("write") == 11)
        // Three pairs by workers, whose keys that they made as well are no signatures, and four by HMAC on the loop.
        #expect(count("wait") == 3)
        #expect(count("sign") == 3 + 4)
        // Two apps, a key, seven sessions of apps and one of a user, the end of one.
        #expect(count("commit") >= 11)
        for stage in ["parse", "wait", "sign", "commit", "write"] {
            let (sum, infinity) = (
                samples["signet_stage_seconds_sum{stage=\(stage)}"] ?? 0,
                samples["signet_stage_seconds_bucket{le=+Inf,stage=\(stage)}"]
            )
            #expect(sum > 0, "\(stage)")
            #expect(infinity == samples["signet_stage_seconds_count{stage=\(stage)}"])
        }
        #expect(samples["signet_store_commit_rows_sum"] ?? 0 >= 11)
    }

    @Test("tell of refusals: by a limit, and by how long a worker would keep a call waiting")
    func refusals() throws {
        let server = try SignetProcess([
            "--loops", "1", "--workers", "1", "--set", "limits.queue_time=5ms", "--set",
            "rate_limits.app=200/h",
        ])
        let app = try AppAccount.create(on: server, algorithm: "RS256", keyType: "RSA")
        let load = ClientLoad(64, port: server.port, seen: [Int: Int]()) { _, connection, tally in
            while !tally.current.mustStop {
                let status = try app.sign(on: connection).status
                tally.update {
                    $0.seen[status, default: 0] += 1
                    $0.answers += status == 429 ? 1 : 0
                }
            }
        }
        try load.wait(forAnswers: 20)
        let seen = try load.finish(mustStop: true)
        let samples = try Samples(of: server)
        #expect(samples["signet_requests_limited_total"] == Double(seen[429] ?? 0))
        #expect(samples["signet_requests_total{code=429,route=sign}"] == Double(seen[429] ?? 0))
        #expect(samples["signet_requests_total{code=200,route=sign}"] == Double(seen[200] ?? 0))
        // A machine that stops the loop for a while makes it late as well.
        let shed = ["loop", "workers"].map {
            samples["signet_requests_shed_total{queue=\($0)}"] ?? 0
        }
        #expect(shed[0] + shed[1] == Double(seen[503] ?? 0))
    }

    @Test("give the figures that the kernel gives")
    func process() throws {
        let server = try SignetProcess()
        let crowd = try (0..<20).map { _ in try server.connect() }
        for connection in crowd { #expect(try connection.call("GET", "/ping").status == 200) }
        let samples = try Samples(of: server)
        let folder = "/proc/\(server.process.id)"
        let open = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd").count
        // The connection that asked has gone, or is just going.
        let counted = try #require(samples["process_open_fds"])
        #expect(abs(counted - Double(open)) <= 1, "\(counted), \(open)")
        #expect(samples["signet_connections"] == 20)
        let status = try String(contentsOfFile: "\(folder)/status", encoding: .utf8)
        let match = try #require(status.firstMatch(of: #/VmRSS:\s+([0-9]+) kB/#))
        let resident = try #require(Double(match.1)) * 1024
        let shown = try #require(samples["process_resident_memory_bytes"])
        #expect(abs(shown - resident) < resident / 2)
        let start = try #require(samples["process_start_time_seconds"])
        #expect(abs(start - Date.now.timeIntervalSince1970) < 600)
    }

    @Test("are what promtool takes without a remark, and what dashboard and documents name")
    func promtool() throws {
        // All that a server may have metrics of.
        let server = try SignetProcess(
            ["--set", "audit.file=audit.log", "--set", "log.access=sampled"])
        let app = try AppAccount.create(on: server)
        _ = try app.pair(on: try server.connect())
        let page = try HTTPConnection(port: server.adminPort).call("GET", "/metrics")
        try Self.promtool(["check", "metrics"], input: page.text, in: server.folder)

        let names = Set(page.text.matches(of: #/\# TYPE (\w+) /#).map { String($0.1) })
        let documents = Python.packageRoot.appending(path: "docs")
        let operations = try String(
            contentsOf: documents.appending(path: "OPERATIONS.md"), encoding: .utf8)
        for name in names { #expect(operations.contains("`\(name)`"), "\(name)") }
        for match in operations.matches(of: /`((?:signet|process)_[a-z_]+)`/) {
            #expect(names.contains(String(match.1)), "\(match.1)")
        }

        let dashboard = try Dashboard(documents.appending(path: "grafana.json"))
        #expect(dashboard.expressions.count > 20)
        for expression in dashboard.expressions {
            let named = expression.matches(of: /(?:signet|process)_[a-z_]+/).map { match in
                String(match.0.replacing(/_(bucket|sum|count)$/, with: ""))
            }
            #expect(!named.isEmpty, "\(expression)")
            for name in named { #expect(names.contains(name), "\(name) in \(expression)") }
        }
        try Self.promtool(
            ["check", "rules", try server.folder.write(dashboard.rules, to: "rules.yaml")],
            in: server.folder)
    }

    /// Has promtool check something, which must find nothing.
    private static func promtool(
        _ arguments: [String], input: String? = nil, in folder: TemporaryFolder
    ) throws {
        let tool = Python.packageRoot.appending(path: ".tools/prometheus/promtool").path
        let check = try ChildProcess(
            tool, arguments, environment: [:], input: input, in: folder.path())
        #expect(try check.waitForEnd() == .exited(0), "\(check.outputText)\(check.errorText)")
        #expect(check.errorText == "")
        if input != nil { #expect(check.outputText == "") }
    }

    /// What Grafana is to show, as far as it is about metrics.
    private struct Dashboard {
        /// The queries of all panels, with something in the place of Grafana's variables.
        let expressions: [String]

        private struct File: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable {
                    let expr: String
                }

                let id: Int
                let title: String
                let targets: [Target]?
            }

            let title: String
            let schemaVersion: Int
            let panels: [Panel]
        }

        init(_ url: URL) throws {
            let file = try JSONDecoder().decode(File.self, from: try Data(contentsOf: url))
            #expect(file.title == "Signet")
            #expect(Set(file.panels.map(\.id)).count == file.panels.count)
            expressions = file.panels.flatMap { $0.targets ?? [] }.map { target in
                target.expr.replacing("$__rate_interval", with: "5m")
                    .replacing("$instance", with: ".*")
            }
        }

        /// The queries as rules, which promtool reads.
        var rules: String {
            let rules = expressions.enumerated().map { index, expression in
                "  - record: dashboard:query\(index)\n    expr: >-\n      \(expression)\n"
            }
            return "groups:\n- name: dashboard\n  rules:\n\(rules.joined())"
        }
    }

    @Test("health: live and ready; not ready while it finishes what is in flight")
    func health() throws {
        let server = try SignetProcess()
        let admin = try HTTPConnection(port: server.adminPort)
        #expect(try admin.call("GET", "/health/live").text == #"{"status":"live"}"#)
        // A loop that was late a moment ago is not ready.
        let ready = try Polling.last {
            try admin.call("GET", "/health/ready")
        } until: {
            $0.status == 200
        }
        #expect(ready.text == #"{"status":"ready"}"#)
        #expect(try admin.call("POST", "/health/ready").status == 405)
        #expect(try admin.call("GET", "/app/list").status == 404)
        // Half a request keeps the server from ending.
        let half = try server.connect()
        #expect(try half.call("GET", "/ping").status == 200)
        try half.send(
            Array("POST /app/x/sign HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n".utf8))
        server.process.signal(SIGTERM)
        let answer = try Polling.last {
            try admin.call("GET", "/health/ready")
        } until: {
            $0.text.contains("stopping")
        }
        #expect(answer.status == 503)
        #expect(answer.text.contains("stopping"))
        #expect(try admin.call("GET", "/health/live").status == 200)
        try half.send(Array("body".utf8))
        #expect(try half.readAnswer().status == 403)
        #expect(try server.process.waitForEnd() == .exited(0))
    }

    @Test("a second server on the admin port is refused, and says which setting to change")
    func portTaken() throws {
        let server = try SignetProcess()
        let folder = try TemporaryFolder()
        let second = try Signet.run(
            [
                "serve", "--port", "0", "--data", folder.path("other"), "--set",
                "admin.port=\(server.adminPort)",
            ], in: folder)
        #expect(second.ending == .exited(1))
        #expect(
            second.errors.contains("another server listens on 127.0.0.1:\(server.adminPort)"))
        #expect(second.errors.contains("admin.port"))
    }
}
