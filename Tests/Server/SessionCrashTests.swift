import Foundation
import TestSupport
import Testing

@Suite("Sessions over a crash", .serialized)
struct SessionCrashTests {
    @Test(
        "what was renewed and ended before a kill is so after it",
        arguments: [UInt64(11), 12, 13, 14])
    func kill(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let moment = Int.random(in: 50...1500, using: &random)
        let (algorithm, keyType) = [("HS256", "OCT"), ("ES256", "ECDSA")][Int(seed) % 2]
        print("kill -9 of sessions: seed \(seed), \(algorithm), after \(moment) answers")

        let folder = try TemporaryFolder()
        let server = try SignetProcess(in: folder)
        let app = try AppAccount.create(
            on: server, algorithm: algorithm, keyType: keyType, graceSeconds: 300)
        let load = ClientLoad.living(50, app: app, port: server.port, seed: seed)
        try load.wait(forAnswers: moment)
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        let lives = try load.finish()
        #expect(lives.contains { $0.pairs.count > 1 })
        #expect(lives.contains { $0.isLoggedOut })

        let next = try SignetProcess(in: folder)
        let connection = try next.connect()
        for life in lives { try check(life, app, connection) }
    }

    private func check(
        _ life: SessionLife, _ app: AppAccount, _ connection: HTTPConnection
    ) throws {
        let newest = try #require(life.pairs.last)
        for old in life.pairs.dropLast() {
            #expect(try !app.verifies(old.authToken, on: connection))
            #expect(try !app.verifies(old.refreshToken, on: connection))
        }
        let isAlive = try app.verifies(newest.authToken, on: connection)
        switch life.pending {
        case nil:
            #expect(isAlive != life.isLoggedOut)
            let answer = try app.renew(newest, on: connection)
            #expect(answer.status == (life.isLoggedOut ? 404 : 200))
        case .renew:
            // The token can be shown again, whether or not its first use was committed: the grace
            // has not passed.
            let pair = try TokenPair(try app.renew(newest, on: connection))
            #expect(try app.verifies(pair.authToken, on: connection))
            #expect(try !app.verifies(newest.authToken, on: connection))
            let again = try TokenPair(try app.renew(newest, on: connection))
            #expect(again.fields == pair.fields)
        case .logout:
            // It happened or not, with both tokens alike.
            #expect(try app.verifies(newest.refreshToken, on: connection) == isAlive)
        }
    }
}
