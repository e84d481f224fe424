import Foundation
import Testing
import TestSupport

@Suite("A server that is stopped or dies", .serialized)
struct CrashTests {
    /// All pairs of `load` are known to a server that starts anew on the same data.
    private func expectAll(_ pairs: [TokenPair], of app: AppAccount, in folder: TemporaryFolder)
        throws
    {
        let server = try SignetProcess(in: folder)
        let connection = try server.connect()
        for pair in pairs {
            #expect(try app.verifies(pair.authToken, on: connection))
            #expect(try app.verifies(pair.refreshToken, on: connection))
        }
        #expect(try SessionRows.missing(of: pairs, in: server.data) == 0)
        // And it goes on signing.
        #expect(try app.verifies(app.pair(on: connection).authToken, on: connection))
    }

    @Test(
        "keeps every pair that it answered when it is killed under load",
        arguments: [UInt64(1), 2, 3, 4, 5])
    func kill(seed: UInt64) throws {
        // The moment of the kill is a number of answers, drawn from the seed.
        var random = SeededGenerator(seed: seed)
        let moment = Int.random(in: 1...1500, using: &random)
        let algorithms = [("ES256", "ECDSA"), ("HS256", "OCT"), ("EdDSA", "OKP")]
        let (algorithm, keyType) = algorithms[Int(seed) % algorithms.count]
        print("kill -9: seed \(seed), \(algorithm), after \(moment) answers")

        let folder = try TemporaryFolder()
        let server = try SignetProcess(in: folder)
        let app = try AppAccount.create(on: server, algorithm: algorithm, keyType: keyType)
        let load = ClientLoad.signing(100, app: app, port: server.port)
        try load.wait(forAnswers: moment)
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))

        let pairs = try load.finish()
        #expect(pairs.count >= moment)
        try expectAll(pairs, of: app, in: folder)
    }

    @Test(
        "ends with 0 after SIGTERM under load, and breaks no answer off",
        arguments: [
            SIGTERM, SIGINT,
        ])
    func terminate(signal: Int32) throws {
        let folder = try TemporaryFolder()
        let server = try SignetProcess(in: folder)
        let app = try AppAccount.create(on: server)
        let load = ClientLoad.signing(100, app: app, port: server.port)
        try load.wait(forAnswers: 300)
        #expect(try server.stop(signal) == .exited(0))

        let pairs = try load.finish()
        // Nor is there a session that nobody was told of.
        #expect(try SessionRows.count(in: server.data) == pairs.count)
        try expectAll(pairs, of: app, in: folder)
    }

    @Test("still answers the request that was half sent when SIGTERM came")
    func finishesRequest() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        do {
            let connection = try server.connect()
            let rest = try sendHalf(of: app, on: connection, server)
            server.process.signal(SIGTERM)
            #expect(server.process.waitForErrors("stopping") != nil)
            #expect(throws: HTTPConnection.Failure.noConnection(errno: ECONNREFUSED)) {
                // The loops stop to listen one after the other; what one took before, it closes.
                while true { _ = try server.connect().readToEnd() }
            }

            try connection.send(rest)
            _ = try TokenPair(connection.readAnswer())
            #expect(try connection.readToEnd() == [])
        }
        #expect(try server.process.waitForEnd() == .exited(0))
    }

    @Test("ends at once with 1 on a second signal, although a client holds the first one up")
    func secondSignal() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let connection = try server.connect()
        _ = try sendHalf(of: app, on: connection, server)
        server.process.signal(SIGTERM)
        #expect(server.process.waitForErrors("stopping") != nil)
        #expect(try server.stop(SIGTERM) == .exited(1))
        #expect(server.process.errorText.contains("stopped at once"))
        #expect(throws: HTTPConnection.Failure.closed) { try connection.readAnswer() }
    }

    @Test("gives a client that holds it up no longer than timeouts.drain")
    func drainLimit() throws {
        // All of the second is kept for closing, which may take longer on a busy disk, but not each time.
        for _ in 0..<10 {
            let server = try SignetProcess([
                "--set", "timeouts.drain=1s", "--set", "timeouts.body=1h", "--set",
                "timeouts.head=1h",
            ])
            let app = try AppAccount.create(on: server)
            let connection = try server.connect()
            _ = try sendHalf(of: app, on: connection, server)
            let ending = try server.stop(SIGTERM)
            if ending == .exited(0) { return }
            #expect(ending == .exited(1))
            #expect(server.process.errorText.contains("not stopped in time"))
        }
        Issue.record("no server stopped by itself")
    }

    /// Sends a request but for its last byte, makes sure that the server reads it, and returns the
    /// rest.
    private func sendHalf(
        of app: AppAccount, on connection: HTTPConnection, _ server: SignetProcess
    ) throws -> [UInt8] {
        let request = HTTPConnection.request(
            "POST", "/app/\(app.id)/sign", key: app.key, body: AppAccount.body())
        // An answer before shows that the connection was accepted and is read from.
        #expect(try connection.call("GET", "/ping").text == "pong")
        try connection.send(Array(request.dropLast()))
        // Every loop has been around since then: the half was read by the time these are answered.
        for _ in 0..<32 { #expect(try server.connect().call("GET", "/ping").status == 200) }
        return request.suffix(1)
    }
}
