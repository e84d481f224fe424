import Foundation
import TestSupport
import Testing

@Suite("signet user")
struct UserCommandTests {
    /// As `signet user … --json` shows a user.
    private struct User: Decodable, Equatable {
        let id: Int
        let login: String
        let email: String
        let name: String
        let role: String
        let status: String
        let parent: Int?
    }

    private static let password = "#thePassword1234!"

    private func run(
        _ arguments: [String], input: String? = nil, on data: String, in folder: TemporaryFolder
    ) throws -> Signet.Outcome {
        try Signet.run(["user"] + arguments + ["--data", data], input: input, in: folder)
    }

    private func object<Value: Decodable>(
        _ type: Value.Type, _ arguments: [String], input: String? = nil,
        beside server: SignetProcess
    ) throws -> Value {
        let outcome = try run(
            arguments + ["--json"], input: input, on: server.data, in: server.folder)
        try #require(outcome.ending == .exited(0), "\(outcome.errors)")
        #expect(outcome.errors == "")
        #expect(!outcome.output.contains("argon2id"))
        return try JSONDecoder().decode(type, from: Data(outcome.output.utf8))
    }

    private func create(
        _ login: String, _ more: [String] = [], password: String = password,
        beside server: SignetProcess
    ) throws -> User {
        try object(
            User.self,
            ["create", login, "--email", "\(login)@example.org", "--password-stdin"] + more,
            input: password, beside: server)
    }

    /// Whether `password` is the user's, as the database has it and argon2-cffi sees it.
    private func isPassword(_ password: String, of login: String, in data: String) throws -> Bool {
        let script = """
            import sqlite3, sys
            from argon2 import PasswordHasher
            from argon2.exceptions import VerifyMismatchError
            database = sqlite3.connect(sys.argv[1])
            (text,) = database.execute(
                "SELECT password_hash FROM users WHERE login = ?", (sys.argv[2],)).fetchone()
            try:
                print(PasswordHasher().verify(text.decode(), sys.argv[3]), text.decode())
            except VerifyMismatchError:
                print(False)
            """
        let output = try Python.run(script, arguments: ["\(data)/signet.db", login, password])
        return String(decoding: output, as: UTF8.self).hasPrefix("True $argon2id$v=19$")
    }

