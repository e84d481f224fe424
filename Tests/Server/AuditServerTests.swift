import Foundation
import TestSupport
import Testing

/// The audit log of the real binary.
@Suite("The audit log of a server")
struct AuditServerTests {
    private static let json = "Content-Type: application/json"
    private static let form = "Content-Type: application/x-www-form-urlencoded"
    private static let frontend = "/frontend/api/v1/auth"
    private static let rootKey = String(repeating: "rOOt+K3y", count: 16)

    private static func basic(_ login: String, _ password: String) -> String {
        "Basic \(Data("\(login):\(password)".utf8).base64EncodedString())"
    }

    /// What verifies the log that a server in `folder` keeps.
    private func verify(
        _ folder: TemporaryFolder, _ files: [String] = [], log: String = "audit.log",
        _ more: [String] = []
    ) throws -> Signet.Outcome {
        try Signet.run(
            ["audit", "verify", "--data", folder.path("data"), "--set", "audit.file=\(log)"] + more
                + files, in: folder)
    }

    @Test(
        "has a line for each event of each dialect, with who, where, what and the client's address")
    func events() throws {
        let folder = try TemporaryFolder()
        let server = try SignetProcess(
            in: folder,
            ["--set", "audit.file=audit.log", "--set", "trusted_proxies=127.0.0.1"],
            rootKey: Self.rootKey)
        let created = try Signet.run(
            [
                "user", "create", "ada", "--email", "ada@example.org", "--password-stdin", "--data",
                server.data,
            ]
                + ["--set", "audit.file=audit.log"], input: "secret-word", in: folder)
        #expect(created.ending == .exited(0), "\(created)")
        let connection = try server.connect()
        let hop = "X-Forwarded-For: 192.0.2.77"
        let parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        func call(
            _ method: String, _ path: String, key: String? = nil, _ fields: [String] = [],
            body: String? = nil
        ) throws -> HTTPAnswer {
            try connection.call(
                method, path, key: key, fields: [hop, parent] + fields, body: body)
        }

        // Apps.
        let made = try call(
            "POST", "/root/create", key: Self.rootKey,
            body: #"""
                {"name":"t","token_expire":3600,"refresh_expire":7200,"key_type":"OCT","algo":"HS256",
                "rotation_period":31536000,"refresh_grace":0}
                """#)
        let id = try #require(made.object?["app_id"] as? String, "\(made)")
        let key = try #require(made.object?["app_key"] as? String)
        let wrong = String(repeating: "x", count: key.count)
        #expect(try call("GET", "/root/list", key: "wrong").status == 403)
        #expect(
            try call("POST", "/app/\(id)/sign", key: wrong, body: AppAccount.body()).status >= 400)
        // The second comes by a head that is known.
        for _ in 0..<2 {
            #expect(
                try call("POST", "/app/\(id)/sign", key: key, body: AppAccount.body()).status == 200
            )
        }
        let pair = try TokenPair(call("POST", "/app/\(id)/sign", key: key, body: AppAccount.body()))
        let renewal =
            #"{"refresh_token":"\#(pair.refreshToken)","ip":"192.0.2.1","useragent":"t"}"#
        #expect(try call("POST", "/app/\(id)/renew", key: key, body: renewal).status == 200)
        // Once more: somebody has stolen it.
        #expect(try call("POST", "/app/\(id)/renew", key: key, body: renewal).status >= 400)
        #expect(
            try call(
                "POST", "/app/\(id)/sign/batch", key: key,
                body: #"{"items":[\#(AppAccount.body()),{},\#(AppAccount.body())]}"#
            ).status == 200)
        let logout = #"{"token":"\#(pair.authToken)"}"#
        #expect(try call("POST", "/app/\(id)/logout", key: key, body: logout).status == 200)

        // OAuth.
        let client = Self.basic(id, key)
        let grant = "grant_type=client_credentials"
        #expect(
            try call("POST", "/oauth/token", key: client, [Self.form], body: grant).status == 200)
        #expect(
            try call("POST", "/oauth/token", key: Self.basic(id, wrong), [Self.form], body: grant)
                .status == 401)

        // Named tokens.
        let ada = Self.basic("ada", "secret-word")
        let named = #"{"jwt_token_description":"n","jwt_token_life":60}"#
        let token = try call("POST", "/api/v1alpha/token", key: ada, [Self.json], body: named)
        #expect(token.status == 201, "\(token)")
        let tokenID = try #require(token.object?["jwt_token_id"] as? String)
        #expect(try call("DELETE", "/api/v1alpha/token/\(tokenID)", key: ada).status == 200)
        #expect(
            try call("GET", "/api/v1alpha/token", key: Self.basic("ada", "not-hers")).status == 401)

        // Sign-in.
        let good = "login=ada&password=secret-word"
        let session = try call("POST", "/api/rest/signin", [Self.form], body: good)
        #expect(session.status == 201)
        let refresh = try #require(session.object?["refreshToken"] as? String)
        #expect(
            try call("POST", "/api/rest/signin", [Self.form], body: "login=ada&password=guess")
                .status == 401)
        #expect(
            try call("POST", "/api/rest/signin", [Self.form], body: "login=s3cret!&password=guess")
                .status == 401)
        for path in ["token", "signout"] {
            #expect(
                try call("POST", "/api/rest/\(path)", [Self.form], body: "token=\(refresh)").status
                    < 300)
        }

        // Frontend.
        let credentials = #"{"email":"ada@example.org","password":"secret-word"}"#
        let visit = try call("POST", "\(Self.frontend)/sign-in", [Self.json], body: credentials)
        let jwt = try #require(
            (visit.object?["jwt-token"] as? [String: Any])?["token"] as? String, "\(visit)")
        #expect(
            try call(
                "POST", "\(Self.frontend)/sign-in", [Self.json],
                body: #"{"email":"ada@example.org","password":"guess-it"}"#
            ).status == 401)
        let api = try call(
            "POST", "\(Self.frontend)/api-token", key: "Bearer \(jwt)", [Self.json], body: "{}")
        #expect(api.status == 200)
        let apiToken = try #require(api.object?["token"] as? String, "\(api)")
        #expect(
            try call("DELETE", "\(Self.frontend)/api-token/\(apiToken)", key: "Bearer \(jwt)")
                .status == 204)
        #expect(
            try call(
                "PUT", "\(Self.frontend)/current/password", key: "Bearer \(jwt)", [Self.json],
                body: #"{"old-password":"secret-word","new-password":"another-word"}"#
            ).status == 204)
        #expect(
            try call("DELETE", "\(Self.frontend)/sign-out", key: "Bearer \(jwt)").status == 200)

        // Keys and the app's end.
        #expect(try call("GET", "/root/\(id)/rotate/key", key: Self.rootKey).status == 200)
        #expect(try call("GET", "/root/\(id)/rotate/pki", key: Self.rootKey).status == 200)
        #expect(try call("DELETE", "/root/\(id)", key: Self.rootKey).status == 200)
        #expect(try server.stop() == .exited(0))

        let records = try AuditRecords(path: folder.path("audit.log"))
        #expect(records.told("server.started") == ["ok server server"])
        #expect(records.told("app.created") == ["ok apps root"])
        let app = "app:\(id)"
        #expect(
            records.told("token.made") == [
                "ok apps \(app)", "ok apps \(app)", "ok apps \(app)", "ok apps \(app)",
                "ok apps \(app)", "ok oauth \(app)", "ok named-tokens user:1", "ok frontend user:1",
            ])
        #expect(Set(records.texts("target", of: "token.made")).count == 8, "each is another token")
        #expect(
            records.told("token.renewed") == [
                "ok apps \(app)", "refused apps \(app)", "ok sign-in user:1",
            ])
        #expect(
            records.texts("detail", of: "token.renewed")
                == ["-", "token used twice, session ended", "-"])
        #expect(
            records.told("access") == [
                "refused apps nobody", "refused apps nobody", "refused oauth nobody",
            ])
        #expect(records.texts("target", of: "access") == ["-", app, "-"])
        #expect(
            records.told("sign_in") == [
                "ok named-tokens user:1", "refused named-tokens nobody", "ok sign-in user:1",
                "refused sign-in nobody", "refused sign-in nobody", "ok frontend user:1",
                "refused frontend nobody",
            ])
        // Whose password it was not, where there is such an account; nothing that was typed.
        #expect(
            records.texts("target", of: "sign_in").map { $0.hasPrefix("session") ? "session" : $0 }
                == ["-", "user:1", "session", "user:1", "-", "session", "user:1"])
        #expect(
            records.texts("name", of: "sign_in") == [
                "ada", "ada", "ada", "ada", "-", "ada", "ada",
            ])
        // The first was over when its token had come twice.
        #expect(
            records.told("session.ended") == [
                "unchanged apps \(app)", "ok sign-in user:1", "ok frontend user:1",
            ])
        #expect(
            records.told("token.deleted") == ["ok named-tokens user:1", "ok frontend user:1"])
        #expect(records.told("password.changed") == ["ok frontend user:1"])
        // The first is SIGNET_ROOT_KEY, which the store did not have before.
        #expect(
            records.told("key.rotated") == ["ok server server", "ok apps root", "ok apps root"])
        #expect(records.told("app.deleted") == ["ok apps root"])
        #expect(records.texts("target", of: "app.deleted") == [app])
        #expect(records.told("server.stopped") == ["ok server server"])
        let user = try #require(records.of("user.created").first)
        #expect(user["realm"] as? String == "command-line")
        #expect(user["actor"] as? String == "uid:\(getuid())")
        #expect(user["name"] as? String == "ada")
        let served = records.all.filter {
            !["server", "command-line"].contains($0["realm"] as? String)
        }
        #expect(served.allSatisfy { $0["address"] as? String == "192.0.2.77" })
        #expect(
            served.allSatisfy { $0["trace"] as? String == "0af7651916cd43dd8448eb211c80319c" })
        #expect(
            records.all.allSatisfy {
                ($0["time"] as? String)?.wholeMatch(
                    of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil
            })
        #expect(records.all.map { $0["n"] as? Int } == (1...records.all.count).map { $0 })

        let outcome = try verify(folder)
        #expect(outcome.ending == .exited(0), "\(outcome)")
        #expect(outcome.output.contains("\(records.all.count) lines in 1 file: all good"))
    }

    @Test(
        "records what a limit has refused, and of what, with the address that a trusted proxy says")
    func limits() throws {
        let folder = try TemporaryFolder()
        let server = try SignetProcess(
            in: folder,
            [
                "--set", "audit.file=audit.log", "--set", "rate_limits.address=1/h", "--set",
                "rate_limits.app=1/h", "--set", "trusted_proxies=127.0.0.1",
            ], rootKey: Self.rootKey)
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        #expect(try (0..<3).map { _ in try app.sign(on: connection).status } == [200, 429, 429])
        let hop = "X-Forwarded-For: 198.51.100.9"
        let statuses = try (0..<2).map { _ in
            try connection.call("GET", "/root/list", key: "x", fields: [hop]).status
        }
        #expect(statuses == [403, 429])
        #expect(try server.stop() == .exited(0))

        let records = try AuditRecords(path: folder.path("audit.log"))
        #expect(
            records.told("rate_limit.hit") == [
                "refused apps app:\(app.id)", "refused apps app:\(app.id)", "refused apps nobody",
            ])
        #expect(
            records.texts("tried", of: "rate_limit.hit") == ["token.made", "token.made", "access"])
        #expect(
            records.texts("address", of: "rate_limit.hit") == [
                "127.0.0.1", "127.0.0.1", "198.51.100.9",
            ])
        let traces = records.of("rate_limit.hit").compactMap { $0["trace"] as? String }
        #expect(Set(traces).count == 3 && traces.allSatisfy { $0.utf8.count == 32 })
    }

    @Test("is one chain of files over restarts, kill -9, and commands beside the server")
    func chain() throws {
        let folder = try TemporaryFolder()
        let settings = [
            "--set", "audit.file=audit.log", "--set", "audit.rotate_bytes=65536", "--set",
            "audit.keep=0",
        ]
        for round in 0..<3 {
            let server = try SignetProcess(in: folder, settings, rootKey: Self.rootKey)
            let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
            let connection = try server.connect()
            for index in 0..<120 {
                _ = try app.pair(on: connection)
                guard index % 60 == 30 else { continue }
                let command = try Signet.run(
                    ["app", "flush", app.id, "--data", server.data] + settings, in: folder)
                #expect(command.ending == .exited(0), "\(command)")
            }
            if round == 1 {
                #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
            } else {
                #expect(try server.stop() == .exited(0))
            }
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
            .filter { $0.wholeMatch(of: /audit\.log\.[0-9]+/) != nil }.sorted()
        #expect(files.count >= 1)
        let text = try (files + ["audit.log"]).map {
            try String(contentsOfFile: folder.path($0), encoding: .utf8)
        }
        let records = try AuditRecords(text.joined())
        #expect(records.all.map { $0["n"] as? Int } == (1...records.all.count).map { $0 })
        #expect(records.of("token.made").count >= 2 * 120)
        #expect(records.told("session.ended").count == 6)
        #expect(records.of("audit.cut").isEmpty)
        let outcome = try verify(folder)
        #expect(outcome.ending == .exited(0), "\(outcome)")

        // A reader of ours in another language, by RFC 2104 and RFC 5869 alone.
        let script = """
            import base64, hashlib, hmac, json, re, sys
            folder, names = sys.argv[1], sys.argv[2:]
            master = base64.b64decode(open(folder + "/data/master.key").read())
            key = hmac.new(master, b"signet audit log\\x01", hashlib.sha256).digest()
            mac = bytes(32)
            for name in names:
                for index, line in enumerate(open(folder + "/" + name, "rb")):
                    signed, text = re.fullmatch(rb'(.*),"mac":"([0-9a-f]{64})"}\\n', line).groups()
                    if index == 0:
                        assert json.loads(line)["previous"] == mac.hex()
                    mac = hmac.new(key, mac + signed, hashlib.sha256).digest()
                    assert mac.hex() == text.decode()
            print("good")
            """
        let python = try ChildProcess(
            ChildProcess.find("python3"), ["-c", script, folder.path()] + files + ["audit.log"],
            environment: [:], in: folder.path())
        #expect(try python.waitForEnd() == .exited(0), "\(python.errorText)")
        #expect(python.outputText == "good\n")
    }

    @Test("goes to standard output, a chain for each start, where verify --stream finds it")
    func standardOutput() throws {
        let folder = try TemporaryFolder()
        var text = ""
        for _ in 0..<2 {
            let server = try SignetProcess(
                in: folder, ["--set", "audit.file=stdout"], rootKey: Self.rootKey)
            let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
            _ = try app.pair(on: server.connect())
            #expect(try server.stop() == .exited(0))
            text += server.process.outputText
        }
        let file = try folder.write(text, to: "captured.txt")
        let good = try verify(folder, [file], log: "stdout", ["--stream", "--json"])
        #expect(good.ending == .exited(0), "\(good)")
        #expect(good.output.contains(#""beginnings":2"#), "\(good)")
        let bad = try folder.write(
            text.replacing(#""outcome":"ok""#, with: #""outcome":"no""#, maxReplacements: 1),
            to: "changed.txt")
        #expect(try verify(folder, [bad], log: "stdout", ["--stream"]).ending == .exited(1))
    }

    @Test(
        "goes on with a standard output that was full: no line is lost, and one that was cut is told",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func standardOutputFull() throws {
        let disk = try #require(SmallDisk(bytes: 1 << 20))
        let folder = try TemporaryFolder()
        let path = "\(disk.path)/out"
        let options = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
        let process = try ChildProcess(
            "/bin/sh",
            [
                "-c", #"exec "$0" "$@" >>"$OUT""#, Signet.binary, "serve", "--port", "0", "--data",
                folder.path("data"), "--set", "audit.file=stdout", "--set", "audit.when_full=stop",
                "--set", "admin.port=0",
            ],
            environment: options.merging(["OUT": path, "SIGNET_ROOT_KEY": Self.rootKey]) { $1 },
            in: folder.path())
        let deadline = ContinuousClock.now + .seconds(60)
        var port: Int?
        while port == nil {
            try #require(ContinuousClock.now < deadline, "\(process.errorText)")
            let text = try? String(contentsOfFile: path, encoding: .utf8)
            port = text?.firstMatch(of: /listens on http:\/\/[^\n]*:([0-9]+)\n/).flatMap {
                Int($0.1)
            }
        }
        let connection = try HTTPConnection(port: try #require(port))
        let made = try connection.call(
            "POST", "/root/create", key: Self.rootKey,
            body: #"""
                {"name":"t","token_expire":3600,"refresh_expire":7200,"key_type":"OCT","algo":"HS256",
                "rotation_period":31536000,"refresh_grace":0}
                """#)
        let app = AppAccount(
            id: try #require(made.object?["app_id"] as? String, "\(made)"),
            key: try #require(made.object?["app_key"] as? String))
        disk.fill()
        var (signed, answer) = (0, try app.sign(on: connection))
        while answer.status == 200, ContinuousClock.now < deadline {
            signed += 1
            answer = try app.sign(on: connection)
        }
        #expect(answer.status == 503)
        disk.free()
        while answer.status == 503, ContinuousClock.now < deadline {
            answer = try app.sign(on: connection)
        }
        #expect(answer.status == 200)
        process.signal(SIGTERM)
        #expect(try process.waitForEnd() == .exited(0))

        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix(#"{"n":"#) }
        let whole = lines.filter { $0.hasSuffix(#""}"#) }
        let cut = lines.count - whole.count
        // None where the page that was left happened to end with a line.
        #expect(cut <= 1)
        let records = try AuditRecords(whole.joined(separator: "\n"))
        #expect(records.of("token.made").count == signed + 1)
        #expect(records.all.map { $0["n"] as? Int } == (1...records.all.count).map { $0 })
        let captured = try folder.write(text, to: "captured.txt")
        let outcome = try verify(folder, [captured], log: "stdout", ["--stream", "--json"])
        #expect(outcome.ending == .exited(0), "\(outcome)")
        #expect(outcome.output.contains(#""torn":\#(cut),"#), "\(outcome)")
    }

    @Test(
        "refuses what it would record while its disk is full, serves the rest, and goes on when there is room",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func stopsWhenFull() throws {
        let disk = try #require(SmallDisk(bytes: 1 << 20))
        let folder = try TemporaryFolder()
        let server = try SignetProcess(
            in: folder,
            ["--set", "audit.file=\(disk.path)/audit.log", "--set", "audit.when_full=stop"],
            rootKey: Self.rootKey)
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        let pair = try app.pair(on: connection)
        disk.fill()
        var signed = 1
        let deadline = ContinuousClock.now + .seconds(60)
        var answer = try app.sign(on: connection)
        while answer.status == 200, ContinuousClock.now < deadline {
            signed += 1
            answer = try app.sign(on: connection)
        }
        #expect(answer.status == 503)
        #expect(answer.object?["message"] as? String == "audit log unavailable")
        func admin(_ path: String) throws -> HTTPAnswer {
            try HTTPConnection(port: server.adminPort).call("GET", path)
        }
        // A loop that was late is told first.
        let ready = try Polling.last {
            try admin("/health/ready")
        } until: {
            $0.text.contains("audit log")
        }
        #expect(ready.status == 503 && ready.text.contains("audit log"), "\(ready)")
        let failing = try admin("/metrics").text
        #expect(failing.contains("\nsignet_audit_up 0\n"))
        let failures = try #require(
            failing.firstMatch(of: /\nsignet_audit_failed_writes_total ([0-9]+)\n/)?.1)
        #expect(Int(failures) ?? 0 > 0)
        #expect(try connection.call("GET", "/ping").text == "pong")
        #expect(try app.verifies(pair.authToken, on: connection))
        #expect(server.process.waitForErrors("the audit log can't be written") != nil)
        disk.free()
        answer = try Polling.last {
            try app.sign(on: connection)
        } until: {
            $0.status != 503
        }
        #expect(answer.status == 200)
        #expect(try Polling.reaches { try admin("/health/ready").status == 200 })
        #expect(try admin("/metrics").text.contains("\nsignet_audit_up 1\n"))
        #expect(try server.stop() == .exited(0))
        let records = try AuditRecords(path: "\(disk.path)/audit.log")
        #expect(records.of("token.made").count == signed + 1)
        #expect(records.of("audit.dropped").isEmpty)
        let outcome = try verify(folder, log: "\(disk.path)/audit.log")
        #expect(outcome.ending == .exited(0), "\(outcome)")
    }

    @Test(
        "that must be written, and could not be to its end, is an error that says how many lines are lost",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func stopsWhileFull() throws {
        let disk = try #require(SmallDisk(bytes: 1 << 20))
        let folder = try TemporaryFolder()
        let path = "\(disk.path)/audit.log"
        let server = try SignetProcess(
            in: folder, ["--set", "audit.file=\(path)", "--set", "audit.when_full=stop"],
            rootKey: Self.rootKey)
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        // What came before is written some time after its answer, and is none of what the full disk costs.
        let deadline = ContinuousClock.now + .seconds(60)
        var text = ""
        while !(text.contains(#""event":"app.created""#) && text.hasSuffix("}\n")) {
            try #require(ContinuousClock.now < deadline, "\(text)")
            text = try String(contentsOfFile: path, encoding: .utf8)
        }
        disk.fill()
        var signed = 0
        while try app.sign(on: connection).status == 200, ContinuousClock.now < deadline {
            signed += 1
        }
        #expect(try server.stop() == .exited(1))
        let records = try AuditRecords(path: path)
        let written =
            records.of("token.made").count + records.of("server.stopped").count
        let lost = signed + 1 - written
        #expect(lost > 0)
        #expect(
            server.process.errorText.contains(
                "\(lost) \(lost == 1 ? "line" : "lines") of the audit log could not be written"),
            "\(lost): \(server.process.errorText)")
        // What it tells itself depends on the room for the very last lines.
        let told = records.of("audit.dropped").compactMap { $0["count"] as? Int }
        #expect(told.isEmpty || told == [lost])
    }

    @Test("has the new root key of a server that ended because it could not show it")
    func rootKeyIsNotShown() throws {
        let folder = try TemporaryFolder()
        let options = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
        let process = try ChildProcess(
            "/bin/sh",
            [
                "-c", #"exec "$0" "$@" >/dev/full"#, Signet.binary, "serve", "--port", "0",
                "--set", "admin.port=0", "--data", folder.path("data"),
                "--set", "audit.file=\(folder.path("audit.log"))",
            ], environment: options, in: folder.path())
        #expect(try process.waitForEnd() == .exited(1))
        #expect(process.errorText.contains("could not be shown"), "\(process.errorText)")
        let records = try AuditRecords(path: folder.path("audit.log"))
        #expect(
            records.all.map { $0["event"] as? String } == [
                "audit.opened", "server.started", "key.rotated", "server.stopped",
            ])
        #expect(records.texts("target", of: "key.rotated") == ["root-key"])
    }

    @Test("has what --demo makes")
    func demo() throws {
        let folder = try TemporaryFolder()
        for _ in 0..<2 {
            let server = try SignetProcess(
                in: folder, ["--demo", "--set", "audit.file=audit.log"], rootKey: Self.rootKey)
            #expect(try server.stop() == .exited(0))
        }
        let records = try AuditRecords(path: folder.path("audit.log"))
        #expect(records.told("user.created") == ["ok server server"])
        #expect(records.texts("target", of: "user.created") == ["user:1"])
        #expect(records.told("app.created") == ["ok server server"])
        // The app's key is another at each start.
        #expect(records.texts("detail", of: "key.rotated") == ["-", "app key"])
        #expect(
            records.texts("target", of: "key.rotated").last
                == records.texts("target", of: "app.created").first)
    }

    @Test(
        "a command does nothing when it could not be recorded and must be",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func commandStops() throws {
        let disk = try #require(SmallDisk(bytes: 1 << 20))
        let folder = try TemporaryFolder()
        let server = try SignetProcess(in: folder, rootKey: Self.rootKey)
        disk.fill()
        let log = ["--set", "audit.file=\(disk.path)/audit.log", "--set", "audit.when_full=stop"]
        let refused = try Signet.run(
            ["app", "create", "shop", "--data", server.data] + log, in: folder)
        #expect(refused.ending == .exited(78), "\(refused)")
        let list = try Signet.run(["app", "list", "--json", "--data", server.data], in: folder)
        #expect(!list.output.contains("shop"))
        disk.free()
        let done = try Signet.run(
            ["app", "create", "shop", "--data", server.data] + log, in: folder)
        #expect(done.ending == .exited(0), "\(done)")
        #expect(try AuditRecords(path: "\(disk.path)/audit.log").of("app.created").count == 1)
    }

    @Test("leaves a file alone that is none of its own", arguments: ["notes", "/dev/null"])
    func somethingElse(name: String) throws {
        let folder = try TemporaryFolder()
        let path = name.hasPrefix("/") ? name : try folder.write("what somebody wrote", to: name)
        let refused = try Signet.run(
            [
                "serve", "--port", "0", "--data", folder.path("data"), "--set",
                "audit.file=\(path)",
            ], in: folder)
        #expect(refused.ending == .exited(78))
        #expect(refused.errors.contains("no audit log"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(path).head"))
        if name == "notes" {
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "what somebody wrote")
        }
    }

    @Test("of a command that can't be written takes no new key with it")
    func keyIsShown() throws {
        let server = try SignetProcess(rootKey: Self.rootKey)
        let rotated = try Signet.run(
            ["root-key", "rotate", "--data", server.data, "--set", "audit.file=/nowhere/log"],
            in: server.folder)
        #expect(rotated.ending == .exited(1))
        #expect(rotated.errors.contains("it is done, but not recorded"), "\(rotated.errors)")
        let key = rotated.output.trimmingCharacters(in: .newlines)
        #expect(key.count == 128)
        #expect(try server.stop() == .exited(0))
        let again = try SignetProcess(in: server.folder, data: server.data)
        #expect(try again.connect().call("GET", "/root/list", key: key).status == 200)
    }

    @Test(
        "whose end is missing is noticed where its head lies beside it, whatever the settings say")
    func cutWithoutSettings() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("audit.log")
        let server = try SignetProcess(
            in: folder, ["--set", "audit.file=\(path)"], rootKey: Self.rootKey)
        _ = try AppAccount.create(on: server)
        #expect(try server.stop() == .exited(0))
        let verify = ["audit", "verify", path, "--data", server.data]
        let whole = try Signet.run(verify, in: folder)
        #expect(whole.ending == .exited(0), "\(whole)")
        #expect(!whole.output.contains("not checked"))
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let cut = lines.dropLast().map { "\($0)\n" }.joined()
        try cut.write(toFile: path, atomically: false, encoding: .utf8)
        let noticed = try Signet.run(verify, in: folder)
        #expect(noticed.ending == .exited(1))
        #expect(noticed.errors.contains("the end is missing"), "\(noticed)")
        // Without its head that can't be told, and is said.
        try FileManager.default.removeItem(atPath: "\(path).head")
        let unknown = try Signet.run(verify, in: folder)
        #expect(unknown.output.contains("was not checked"), "\(unknown)")
    }
}
