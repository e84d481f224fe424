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

    /// Asks until the answer has `status`, for a second at most: that long a change may take.
    private func expectWithinASecond(
        _ status: Int, _ ask: () throws -> HTTPAnswer
    ) throws {
        let deadline = ContinuousClock.now + .seconds(1)
        var answer = try ask()
        while answer.status != status, ContinuousClock.now < deadline { answer = try ask() }
        #expect(answer.status == status)
    }

    @Test("makes an app that signs within a second, and shows it", arguments: ["ES256", "RS256"])
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

        try expectWithinASecond(200) { try app.sign(on: connection) }
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

    @Test("replaces the root key: within a second the old one is dead and the new one works")
    func rotateRootKey() throws {
        let server = try SignetProcess()
        let connection = try server.connect()
        let old = server.rootKey
        #expect(try connection.call("GET", "/root/list", key: old).status == 200)
        let rotated = try #require(
            try run(["root-key", "rotate"], beside: server) as? [String: String])
        let new = try #require(rotated["root_key"])
        #expect(try /[A-Za-z0-9+\/]{128}/.wholeMatch(in: new) != nil)

        try expectWithinASecond(403) { try connection.call("GET", "/root/list", key: old) }
        #expect(try connection.call("GET", "/root/list", key: new).status == 200)
        #expect(try server.stop() == .exited(0))
        let again = try SignetProcess(in: server.folder)
        #expect(try again.connect().call("GET", "/root/list", key: old).status == 403)
        #expect(try again.connect().call("GET", "/root/list", key: new).status == 200)
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

    @Test("says what is wrong with an app that is not there")
    func unknown() throws {
        let server = try SignetProcess()
        let outcome = try Signet.run(
            ["app", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--data", server.data], in: server.folder)
        #expect(outcome.ending == .exited(1))
        #expect(outcome.errors.contains("no app 01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    }
}
