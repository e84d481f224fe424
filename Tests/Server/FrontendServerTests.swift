import Foundation
import TestSupport
import Testing

/// Accounts and sessions at the real binary, by the users' own call and by clients that we did not write.
@Suite("Accounts on a server")
struct FrontendServerTests {
    private static let base = "/frontend/api/v1/auth"
    private static let json = "Content-Type: application/json"

    /// The users' document about this dialect.
    private static let document: String? = try? String(
        contentsOf: Python.packageRoot.deletingLastPathComponent()
            .appending(path: "shared/seeds/003_4ddc04096a21fab2.txt"), encoding: .utf8)

    /// The document's curl call.
    private static func call() throws -> String {
        let text = try #require(document)
        let start = try #require(text.range(of: "curl --request POST")).lowerBound
        let end = try #require(text.range(of: "\n}'", range: start..<text.endIndex)).upperBound
        return String(text[start..<end])
    }

    /// Runs a call of curl, changed in host and credentials.
    private func run(
        _ call: String, on server: SignetProcess, email: String = "", password: String = ""
    ) throws -> [String: Any] {
        let folder = try TemporaryFolder()
        let program =
            call.replacing("https://{host}", with: "http://127.0.0.1:\(server.port)")
            .replacing("jsmith@example.com", with: email).replacing("<string>", with: password)
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
        _ email: String, _ password: String = "secret-word", on connection: HTTPConnection
    ) throws -> (jwt: String, apiToken: String) {
        let answer = try connection.call(
            "POST", "\(Self.base)/sign-in", fields: [Self.json],
            body: #"{"email":"\#(email)","password":"\#(password)"}"#)
        let jwt = answer.object?["jwt-token"] as? [String: Any]
        return (
            try #require(jwt?["token"] as? String, "\(answer)"),
            try #require(answer.object?["api-token"] as? String)
        )
    }

    private func status(_ token: String, on connection: HTTPConnection) throws -> Int {
        try connection.call("GET", "\(Self.base)/session", key: "Bearer \(token)").status
    }

    private func check(_ token: String, on connection: HTTPConnection) throws -> Int {
        try connection.call("GET", "/auth/check", key: "Bearer \(token)").status
    }

    @Test("answers the users' own curl call")
    func document() throws {
        let server = try SignetProcess()
        try server.createUser("jsmith", email: "jsmith@example.com")
        let made = try run(
            try Self.call(), on: server, email: "jsmith@example.com", password: "secret-word")
        #expect(
            Set(made.keys) == [
                "api-token", "current-user", "email", "jwt-token", "oauth-provider-tokens",
                "ret-url", "status", "user-id",
            ])
        #expect(made["email"] as? String == "jsmith@example.com")
        #expect(made["status"] as? String == "active")
        #expect(made["user-id"] as? Int == 1)
        #expect(made["current-user"] is NSNull && made["ret-url"] is NSNull)
        #expect((made["api-token"] as? String)?.count == 64)
        let jwt = try #require(made["jwt-token"] as? [String: String])
        #expect(jwt["expire"]?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
        let connection = try server.connect()
        #expect(try check(try #require(jwt["token"]), on: connection) == 200)
        #expect(try status(try #require(made["api-token"] as? String), on: connection) == 200)
        // As it stands, it asks for somebody who is not there.
        let none = try run(
            try Self.call(), on: server, email: "x@example.com", password: "<string>")
        #expect(none["status"] as? Int == 401)
        #expect(none["code"] as? String == "UNAUTHENTICATED")
    }