    @Test("creates, lists, suspends, activates and deletes users beside a running server")
    func life() throws {
        let server = try SignetProcess()
        let ann = try create("Ann", ["--name", "Ann Lee", "--role", "admin"], beside: server)
        #expect(
            ann
                == User(
                    id: 1, login: "Ann", email: "Ann@example.org", name: "Ann Lee", role: "admin",
                    status: "active", parent: nil))
        let sub = try create("sub", ["--parent", "1"], beside: server)
        #expect((sub.id, sub.role, sub.parent) == (2, "sub", 1))
        #expect(try create("bob", beside: server).role == "user")
        #expect(
            try object([User].self, ["list"], beside: server).map(\.login) == ["Ann", "sub", "bob"])

        #expect(try object(User.self, ["suspend", "ANN"], beside: server).status == "suspended")
        #expect(try object(User.self, ["suspend", "1"], beside: server).status == "suspended")
        #expect(
            try object([User].self, ["list"], beside: server).map(\.status)
                == ["suspended", "active", "active"])
        #expect(try object(User.self, ["activate", "ann"], beside: server).status == "active")

        let held = try run(["delete", "ann"], on: server.data, in: server.folder)
        #expect(held.ending == .exited(1))
        #expect(held.errors.contains("has sub users"))
        for user in ["2", "Bob", "ann"] {
            #expect(
                try object([String: String].self, ["delete", user], beside: server)
                    == ["status": "ok"])
        }
        #expect(try object([User].self, ["list"], beside: server).isEmpty)
        #expect(try create("ann", beside: server).id == 4)
        // The server was up all the time, and goes on with the same store.
        #expect(try server.connect().call("GET", "/ping").status == 200)
    }

    @Test("keeps what was typed as a password, and nothing that was before")
    func passwords() throws {
        let server = try SignetProcess()
        _ = try create("ann", beside: server)
        #expect(try isPassword(Self.password, of: "ann", in: server.data))
        #expect(try !isPassword(Self.password + " ", of: "ann", in: server.data))
        for (input, password) in [
            ("another one\n", "another one"), ("windows\r\n", "windows"),
            ("  blanks  ", "  blanks  "),
            ("\u{1F511}\u{1F511}\u{1F511}ключ\n", "\u{1F511}\u{1F511}\u{1F511}ключ"),
        ] {
            _ = try object(
                [String: String].self, ["password", "ann", "--password-stdin"], input: input,
                beside: server)
            #expect(try isPassword(password, of: "ann", in: server.data))
            #expect(try !isPassword(Self.password, of: "ann", in: server.data))
        }
    }

    @Test("works without a server, and hashes at the cost of the settings")
    func alone() throws {
        let server = try SignetProcess()
        #expect(try server.stop() == .exited(0))
        _ = try create(
            "ann", ["--set", "passwords.memory=8MiB", "--set", "passwords.iterations=3"],
            beside: server)
        let text = try TemporaryDatabase.text(
            "SELECT password_hash FROM users", in: server.data)
        #expect(text.hasPrefix("$argon2id$v=19$m=8192,t=3,p=1$"))
        let again = try SignetProcess(in: server.folder)
        #expect(try object([User].self, ["list"], beside: again).map(\.login) == ["ann"])
    }

    @Test("keeps a user that was answered when the command and the server are killed right after")
    func kill9() throws {
        let folder = try TemporaryFolder()
        let server = try SignetProcess(in: folder)
        for index in 1...3 {
            let command = try Signet.start(
                [
                    "user", "create", "user\(index)", "--email", "u\(index)@example.org",
                    "--password-stdin", "--data", server.data,
                ], input: Self.password, in: folder)
            #expect(command.waitForOutput("User \(index)") != nil)
            command.signal(SIGKILL)
        }
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        let again = try SignetProcess(in: folder)
        let users = try object([User].self, ["list"], beside: again)
        #expect(users.map(\.login) == ["user1", "user2", "user3"])
        #expect(try isPassword(Self.password, of: "user3", in: again.data))
    }

    @Test("refuses what is taken, and says by which of the two")
    func taken() throws {
        let server = try SignetProcess()
        _ = try create("ann", beside: server)
        let refusals: [([String], String)] = [
            (["create", "ANN", "--email", "x@example.org"], "there is a user ANN already"),
            (["create", "bob", "--email", "Ann@Example.org"], "has the address Ann@Example.org"),
            (
                ["create", "bob", "--email", "b@x.org", "--parent", "9"],
                "no user 9 to be the parent"
            ),
            (["suspend", "bob"], "there is no user bob"),
            (["activate", "99"], "there is no user 99"),
            (["delete", "bob"], "there is no user bob"),
            (["password", "bob"], "there is no user bob"),
        ]
        for (arguments, message) in refusals {
            // Before anybody is asked for a password.
            let outcome = try run(arguments, on: server.data, in: server.folder)
            #expect(outcome.ending == .exited(1))
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
            #expect(outcome.output == "")
        }
        #expect(try object([User].self, ["list"], beside: server).count == 1)
    }

    @Test(
        "refuses a password that a user can't have, and makes no user",
        arguments: [
            "", "12345", "12345\n", String(repeating: "x", count: 73), "two\nlines of it",
            String(repeating: "x", count: 5000),
        ])
    func badPassword(_ input: String) throws {
        let server = try SignetProcess()
        let outcome = try run(
            ["create", "ann", "--email", "a@example.org", "--password-stdin"], input: input,
            on: server.data, in: server.folder)
        #expect(outcome.ending == .exited(1))
        #expect(outcome.errors.contains("nothing was done"), "\(outcome.errors)")
        #expect(try object([User].self, ["list"], beside: server).isEmpty)
    }

    @Test(
        "refuses a command line that makes no sense",
        arguments: [
            ["create", "ann"], ["create", "--email", "a@b.cd"],
            ["create", "123", "--email", "a@b.cd"],
            ["create", "a:b", "--email", "a@b.cd"], ["create", "ann", "--email", "nowhere"],
            ["create", "ann", "--email", "a@b.cd", "--role", "king"],
            ["create", "ann", "--email", "a@b.cd", "--role", "sub"],
            ["create", "ann", "--email", "a@b.cd", "--role", "user", "--parent", "1"],
            ["create", "ann", "--email", "a@b.cd", "--parent", "ann"],
            ["create", "ann", "--email", "a@b.cd", "--password", "secret"],
            ["suspend"], ["suspend", "a b"], ["delete", "-1"],
            // Nobody to ask, and no --password-stdin.
            ["create", "ann", "--email", "a@b.cd"] + ["--data", "DATA"],
        ])
    func usage(_ arguments: [String]) throws {
        let server = try SignetProcess()
        let outcome = try Signet.run(
            ["user"] + arguments.map { $0 == "DATA" ? server.data : $0 }
                + (arguments.contains("DATA") ? [] : ["--data", server.data]), in: server.folder)
        #expect(outcome.ending == .exited(64), "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("signet: "))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test("asks for a password twice and shows none of it")
    func prompt() throws {
        let server = try SignetProcess()
        let arguments = [
            "user", "create", "ann", "--email", "a@example.org", "--data", server.data,
        ]
        let outcome = try Signet.talkOnTerminal(
            arguments, [("Password: ", Self.password + "\n"), ("Again: ", Self.password + "\n")],
            in: server.folder)
        #expect(outcome.ending == .exited(0), "\(outcome.output)")
        #expect(outcome.output.contains("User 1: ann"))
        #expect(!outcome.output.contains("thePassword"))
        #expect(try isPassword(Self.password, of: "ann", in: server.data))

        let change = ["user", "password", "ann", "--data", server.data]
        let differs = try Signet.talkOnTerminal(
            change, [("Password: ", "one password\n"), ("Again: ", "another password\n")],
            in: server.folder)
        #expect(differs.ending == .exited(1))
        #expect(differs.output.contains("the two passwords differ"))
        let short = try Signet.talkOnTerminal(
            change, [("Password: ", "short\n")], in: server.folder)
        #expect(short.ending == .exited(1))
        #expect(short.output.contains("6 to 72 characters"))
        let interrupted = try Signet.talkOnTerminal(
            change, [("Password: ", "some password\u{3}")], in: server.folder)
        #expect(interrupted.ending == .exited(1))
        #expect(interrupted.output.contains("interrupted"))
        #expect(try isPassword(Self.password, of: "ann", in: server.data))
    }

    @Test("asks before it deletes")
    func confirmation() throws {
        let server = try SignetProcess()
        _ = try create("ann", beside: server)
        let arguments = ["user", "delete", "ann", "--data", server.data]
        let refused = try Signet.runOnTerminal(arguments, typing: "n", in: server.folder)
        #expect(refused.ending == .exited(1))
        #expect(refused.output.contains("Delete ann"))
        #expect(try object([User].self, ["list"], beside: server).count == 1)
        let agreed = try Signet.runOnTerminal(arguments, typing: "y", in: server.folder)
        #expect(agreed.ending == .exited(0))
        #expect(try object([User].self, ["list"], beside: server).isEmpty)
    }

    @Test("lists more users than it reads at a time, in both forms")
    func manyUsers() throws {
        let server = try SignetProcess()
        try TemporaryDatabase.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
            INSERT INTO users SELECT i, 'user' || i, 'u' || i || '@example.org', '', 2, 2, NULL,
                NULL, 0, 0, 1 FROM n
            """, in: server.data)
        let users = try object([User].self, ["list"], beside: server)
        #expect(users.map(\.id) == Array(1...2000))
        let text = try run(["list"], on: server.data, in: server.folder).output
        #expect(text.split(separator: "\n").filter { $0.contains("@example.org") }.count == 2000)
    }

    @Test("makes the user admin with --demo, and leaves one alone that is there")
    func demo() throws {
        let folder = try TemporaryFolder()
        let server = try SignetProcess(in: folder, ["--demo"])
        #expect(server.greeting.contains("Demo user admin"))
        let users = try object([User].self, ["list"], beside: server)
        #expect(users.map(\.login) == ["admin"])
        #expect(users.map(\.role) == ["admin"])
        #expect(try isPassword("password", of: "admin", in: server.data))
        _ = try object(
            [String: String].self, ["password", "admin", "--password-stdin"], input: "my own one",
            beside: server)
        #expect(try server.stop() == .exited(0))
        let again = try SignetProcess(in: folder, ["--demo"])
        #expect(!again.greeting.contains("Demo user admin"))
        #expect(try isPassword("my own one", of: "admin", in: again.data))
    }
}

/// The database of a server, by Python's SQLite in another process.
private enum TemporaryDatabase {
    /// The one value that a query returns.
    static func text(_ sql: String, in data: String) throws -> String {
        let script = """
            import sqlite3, sys
            (value,) = sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()
            print(value.decode() if isinstance(value, bytes) else value)
            """
        let output = try Python.run(script, arguments: ["\(data)/signet.db", sql])
        return String(decoding: output, as: UTF8.self)
    }

    static func run(_ sql: String, in data: String) throws {
        let script = """
            import sqlite3, sys
            with sqlite3.connect(sys.argv[1], timeout=10) as database:
                database.execute(sys.argv[2])
            """
        try Python.run(script, arguments: ["\(data)/signet.db", sql])
    }
}
