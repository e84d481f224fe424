import Foundation
import Testing
import TestSupport

@Suite("A full disk")
struct DiskFullTests {
    @Test(
        "answers 503 while the disk is full, signs again when there is room, and loses nothing",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func full() throws {
        let disk = try #require(SmallDisk(bytes: 8 << 20))
        let folder = try TemporaryFolder()
        let data = "\(disk.path)/data"
        var acknowledged: [TokenPair] = []
        let app: AppAccount
        do {
            let server = try SignetProcess(in: folder, data: data)
            let connection = try server.connect()
            app = try AppAccount.create(on: server)
            acknowledged.append(try app.pair(on: connection))
            disk.fill()

            let body = AppAccount.body(agent: String(repeating: "x", count: 4000))
            var refused: [HTTPAnswer] = []
            for _ in 0..<2000 where refused.count < 5 {
                let answer = try app.sign(on: connection, body: body)
                if answer.status == 200 {
                    acknowledged.append(try TokenPair(answer))
                } else {
                    refused.append(answer)
                }
            }
            #expect(refused.map(\.status) == [503, 503, 503, 503, 503])
            #expect(try connection.call("GET", "/ping").text == "pong")
            func admin(_ path: String) throws -> HTTPAnswer {
                try HTTPConnection(port: server.adminPort).call("GET", path)
            }
            // A loop that was late is told first.
            let ready = try Polling.last {
                try admin("/health/ready")
            } until: {
                $0.text.contains("store")
            }
            #expect(ready.status == 503 && ready.text.contains("store"), "\(ready)")
            #expect(try admin("/health/live").status == 200)
            // What needs no write still works.
            #expect(try connection.call("GET", "/health").text == #"{"message":"ok"}"#)
            #expect(try app.verifies(acknowledged[0].authToken, on: connection))

            disk.free()
            let answer = try Polling.last {
                try app.sign(on: connection)
            } until: {
                $0.status != 503
            }
            acknowledged.append(try TokenPair(answer))
            // An answer of the store is good for a second.
            #expect(try Polling.reaches { try admin("/health/ready").status == 200 })
            #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        }

        let server = try SignetProcess(in: folder, data: data)
        let connection = try server.connect()
        for pair in acknowledged {
            #expect(try app.verifies(pair.authToken, on: connection))
        }
        #expect(try SessionRows.missing(of: acknowledged, in: data) == 0)
        #expect(try server.stop() == .exited(0))
    }
}
