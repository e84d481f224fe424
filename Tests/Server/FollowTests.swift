import Foundation
import TestSupport
import Testing

/// A server that follows the store for seconds: faults of threads show only after many rounds.
@Suite("A server beside the command line")
struct FollowTests {
    @Test("sees every one of thirty apps made beside it, and lives on")
    func manyChanges() throws {
        let server = try SignetProcess(["--demo"])
        var times: [Duration] = []
        for number in 1...30 {
            let made = try Signet.run(
                [
                    "app", "create", "app \(number)", "--algo", "HS256", "--json", "--data",
                    server.data,
                ],
                in: server.folder)
            #expect(made.ending == .exited(0))
            let id = try #require(
                try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: String])
            let app = AppAccount(id: id["app_id"] ?? "", key: id["app_key"] ?? "")
            let connection = try server.connect()
            let start = ContinuousClock.now
            #expect(try Polling.reaches { try app.sign(on: connection).status == 200 })
            times.append(ContinuousClock.now - start)
        }
        // Within a second, which is what commands promise: that one of thirty is stands a busy machine.
        #expect(try #require(times.min()) < .seconds(1))
        #expect(try server.stop() == .exited(0))
    }
}
