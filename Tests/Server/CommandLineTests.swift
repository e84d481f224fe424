import Foundation
import Testing
import TestSupport

@Suite("The command line beside a running server")
struct CommandLineTests {
    /// Runs a command on the server's data; it must succeed. Returns the JSON that it prints.
    private func run(_ arguments: [String], beside server: SignetProcess) throws -> Any {
        let outcome = try Signet.run(
            arguments + ["--data", server.data, "--json"], in: server.folder)
        try #require(outcome.ending == .exited(0), "\(outcome.errors)")
        #expect(outcome.errors == "")
        return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    }

    @Test("makes an app that signs soon, and shows it", arguments: ["ES256", "RS256"])
    func create(algorithm: String) throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let created = try #require(
            try run(
                [
                    "app", "create", "my app", "--algo", algorithm, "--description", "a test",
                    "--token-expire", "20m",
                ], beside: server) as? [String: String])
        #expect(Set(created.keys) == ["app_id", "app_key", "algo"])
        #expect(created["algo"] == algorithm)
        let app = AppAccount(
            id: try #require(created["app_id"]), key: try #require(created["app_key"]))

        #expect(try Polling.reaches { try app.sign(on: connection).status == 200 })
        #expect(try app.verifies(app.pair(on: connection).authToken, on: connection))

        let list = try #require(try run(["app", "list"], beside: server) as? [[String: Any]])
        #expect(list.count == 1)
        let shown = try #require(
            try run(["app", "show", app.id], beside: server) as? [String: Any])
        let served = try connection.call("GET", "/app/\(app.id)", key: app.key)
        let object = try #require(served.object?["app"] as? [String: Any])
        #expect(NSDictionary(dictionary: shown) == NSDictionary(dictionary: object))
        #expect(NSDictionary(dictionary: list[0]) == NSDictionary(dictionary: object))
        #expect(shown["name"] as? String == "my app")
        #expect(shown["token_expiry"] as? Int == 1200)
    }

    @Test("shows the apps that were made over the API")
    func list() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let list = try #require(try run(["app", "list"], beside: server) as? [[String: Any]])
        #expect(list.map { $0["id"] as? String } == [app.id])
    }

    @Test("replaces the root key: soon the old one is dead and the new one works")
    func rotateRootKey() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let old = server.rootKey
        #expect(try connection.call("GET", "/root/list", key: old).status == 200)
        let rotated = try #require(
            try run(["root-key", "rotate"], beside: server) as? [String: String])
        let new = try #require(rotated["root_key"])
        #expect(try /[A-Za-z0-9+\/]{128}/.wholeMatch(in: new) != nil)

        #expect(
            try Polling.reaches { try connection.call("GET", "/root/list", key: old).status == 403 }
        )
        #expect(try connection.call("GET", "/root/list", key: new).status == 200)
        #expect(try server.stop() == .exited(0))
        let again = try SignetProcess(in: server.folder)
        #expect(try again.connect().call("GET", "/root/list", key: old).status == 403)
        #expect(try again.connect().call("GET", "/root/list", key: new).status == 200)
    }

    @Test("replaces an app key: soon the old one is dead and the new one works")
    func rotateAppKey() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let app = try AppAccount.create(on: server)
        let rotated = try #require(
            try run(["app", "rotate-key", app.id.lowercased()], beside: server)
                as? [String: String])
        #expect(rotated["app_id"] == app.id)
        let new = AppAccount(id: app.id, key: try #require(rotated["app_key"]))
        #expect(try /[A-Za-z0-9+\/]{128}/.wholeMatch(in: new.key) != nil)
        #expect(try Polling.reaches { try app.sign(on: connection).status == 403 })
        _ = try new.pair(on: connection)
    }

    @Test("ends all sessions of an app soon, and none that come after")
    func flush() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let app = try AppAccount.create(on: server)
        let other = try AppAccount.create(on: server)
        let pairs = try (0..<4).map { _ in try app.pair(on: connection) }
        let kept = try other.pair(on: connection)
        let flushed = try run(["app", "flush", app.id], beside: server) as? [String: String]
        #expect(flushed == ["status": "ok"])
        #expect(try Polling.reaches { try !app.verifies(pairs[3].authToken, on: connection) })
        for pair in pairs {
            #expect(try !app.verifies(pair.authToken, on: connection))
            #expect(try !app.verifies(pair.refreshToken, on: connection))
        }
        #expect(try other.verifies(kept.authToken, on: connection))
        let later = try app.pair(on: connection)
        #expect(try app.verifies(later.authToken, on: connection))

        // It is not forgotten with the process.
        #expect(try server.stop() == .exited(0))
        let restarted = try SignetProcess(in: server.folder)
        let again = try restarted.connect()
        #expect(try !app.verifies(pairs[0].authToken, on: again))
        #expect(try app.verifies(later.authToken, on: again))
    }

    @Test("replaces the keys of an app: soon all its tokens are dead, and it signs")
    func rotateSigningKeys() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let app = try AppAccount.create(on: server)
        let pair = try app.pair(on: connection)
        let rotated = try #require(
            try run(["app", "rotate-pki", app.id], beside: server) as? [String: String])
        #expect(Set(rotated.keys) == ["app_id", "new_public_key", "algo"])
        #expect(rotated["algo"] == "ES256")
        #expect(rotated["new_public_key"] != pair.fields["public_key"])
        #expect(try Polling.reaches { try !app.verifies(pair.authToken, on: connection) })
        let later = try app.pair(on: connection)
        #expect(later.fields["public_key"] == rotated["new_public_key"])
        #expect(try app.verifies(later.authToken, on: connection))
    }

    @Test("deletes an app soon: nobody gets in, and it is not listed")
    func delete() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let app = try AppAccount.create(on: server)
        let other = try AppAccount.create(on: server)
        let deleted = try run(["app", "delete", app.id], beside: server) as? [String: String]
        #expect(deleted == ["status": "ok"])
        #expect(try Polling.reaches { try app.sign(on: connection).status == 403 })
        let list = try #require(try run(["app", "list"], beside: server) as? [[String: Any]])
        #expect(list.map { $0["id"] as? String } == [other.id])
        _ = try other.pair(on: connection)
    }

    @Test("makes an app whose sign calls need only what it says")
    func requiredClaims() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let created = try #require(
            try run(
                ["app", "create", "lenient", "--required-claims", "sub", "--refresh-grace", "0"],
                beside: server) as? [String: String])
        let app = AppAccount(id: created["app_id"] ?? "", key: created["app_key"] ?? "")
        #expect(
            try Polling.reaches {
                try app.sign(on: connection, body: #"{"sub":"a"}"#).status == 200
            })
        #expect(try app.sign(on: connection, body: #"{"aud":"a"}"#).status == 400)
    }

    @Test(
        "asks a person before it deletes or stops an app, and does nothing without a yes",
        arguments: ["delete", "rotate-pki"])
    func confirmation(_ command: String) throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let app = try AppAccount.create(on: server)
        let pair = try app.pair(on: connection)
        let arguments = ["app", command, app.id, "--data", server.data]
        for answer in ["n", "", "yep"] {
            let refused = try Signet.runOnTerminal(arguments, typing: answer, in: server.folder)
            #expect(refused.ending == .exited(1))
            #expect(refused.output.contains("[y/N]"))
            #expect(refused.output.contains("nothing was done"))
        }
        #expect(try app.verifies(pair.authToken, on: connection))
        let agreed = try Signet.runOnTerminal(arguments, typing: "y", in: server.folder)
        #expect(agreed.ending == .exited(0))
        #expect(agreed.output.contains("[y/N]"))
        let list = try #require(try run(["app", "list"], beside: server) as? [[String: Any]])
        #expect(list.count == (command == "delete" ? 0 : 1))

        let other = try AppAccount.create(on: server)
        let unasked = try Signet.runOnTerminal(
            ["app", command, other.id, "--yes", "--data", server.data], typing: "n",
            in: server.folder)
        #expect(unasked.ending == .exited(0))
        #expect(!unasked.output.contains("[y/N]"))
    }

    @Test("works without a server too")
    func alone() throws {
        let server = try SignetProcess()
        #expect(try server.stop() == .exited(0))
        let created = try #require(
            try run(["app", "create", "alone"], beside: server) as? [String: String])
        let again = try SignetProcess(in: server.folder)
        let app = AppAccount(id: created["app_id"] ?? "", key: created["app_key"] ?? "")
        _ = try app.pair(on: again.connect())
    }

    @Test(
        "says what is wrong with an app that is not there",
        arguments: ["show", "rotate-key", "rotate-pki", "flush", "delete"])
    func unknown(_ command: String) throws {
        let server = try SignetProcess()
        let outcome = try Signet.run(
            ["app", command, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--data", server.data],
            in: server.folder)
        #expect(outcome.ending == .exited(1))
        #expect(outcome.errors.contains("no app 01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    }
}