    @Test("can be done by the call that serve --demo prints, as it stands")
    func demo() throws {
        let server = try SignetProcess(["--demo"])
        let start = try #require(
            server.greeting.firstMatch(of: /curl --request POST \\\n--url [^ ]*auth\/sign-in/)
        ).range.lowerBound
        let end = try #require(
            server.greeting.range(of: "\n}'", range: start..<server.greeting.endIndex)
        ).upperBound
        let made = try run(String(server.greeting[start..<end]), on: server)
        let token = try #require(made["api-token"] as? String)
        #expect(try check(token, on: try server.connect()) == 200)
    }

    @Test("what was answered is so after kill -9", arguments: [UInt64(1), 2, 3])
    func kill(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let moment = Int.random(in: 12...60, using: &random)
        print("kill -9: seed \(seed), after \(moment) answers")
        let server = try SignetProcess()
        for index in 0..<3 { try server.createUser("user\(index)") }
        let load = ClientLoad<AccountsSeen>.users(3, port: server.port)
        try load.wait(forAnswers: moment)
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        let seen = try load.finish()
        let again = try SignetProcess(in: server.folder)
        let connection = try again.connect()
        for token in seen.kept {
            #expect(try status(token, on: connection) == 200)
            #expect(try check(token, on: connection) == 200)
        }
        for token in seen.ended {
            #expect(try status(token, on: connection) == 401)
            #expect(try check(token, on: connection) == 401)
        }
        // And the API token that a sign-in shows is still the same.
        for (user, token) in seen.apiTokens {
            #expect(try signIn("\(user)@example.org", on: connection).apiToken == token)
        }
    }

    @Test("the command line ends all of a user's tokens", arguments: ["suspend", "delete"])
    func commandLine(_ command: String) throws {
        let server = try SignetProcess(["--loops", "2"])
        try server.createUser("ann")
        // Connections are spread over the loops.
        let connections = try (0..<8).map { _ in try server.connect() }
        let (jwt, apiToken) = try signIn("ann@example.org", on: connections[0])
        for connection in connections {
            for token in [jwt, apiToken] {
                #expect(try check(token, on: connection) == 200)
                #expect(try status(token, on: connection) == 200)
            }
        }
        let outcome = try Signet.run(
            ["user", command, "ann", "--data", server.data], in: server.folder)
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        let start = ContinuousClock.now
        #expect(try Polling.reaches { try check(jwt, on: connections[0]) != 200 })
        print("\(command): in force after \(ContinuousClock.now - start)")
        for connection in connections {
            for token in [jwt, apiToken] { #expect(try check(token, on: connection) == 401) }
            #expect(try status(jwt, on: connection) == (command == "suspend" ? 403 : 401))
            #expect(try status(apiToken, on: connection) == 401)
        }
    }

    @Test("follows its settings, and has keys that the command line lists and rotates")
    func settings() throws {
        let server = try SignetProcess([
            "--demo", "--set", "frontend.algorithm=ES256", "--set", "frontend.long_life=90s",
        ])
        let connection = try server.connect()
        let (jwt, apiToken) = try signIn("admin@example.org", "password", on: connection)
        _ = try Python.run(
            """
            import jwt, sys
            url, token = sys.argv[1:]
            key = jwt.PyJWKClient(url).get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key, algorithms=["ES256"])
            assert claims["exp"] - claims["iat"] == 90, claims
            """, arguments: ["http://127.0.0.1:\(server.port)/.well-known/jwks.json", jwt])
        let tool = KeyTool(server: server)
        for realm in ["frontend", "api-tokens"] {
            let rotated = try tool.object(["rotate", realm])
            #expect(rotated["realm"] as? String == realm)
            let keys = try #require(try tool.json(["list"]) as? [[String: Any]])
            let phases = keys.filter { $0["realm"] as? String == realm }
                .compactMap { $0["phase"] as? String }
            #expect(Set(phases) == ["active", "verifying"])
        }
        #expect(try status(jwt, on: connection) == 200)
        #expect(try status(apiToken, on: connection) == 200)
        let again = try signIn("admin@example.org", "password", on: connection)
        #expect(again.apiToken == apiToken)
        #expect(try check(again.jwt, on: connection) == 200)
    }

    @Test("no token is in the database, nor in the log")
    func secrets() throws {
        let server = try SignetProcess(["--demo", "--set", "log.level=trace"])
        let connection = try server.connect()
        let (jwt, apiToken) = try signIn("admin@example.org", "password", on: connection)
        for query in ["jwt=\(jwt)", "token=\(apiToken)"] {
            #expect(
                try connection.call("GET", "\(Self.base)/session?\(query)").status == 200)
        }
        #expect(try server.stop() == .exited(0))
        for name in ["signet.db", "signet.db-wal"] {
            let path = "\(server.data)/\(name)"
            guard let bytes = FileManager.default.contents(atPath: path) else { continue }
            for token in [jwt, apiToken] { #expect(bytes.range(of: Data(token.utf8)) == nil) }
        }
        let log = server.process.outputText + server.process.errorText
        for token in [jwt, apiToken] { #expect(!log.contains(token)) }
    }
}

/// What was answered.
private struct AccountsSeen {
    var kept: [String] = []
    var ended: [String] = []
    /// What each user's sign-ins show.
    var apiTokens: [String: String] = [:]
}

extension ClientLoad<AccountsSeen> {
    /// Users who sign in and make an API token each time, and end both every third time.
    fileprivate static func users(_ count: Int, port: Int) -> ClientLoad {
        let base = "/frontend/api/v1/auth"
        let json = ["Content-Type: application/json"]
        return ClientLoad(count, port: port, seen: AccountsSeen()) { index, connection, tally in
            let user = "user\(index)"
            for number in 0... {
                let made = try connection.call(
                    "POST", "\(base)/sign-in", fields: json,
                    body: #"{"email":"\#(user)@example.org","password":"secret-word"}"#)
                guard let jwt = (made.object?["jwt-token"] as? [String: Any])?["token"] as? String,
                    let main = made.object?["api-token"] as? String
                else { throw UnexpectedAnswer(description: "\(made)") }
                let known = tally.update { $0.seen.apiTokens.updateValue(main, forKey: user) }
                guard known == nil || known == main else {
                    throw UnexpectedAnswer(description: "another API token")
                }
                let second = try connection.call(
                    "POST", "\(base)/api-token", key: "Bearer \(jwt)", fields: json, body: "{}")
                guard let token = second.object?["token"] as? String else {
                    throw UnexpectedAnswer(description: "\(second)")
                }
                guard number % 3 == 0 else {
                    tally.update {
                        $0.seen.kept += [jwt, token]
                        $0.answers += 2
                    }
                    continue
                }
                for (route, dead) in [("api-token/\(token)", token), ("sign-out", jwt)] {
                    let ended = try connection.call(
                        "DELETE", "\(base)/\(route)", key: "Bearer \(jwt)")
                    guard ended.status < 300 else {
                        throw UnexpectedAnswer(description: "\(ended)")
                    }
                    tally.update {
                        $0.seen.ended.append(dead)
                        $0.answers += 2
                    }
                }
            }
        }
    }
}
