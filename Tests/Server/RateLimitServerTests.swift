import Foundation
import TestSupport
import Testing

/// The real server with its limits, and what changes them while it runs.
@Suite("Rate limits of a server")
struct RateLimitServerTests {
    /// Tells a server to read its settings, and returns when the log says that it has.
    private func reload(_ server: SignetProcess, _ text: String, _ count: Int) throws {
        _ = try server.folder.write(text, to: "signet.yaml")
        server.process.signal(SIGHUP)
        let deadline = ContinuousClock.now + .seconds(30)
        while server.process.errorText.components(separatedBy: "settings reloaded").count <= count {
            try #require(ContinuousClock.now < deadline, "\(server.process.errorText)")
            sched_yield()
        }
    }

    @Test("SIGHUP puts limits, proxies and a level in force, and says what needs a restart")
    func reloads() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("rate_limits: {app: 2/h}\n", to: "signet.yaml")
        let server = try SignetProcess(in: folder, ["--config", file])
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        // One connection, on which the head is known: the app counts for it as well.
        let connection = try server.connect()
        let statuses = try (0..<4).map { _ in try app.sign(on: connection).status }
        #expect(statuses == [200, 200, 429, 429])

        try reload(server, "rate_limits: {app: 1000/h}\nworkers: 7\n", 1)
        #expect(try app.sign(on: connection).status == 200)
        #expect(
            server.process.errorText.contains("name=rate_limits.app from=2/h to=1000/h")
                || server.process.errorText.contains("from=2/h name=rate_limits.app to=1000/h"))
        #expect(server.process.errorText.contains("workers has changed; it takes a restart"))

        // A proxy is believed from one reload to the next.
        let wrong = { (address: String) in
            try connection.call(
                "GET", "/root/list", fields: ["X-Forwarded-For: \(address)"]
            ).status
        }
        try reload(server, "rate_limits: {address: 1/h}\ntrusted_proxies: [127.0.0.1]\n", 2)
        #expect(try (0..<3).map { _ in try wrong("192.0.2.1") } == [403, 429, 429])
        #expect(try wrong("192.0.2.2") == 403)
        try reload(server, "rate_limits: {address: 1/h}\n", 3)
        #expect(try (0..<3).map { _ in try wrong("192.0.2.1") } == [403, 403, 403])

        // A file that can't be read changes nothing and ends nothing.
        _ = try folder.write("rate_limits: {app: fast}\n", to: "signet.yaml")
        server.process.signal(SIGHUP)
        #expect(server.process.waitForErrors("settings not reloaded") != nil)
        #expect(try app.sign(on: connection).status == 200)

        // The log has what is of the level that was read last. SIGHUP is taken before the signal that ends.
        _ = try folder.write("log.level: error\n", to: "signet.yaml")
        server.process.signal(SIGHUP)
        #expect(try server.stop() == .exited(0))
        #expect(!server.process.errorText.contains(" stopping "))
    }

    @Test("a command limits one app of a running server")
    func command() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let other = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        func limit(_ text: String) throws {
            let outcome = try Signet.run(
                ["app", "limit", app.id, text, "--data", server.data], in: server.folder)
            #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        }
        func awaits(_ status: Int) throws {
            try #require(try Polling.reaches { try app.sign(on: connection).status == status })
        }
        #expect(try app.sign(on: connection).status == 200)
        try limit("1/h")
        try awaits(429)
        #expect(try other.sign(on: connection).status == 200)
        let shown = try Signet.run(
            ["app", "show", app.id, "--data", server.data], in: server.folder)
        #expect(shown.output.contains("Limited to 1 calls in 3600 s."))
        try limit("default")
        try awaits(200)
        let bad = try Signet.run(
            ["app", "limit", app.id, "fast", "--data", server.data], in: server.folder)
        #expect(bad.ending == .exited(64))
        #expect(try server.stop() == .exited(0))
    }

    @Test("this machine is held by no limit of addresses: measurements and undeclared proxies")
    func thisMachine() throws {
        let server = try SignetProcess(
            ["--demo", "--set", "rate_limits.address=1/h", "--set", "rate_limits.sign_in=1/h"])
        let connection = try server.connect()
        for _ in 0..<10 {
            #expect(try connection.call("GET", "/root/list").status == 403)
            let answer = try connection.call(
                "POST", "/api/rest/signin",
                fields: ["Content-Type: application/x-www-form-urlencoded"],
                body: "login=admin&password=password")
            #expect(answer.status == 201)
        }
        #expect(try server.stop() == .exited(0))
    }
}
