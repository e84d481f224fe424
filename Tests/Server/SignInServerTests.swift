import Foundation
import TestSupport
import Testing

/// Sign-in at the real binary, by the users' own calls and by clients that we did not write.
@Suite("Sign-in on a server")
struct SignInServerTests {
    private static let form = "Content-Type: application/x-www-form-urlencoded"

    /// The users' document about this dialect.
    private static let document: String? = try? String(
        contentsOf: Python.packageRoot.deletingLastPathComponent()
            .appending(path: "shared/seeds/002_dc580d4a479f74a1.txt"), encoding: .utf8)

    /// The document's curl calls, in its order. It has lost its line ends: each is again where a
    /// backslash says so.
    private static func calls() throws -> [String] {
        try #require(document).split(separator: "\n").filter { $0.hasPrefix("curl ") }
            .map { String($0).replacing(#/\ ?\\\ --/#, with: " \\\n--") }
    }

    /// Runs a call of the document, changed in host, credentials and token.
    private func run(
        _ call: String, on server: SignetProcess, login: String, password: String,
        token: String = ""
    ) throws -> [String: Any] {
        let folder = try TemporaryFolder()
        let program =
            call.replacing(
                "https://club-wed.wedia-group.com", with: "http://127.0.0.1:\(server.port)"
            )
            .replacing("john.doe@email.org", with: login)
            .replacing("#thePassword1234!", with: password)
            .replacing("<the refresh JWT token>", with: token)
        // curl reads this file by itself: the command stays as it is.
        _ = try folder.write("silent\nshow-error\n", to: ".curlrc")
        let process = try ChildProcess(
            ChildProcess.find("sh"), [try folder.write(program, to: "call.sh")],
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path()], in: folder.path())
        #expect(try process.waitForEnd() == .exited(0), "\(process.errorText)")
        let value = try JSONSerialization.jsonObject(with: Data(process.outputText.utf8))
        return try #require(value as? [String: Any])
    }

    private func signIn(
        _ login: String, on connection: HTTPConnection
    ) throws -> (refresh: String, access: String) {
        let answer = try connection.call(
            "POST", "/api/rest/signin", fields: [Self.form],
            body: "login=\(login)&password=secret-word")
        return (
            try #require(answer.object?["refreshToken"] as? String, "\(answer)"),
            try #require(answer.object?["accessToken"] as? String)
        )
    }

    private func check(_ token: String, on connection: HTTPConnection) throws -> Int {
        try connection.call("GET", "/auth/check", key: "Bearer \(token)").status
    }

    @Test("answers the users' own curl calls, with their own credentials too")
    func document() throws {
        let calls = try Self.calls()
        #expect(calls.count == 3)
        let server = try SignetProcess()
        for (login, password) in [
            ("ann", "secret-word"), ("john.doe@email.org", "#thePassword1234!"),
        ] {
            try server.createUser(login, password: password)
            let made = try run(calls[0], on: server, login: login, password: password)
            #expect(Set(made.keys) == ["tokenType", "refreshToken", "accessToken"])
            let refresh = try #require(made["refreshToken"] as? String)
            let connection = try server.connect()
            let access = try #require(made["accessToken"] as? String)
            #expect(try check(access, on: connection) == 200)
            let again = try run(
                calls[1], on: server, login: login, password: password, token: refresh)
            #expect(again["refreshToken"] as? String == refresh)
            let newer = try #require(again["accessToken"] as? String)
            #expect(try check(newer, on: connection) == 200)
            let claims = try Python.run(
                """
                import json, jwt, sys
                for token in sys.argv[1:]:
                    print(" ".join(jwt.decode(token, options={"verify_signature": False})))
                """, arguments: [refresh, newer])
            #expect(
                String(decoding: claims, as: UTF8.self)
                    == "iat iss wtyp sub exp name email usid jti\n"
                    + "iat iss wtyp sub exp name email usid sid\n")
            let ended = try run(
                calls[2], on: server, login: login, password: password, token: refresh)
            #expect(ended.isEmpty)
            #expect(try check(newer, on: connection) == 401)
            let refused = try run(
                calls[1], on: server, login: login, password: password, token: refresh)
            #expect(refused["error"] as? String == "invalid_token")
        }
    }

