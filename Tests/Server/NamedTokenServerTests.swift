import Foundation
import TestSupport
import Testing

/// Named tokens of the real binary, by the users' own calls.
@Suite("Named tokens on a server")
struct NamedTokenServerTests {
    /// The users' document about this dialect.
    private static let document: String? = try? String(
        contentsOf: Python.packageRoot.deletingLastPathComponent()
            .appending(path: "shared/seeds/001_e7b739849c0e38c7.txt"), encoding: .utf8)

    /// The document's curl calls, in its order.
    private static func calls() throws -> [String] {
        let text = try #require(document)
        return text.components(separatedBy: "\n\n").filter { $0.hasPrefix("curl ") }
    }

    /// The document's example of the answer that follows `title`.
    private static func example(_ title: String, _ number: Int = 0) throws -> [String: Any] {
        let parts = try #require(document).components(separatedBy: "\(title)\n\n")
        let text = parts[number + 1]
        let end = try #require(text.range(of: "\n}")).upperBound
        let value = try JSONSerialization.jsonObject(with: Data(text[..<end].utf8))
        return try #require(value as? [String: Any])
    }

    /// Runs a call of the document, changed in host, credentials and the id that stands for any.
    private func run(
        _ call: String, on server: SignetProcess, login: String = "admin:password", id: String = ""
    ) throws -> [String: Any] {
        let folder = try TemporaryFolder()
        let program = call.replacing("127.0.0.1:25441", with: "127.0.0.1:\(server.port)")
            .replacing("admin:password", with: login).replacing("admin:secret", with: login)
            .replacing("<jwt_token_id>", with: id)
        // curl reads this file by itself: the command stays as it is.
        _ = try folder.write("silent\nshow-error\n", to: ".curlrc")
        let process = try ChildProcess(
            ChildProcess.find("sh"), [try folder.write(program, to: "call.sh")],
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path()], in: folder.path())
        #expect(try process.waitForEnd() == .exited(0), "\(process.errorText)")
        let value = try JSONSerialization.jsonObject(with: Data(process.outputText.utf8))
        return try #require(value as? [String: Any])
    }

    private func check(_ token: String, on connection: HTTPConnection) throws -> HTTPAnswer {
        try connection.call("GET", "/auth/check", key: "Bearer \(token)")
    }

    @Test("answer the users' own curl calls as their document says")
    func document() throws {
        let calls = try Self.calls()
        #expect(calls.count == 3)
        let server = try SignetProcess()
        try server.createUser("ann")
        let login = "ann:secret-word"

        let made = try run(calls[0], on: server, login: login)
        let example = try Self.example("Post Result")
        #expect(Set(made.keys) == Set(example.keys))
        for name in ["message", "jwt_token_description", "jwt_token_life"] {
            #expect("\(made[name] ?? "")" == "\(example[name] ?? "?")")
        }
        let id = try #require(made["jwt_token_id"] as? String)
        let token = try #require(made["jwt_token"] as? String)
        let claims = try Python.run(
            """
            import json, jwt, sys
            for token in sys.argv[1:]:
                print(json.dumps([jwt.get_unverified_header(token),
                    jwt.decode(token, options={"verify_signature": False})]))
            """, arguments: [token, try #require(example["jwt_token"] as? String)])
        // Ours and the document's: the same header, and the same claims in the same order.
        let texts = String(decoding: claims, as: UTF8.self).split(separator: "\n").map {
            $0.replacing(/: ("[^"]*"|\d+)([,}])/) { ": _\($0.2)" }
        }
        #expect(texts.count == 2 && texts[0] == texts[1])

        let shown = try run(calls[1], on: server, login: login, id: id)
        #expect(Set(shown.keys) == Set(try Self.example("Get Result", 1).keys))
        #expect(shown["message"] as? String == "Tokens exists")
        #expect(shown["expiry_status"] as? String == "Valid")
        let listed = try server.connect().call(
            "GET", "/v1alpha/token", key: Self.basic(login))
        let list = try Self.example("Get Result", 0)
        #expect(Set(listed.object?.keys ?? [:].keys) == Set(list.keys))
        let items = try #require(listed.object?["jwt_tokens"] as? [String: [String: Any]])
        let examples = try #require(list["jwt_tokens"] as? [String: [String: Any]])
        #expect(Array(items.keys) == [id])
        #expect(Set(items[id]?.keys ?? [:].keys) == Set(examples.values.first?.keys ?? [:].keys))

        let connection = try server.connect()
        #expect(try check(token, on: connection).status == 200)
        let deleted = try run(calls[2], on: server, login: login, id: id)
        #expect(deleted as? [String: String] == ["message": "Token deleted"])
        #expect(try check(token, on: connection).status == 401)
        #expect(
            try run(calls[1], on: server, login: login, id: id) as? [String: String] == [
                "message": "Token does not exist, make sure to enter correct token id"
            ])
    }

    @Test("can be made by the call that serve --demo prints, as it stands")
    func demo() throws {
        let server = try SignetProcess(["--demo"])
        let start = try #require(server.greeting.range(of: "curl -u admin:password")).lowerBound
        let end = try #require(
            server.greeting.range(of: "}'\n", range: start..<server.greeting.endIndex)
        ).upperBound
        let call = String(server.greeting[start..<end])
        let made = try run(call, on: server)
        #expect(made["message"] as? String == "Token generated")
        // It is the document's own call.
        let parts = try Self.calls()[0].split(whereSeparator: \.isWhitespace)
        #expect(
            call.replacing(":\(server.port)/", with: ":25441/").split(
                whereSeparator: \.isWhitespace)
                == parts)
        // Once: the description is taken then.
        #expect(
            try run(call, on: server)["message"] as? String
                == "Token description already exists or is blank")
    }

    @Test("are all there after kill -9, and those deleted are gone", arguments: [UInt64(1), 2, 3])
    func kill(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let moment = Int.random(in: 20...400, using: &random)
        print("kill -9: seed \(seed), after \(moment) answers")
        let server = try SignetProcess()
        for index in 0..<4 { try server.createUser("user\(index)") }
        let load = ClientLoad<NamedTokensSeen>.users(4, port: server.port)
        try load.wait(forAnswers: moment)
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        let seen = try load.finish()

        let again = try SignetProcess(in: server.folder)
        let connection = try again.connect()
        for (id, token) in seen.kept {
            #expect(try check(token.text, on: connection).status == 200, "\(id)")
        }
        for (id, token) in seen.deleted {
            #expect(try check(token, on: connection).status == 401, "\(id)")
        }
        for index in 0..<4 {
            let list = try connection.call(
                "GET", "/api/v1alpha/token", key: Self.basic("user\(index):secret-word"))
            let listed = Set((list.object?["jwt_tokens"] as? [String: Any] ?? [:]).keys)
            let kept = Set(seen.kept.filter { $0.value.user == "user\(index)" }.keys)
            #expect(listed.isSuperset(of: kept))
            #expect(listed.isDisjoint(with: seen.deleted.keys))
            // At most the one whose answer did not come any more is there besides.
            #expect(listed.count <= kept.count + 1)
        }
    }

    @Test("die when the command line suspends or deletes their user")
    func commandLine() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        for (login, command) in [("ann", "suspend"), ("bob", "delete")] {
            try server.createUser(login)
            let made = try connection.call(
                "POST", "/api/v1alpha/token", key: Self.basic("\(login):secret-word"),
                body: #"{"jwt_token_description":"d","jwt_token_life":"1h"}"#)
            let token = try #require(made.object?["jwt_token"] as? String)
            #expect(try check(token, on: connection).status == 200)
            let outcome = try Signet.run(
                ["user", command, login, "--data", server.data], in: server.folder)
            #expect(outcome.ending == .exited(0), "\(outcome.errors)")
            let start = ContinuousClock.now
            #expect(try Polling.reaches { try check(token, on: connection).status != 200 })
            print("\(command): in force after \(ContinuousClock.now - start)")
            #expect(try check(token, on: connection).status == 401)
            let refused = try connection.call(
                "GET", "/api/v1alpha/token", key: Self.basic("\(login):secret-word"))
            #expect(refused.status == 401)
        }
    }

    @Test("have keys that the command line lists, rotates and revokes")
    func keys() throws {
        let server = try SignetProcess()
        let tool = KeyTool(server: server)
        try server.createUser("ann")
        let connection = try server.connect()
        func issue(_ description: String) throws -> String {
            let made = try connection.call(
                "POST", "/api/v1alpha/token", key: Self.basic("ann:secret-word"),
                body: #"{"jwt_token_description":"\#(description)","jwt_token_life":"1h"}"#)
            return try #require(made.object?["jwt_token"] as? String)
        }
        func listed() throws -> [String: String] {
            let keys = try #require(try tool.json(["list"]) as? [[String: Any]])
            let own = keys.filter { $0["realm"] as? String == "named-tokens" }
            return Dictionary(
                uniqueKeysWithValues: own.map {
                    ($0["key_id"] as? String ?? "", $0["phase"] as? String ?? "")
                })
        }
        let old = try issue("old")
        let oldID = try #require(try listed().first?.key)
        let rotated = try tool.object(["rotate", "named-tokens"])
        #expect(rotated["realm"] as? String == "named-tokens")
        let newID = try #require(rotated["key_id"] as? String)
        #expect(try listed() == [oldID: "verifying", newID: "active"])
        #expect(try tool.outcome(["list"]).output.contains("named-tokens"))

        _ = try issue("new")
        #expect(try tool.object(["revoke", oldID])["was_revoked_before"] as? Bool == false)
        #expect(try tool.object(["revoke", oldID])["was_revoked_before"] as? Bool == true)
        #expect(
            try Polling.reaches { try check(old, on: connection).status == 401 })
        // The server signed by the new key as soon as it saw it, or by the old one until then.
        #expect(
            try Polling.reaches {
                try check(try issue("\(UUID())"), on: connection).status == 200
            })
        let wrong = try tool.outcome(["rotate", "no-realm"])
        #expect(wrong.ending == .exited(64))
        #expect(wrong.errors.contains("named-tokens"))
    }

    @Test("keep to the longest life that the settings allow")
    func lifeMax() throws {
        let server = try SignetProcess(["--demo", "--set", "named_tokens.life_max=1h"])
        let connection = try server.connect()
        for (life, status) in [("1h", 201), ("1h1s", 400), ("10 years", 400)] {
            let answer = try connection.call(
                "POST", "/api/v1alpha/token", key: Self.basic("admin:password"),
                body: #"{"jwt_token_description":"\#(life)","jwt_token_life":"\#(life)"}"#)
            #expect(answer.status == status)
        }
    }

    @Test("are 503 with Retry-After when too many passwords wait, and others are served meanwhile")
    func passwordFlood() throws {
        // Hashes that take longer than a password to send; without the delays after failures.
        let server = try SignetProcess([
            "--demo", "--workers", "1", "--set", "passwords.iterations=8", "--set",
            "rate_limits.sign_in_delay_max=0s", "--set", "limits.queue_time=0s",
        ])
        let patient = try server.connect()
        // Remembered from here on, so that it needs no hash.
        let made = try patient.call(
            "POST", "/api/v1alpha/token", key: Self.basic("admin:password"),
            body: #"{"jwt_token_description":"d","jwt_token_life":"1h"}"#)
        let token = try #require(made.object?["jwt_token"] as? String)

        let connections = try (0..<200).map { _ in try server.connect() }
        for (index, connection) in connections.enumerated() {
            try connection.send(
                HTTPConnection.request(
                    "GET", "/api/v1alpha/token", key: Self.basic("admin:wrong \(index)")))
        }
        #expect(try check(token, on: patient).status == 200)
        #expect(
            try patient.call("GET", "/api/v1alpha/token", key: Self.basic("admin:password")).status
                == 200)
        var statuses: [Int: Int] = [:]
        for connection in connections {
            let answer = try connection.readAnswer()
            statuses[answer.status, default: 0] += 1
            #expect(answer.object?.keys.first == "message")
            if answer.status == 503 { #expect(answer.fields["retry-after"] == "1") }
        }
        print("200 wrong passwords at once: \(statuses)")
        #expect(Set(statuses.keys) == [401, 503])
        // 64 may wait for one worker.
        #expect((statuses[503] ?? 0) >= 50)
    }

    static func basic(_ pair: String) -> String {
        "Basic \(Data(pair.utf8).base64EncodedString())"
    }
}

/// What was answered, by id.
private struct NamedTokensSeen {
    struct Token {
        let user: String
        let text: String
    }

    var kept: [String: Token] = [:]
    var deleted: [String: String] = [:]
}

extension ClientLoad<NamedTokensSeen> {
    /// Users who make tokens and delete every third of them.
    fileprivate static func users(_ count: Int, port: Int) -> ClientLoad {
        ClientLoad(count, port: port, seen: NamedTokensSeen()) { index, connection, tally in
            let user = "user\(index)"
            let key = NamedTokenServerTests.basic("\(user):secret-word")
            for number in 0... {
                let made = try connection.call(
                    "POST", "/api/v1alpha/token", key: key,
                    body: #"{"jwt_token_description":"\#(number)","jwt_token_life":"1h"}"#)
                guard made.status == 201, let id = made.object?["jwt_token_id"] as? String,
                    let text = made.object?["jwt_token"] as? String
                else { throw UnexpectedAnswer(description: "\(made)") }
                guard number % 3 == 0 else {
                    tally.update {
                        $0.seen.kept[id] = .init(user: user, text: text)
                        $0.answers += 1
                    }
                    continue
                }
                let deleted = try connection.call("DELETE", "/api/v1alpha/token/\(id)", key: key)
                guard deleted.status == 200 else {
                    throw UnexpectedAnswer(description: "\(deleted)")
                }
                tally.update {
                    $0.seen.deleted[id] = text
                    $0.answers += 2
                }
            }
        }
    }
}
