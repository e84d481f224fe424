import Testing
import TestSupport

@Suite("Several loops")
struct LoopTests {
    @Test("serves an app on every loop, and verifies on each what another has signed")
    func everyLoop() throws {
        let server = try SignetProcess(["--loops", "2"])
        let app = try AppAccount.create(on: server)
        // The kernel spreads connections over the loops by a hash of their ports. That 64 of them
        // end up on one loop has a chance of 2^-63.
        var found: [Int: (connection: HTTPConnection, pair: TokenPair)] = [:]
        var connections = 0
        while found.count < 2, connections < 64 {
            let connection = try server.connect()
            let pair = try app.pair(on: connection)
            found[try pair.shard()] = (connection, pair)
            connections += 1
        }
        #expect(Set(found.keys) == [0, 1])

        for (shard, maker) in found {
            for (other, verifier) in found {
                #expect(
                    try app.verifies(maker.pair.authToken, on: verifier.connection),
                    "made on loop \(shard), verified on \(other)")
                #expect(try app.verifies(maker.pair.refreshToken, on: verifier.connection))
            }
        }
    }

    @Test("gives one connection one loop, whatever it asks for")
    func oneLoop() throws {
        let server = try SignetProcess(["--loops", "2"])
        let app = try AppAccount.create(on: server)
        let connection = try server.connect()
        let shards = try (0..<50).map { _ in try app.pair(on: connection).shard() }
        #expect(Set(shards).count == 1)
    }
}