    @Test("can be done by the call that serve --demo prints, as it stands")
    func demo() throws {
        let server = try SignetProcess(["--demo"])
        let start = try #require(
            server.greeting.firstMatch(of: /curl --request POST \\\n--url '[^']*signin/)
        ).range.lowerBound
        let end = try #require(
            server.greeting.range(of: "\n\n", range: start..<server.greeting.endIndex)
        ).lowerBound
        let made = try run(
            String(server.greeting[start..<end]), on: server, login: "", password: "")
        let token = try #require(made["accessToken"] as? String)
        #expect(try check(token, on: try server.connect()) == 200)
    }

    @Test("takes forms of requests, urllib3 and urllib, and keeps a cookie with http.cookiejar")
    func python() throws {
        let server = try SignetProcess(["--demo", "--set", "public_url=http://id.example.org"])
        let script = #"""
            import http.cookiejar, json, requests, sys, urllib.error, urllib.parse, urllib.request, urllib3
            base = sys.argv[1]
            fields = {"login": "admin", "password": "password"}
            for keywords in [{"data": fields}, {"files": fields},
                    {"files": {name: (None, value) for name, value in fields.items()}}]:
                answer = requests.post(base + "/api/rest/signin", **keywords)
                assert answer.status_code == 201, answer.text
                token = answer.json()["refreshToken"]
                again = urllib3.request("POST", base + "/api/rest/token", fields={"token": token})
                assert again.status == 201 and again.json()["refreshToken"] == token
                out = requests.post(base + "/api/rest/signout", headers={"Authorization": "Bearer " + token})
                assert out.status_code == 200 and out.json() == {}

            jar = http.cookiejar.CookieJar()
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
            def call(path, data=None, **headers):
                request = urllib.request.Request(base + path, data, headers)
                try:
                    with browser.open(request) as answer:
                        return answer.status, json.load(answer)
                except urllib.error.HTTPError as error:
                    return error.code, json.load(error)
            form = urllib.parse.urlencode(dict(fields, cookieauth="true")).encode()
            status, pair = call("/api/rest/signin?=", form)
            assert status == 201
            [cookie] = jar
            assert cookie.value == pair["refreshToken"] and cookie.path == "/"
            assert cookie.discard and cookie.expires is None
            assert cookie.has_nonstandard_attr("HttpOnly") and not cookie.secure
            assert cookie.get_nonstandard_attr("SameSite") == "Strict"
            assert call("/api/rest/me")[1]["login"] == "admin"
            assert call("/auth/check") == (200, {})
            assert call("/api/rest/token", b"")[0] == 403
            assert call("/api/rest/signout", b"", Origin="http://evil.example")[0] == 403
            status, again = call("/api/rest/token", b"", Origin=base)
            assert status == 201 and again["refreshToken"] == pair["refreshToken"]
            assert call("/api/rest/signout", b"", Origin=base) == (200, {})
            assert len(jar) == 0
            assert call("/api/rest/me")[0] == 401
            access = {"Authorization": "Bearer " + again["accessToken"]}
            assert requests.get(base + "/api/rest/me", headers=access).status_code == 401
            """#
        _ = try Python.run(script, arguments: ["http://127.0.0.1:\(server.port)"])
    }

    @Test("what was answered is so after kill -9", arguments: [UInt64(1), 2, 3])
    func kill(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let moment = Int.random(in: 6...40, using: &random)
        print("kill -9: seed \(seed), after \(moment) answers")
        let server = try SignetProcess()
        for index in 0..<4 { try server.createUser("user\(index)") }
        let load = ClientLoad<SignInsSeen>.users(4, port: server.port)
        try load.wait(forAnswers: moment)
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        let seen = try load.finish()

        let again = try SignetProcess(in: server.folder)
        let connection = try again.connect()
        for pair in seen.kept {
            #expect(try check(pair.access, on: connection) == 200)
            let answer = try connection.call(
                "POST", "/api/rest/token", key: "Bearer \(pair.refresh)")
            #expect(answer.status == 201)
        }
        for pair in seen.ended {
            #expect(try check(pair.access, on: connection) == 401)
            let answer = try connection.call(
                "POST", "/api/rest/token", key: "Bearer \(pair.refresh)")
            #expect(answer.status == 401)
        }
    }

    @Test("the command line ends all of a user's tokens", arguments: ["suspend", "delete"])
    func commandLine(_ command: String) throws {
        let server = try SignetProcess(["--loops", "2"])
        try server.createUser("ann")
        // Connections are spread over the loops.
        let connections = try (0..<8).map { _ in try server.connect() }
        let pair = try signIn("ann", on: connections[0])
        let cookie = "Cookie: signet-session=\(pair.refresh)"
        for connection in connections {
            #expect(try check(pair.access, on: connection) == 200)
            #expect(
                try connection.call("GET", "/auth/check", fields: [cookie]).status == 200)
        }
        let outcome = try Signet.run(
            ["user", command, "ann", "--data", server.data], in: server.folder)
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        let start = ContinuousClock.now
        #expect(try Polling.reaches { try check(pair.access, on: connections[0]) != 200 })
        print("\(command): in force after \(ContinuousClock.now - start)")
        for connection in connections {
            #expect(try check(pair.access, on: connection) == 401)
            #expect(
                try connection.call("GET", "/auth/check", fields: [cookie]).status == 401)
            #expect(
                try connection.call("POST", "/api/rest/token", key: "Bearer \(pair.refresh)")
                    .status == 401)
        }
    }

    @Test("is 503 with Retry-After when too many passwords wait, and tokens are checked meanwhile")
    func flood() throws {
        // Hashes that take longer than a password to send; without the delays after failures.
        let server = try SignetProcess([
            "--demo", "--workers", "1", "--set", "passwords.iterations=8", "--set",
            "rate_limits.sign_in_delay_max=0s", "--set", "limits.queue_time=0s",
        ])
        let patient = try server.connect()
        let made = try patient.call(
            "POST", "/api/rest/signin", fields: [Self.form], body: "login=admin&password=password")
        let token = try #require(made.object?["accessToken"] as? String)
        let connections = try (0..<200).map { _ in try server.connect() }
        for (index, connection) in connections.enumerated() {
            try connection.send(
                HTTPConnection.request(
                    "POST", "/api/rest/signin", fields: [Self.form],
                    body: "login=admin&password=wrong\(index)"))
        }
        #expect(try check(token, on: patient) == 200)
        var statuses: [Int: Int] = [:]
        for connection in connections {
            let answer = try connection.readAnswer()
            statuses[answer.status, default: 0] += 1
            #expect(Set(answer.object?.keys ?? [:].keys) == ["error", "message"])
            if answer.status == 503 { #expect(answer.fields["retry-after"] == "1") }
        }
        print("200 wrong passwords at once: \(statuses)")
        #expect(Set(statuses.keys) == [401, 503])
        // 64 may wait for one worker.
        #expect((statuses[503] ?? 0) >= 50)
    }

    @Test("follows its settings, and has a key that the command line rotates")
    func settings() throws {
        let server = try SignetProcess([
            "--demo", "--set", "sign_in.algorithm=HS512", "--set", "sign_in.access_life=90s",
            "--set", "sign_in.refresh_life=2h", "--set", "sign_in.refresh_life_max=0s",
            "--set", "sign_in.cookie_auth=false",
        ])
        let connection = try server.connect()
        func tokens(_ more: String) throws -> HTTPAnswer {
            try connection.call(
                "POST", "/api/rest/signin", fields: [Self.form],
                body: "login=admin&password=password\(more)")
        }
        let standard = try tokens("").object
        let endless = try tokens("&exp=unlimited").object
        let facts = try Python.run(
            """
            import jwt, sys
            for token in sys.argv[1:]:
                claims = jwt.decode(token, options={"verify_signature": False})
                print(jwt.get_unverified_header(token)["alg"], claims.get("exp", 0) and claims["exp"] - claims["iat"])
            """,
            arguments: [standard, endless].flatMap { pair in
                ["refreshToken", "accessToken"].map { pair?[$0] as? String ?? "" }
            })
        #expect(
            String(decoding: facts, as: UTF8.self) == "HS512 7200\nHS512 90\nHS512 0\nHS512 90\n")
        #expect(try tokens("&cookieauth=true").status == 403)

        let tool = KeyTool(server: server)
        let rotated = try tool.object(["rotate", "sign-in"])
        #expect(rotated["realm"] as? String == "sign-in")
        let old = try #require(endless?["accessToken"] as? String)
        #expect(try check(old, on: connection) == 200)
        let keys = try #require(try tool.json(["list"]) as? [[String: Any]])
        let phases = keys.filter { $0["realm"] as? String == "sign-in" }
            .compactMap { $0["phase"] as? String }
        #expect(Set(phases) == ["active", "verifying"])
    }
}

/// What was answered.
private struct SignInsSeen {
    struct Pair {
        let refresh: String
        let access: String
    }

    var kept: [Pair] = []
    var ended: [Pair] = []
}

extension ClientLoad<SignInsSeen> {
    /// Users who sign in and end every third of their sessions.
    fileprivate static func users(_ count: Int, port: Int) -> ClientLoad {
        ClientLoad(count, port: port, seen: SignInsSeen()) { index, connection, tally in
            for number in 0... {
                let made = try connection.call(
                    "POST", "/api/rest/signin",
                    fields: ["Content-Type: application/x-www-form-urlencoded"],
                    body: "login=user\(index)&password=secret-word")
                guard made.status == 201, let refresh = made.object?["refreshToken"] as? String,
                    let access = made.object?["accessToken"] as? String
                else { throw UnexpectedAnswer(description: "\(made)") }
                let pair = SignInsSeen.Pair(refresh: refresh, access: access)
                guard number % 3 == 0 else {
                    tally.update {
                        $0.seen.kept.append(pair)
                        $0.answers += 1
                    }
                    continue
                }
                let ended = try connection.call(
                    "POST", "/api/rest/signout", key: "Bearer \(refresh)")
                guard ended.status == 200 else {
                    throw UnexpectedAnswer(description: "\(ended)")
                }
                tally.update {
                    $0.seen.ended.append(pair)
                    $0.answers += 2
                }
            }
        }
    }
}
