import Foundation
import TestSupport
import Testing

@Suite(
    "A disk whose calls fail", .enabled(if: DiskFaults.areAvailable, "needs libfiu (fiu-utils)"))
struct DiskFaultTests {
    /// What SQLite synchronises and writes files by: neither sockets nor the log use them.
    private static let calls = ["posix/io/sync/fdatasync", "posix/io/rw/pwrite"]

    /// A server that copies its log into the database again and again, so that both files are hit.
    private func start(_ faults: DiskFaults) throws -> SignetProcess {
        let environment = ["SIGNET_FAULT_CHECKPOINT_PAGES": "40"]
        return try SignetProcess(
            in: faults.folder, environment: faults.environment.merging(environment) { $1 })
    }

    /// Everything that was answered, and nothing else, is there after a kill.
    private func expect(
        _ pairs: [TokenPair], of app: AppAccount, after server: SignetProcess
    ) throws {
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        let check = try Signet.run(["check", "--data", server.data], in: server.folder)
        #expect(check.ending == .exited(0), "\(check.output)")
        #expect(try SessionRows.count(in: server.data) == pairs.count)
        let next = try SignetProcess(in: server.folder)
        let connection = try next.connect()
        for pair in pairs {
            #expect(try app.verifies(pair.authToken, on: connection))
            #expect(try app.verifies(pair.refreshToken, on: connection))
        }
        #expect(try app.sign(on: connection).status == 200)
    }

    @Test(
        "answers 503, tells nothing as done, and works again when the disk does", arguments: calls)
    func fails(call: String) throws {
        let faults = DiskFaults(folder: try TemporaryFolder())
        let server = try start(faults)
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        var pairs = try (0..<20).map { _ in try app.pair(on: connection) }
        let ended = try app.pair(on: connection)
        #expect(try app.logOut(ended, on: connection).status == 200)
        for _ in 0..<3 {
            try faults.tell(server, "enable name=\(call)")
            for _ in 0..<10 { #expect(try app.sign(on: connection).status == 503) }
            // Not renewed, not ended, no key replaced, no app made.
            #expect(try app.renew(pairs[0], on: connection).status == 503)
            #expect(try app.logOut(pairs[1], on: connection).status == 503)
            for path in ["\(app.id)/rotate/key", "\(app.id)/rotate/pki"] {
                let answer = try connection.call("GET", "/root/\(path)", key: server.rootKey)
                #expect(answer.status == 503)
            }
            // What needs no write still works.
            #expect(try connection.call("GET", "/ping").text == "pong")
            for pair in pairs { #expect(try app.verifies(pair.authToken, on: connection)) }
            #expect(try !app.verifies(ended.authToken, on: connection))

            try faults.tell(server, "disable name=\(call)")
            for _ in 0..<20 { pairs.append(try app.pair(on: connection)) }
        }
        try expect(pairs, of: app, after: server)
    }

    @Test(
        "now and then is told to exactly those whose commit it hit, under load", arguments: calls)
    func failsSometimes(call: String) throws {
        let faults = DiskFaults(folder: try TemporaryFolder())
        let server = try start(faults)
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        try faults.tell(server, "enable_random name=\(call),probability=0.1")
        let load = ClientLoad<(pairs: [TokenPair], refused: Int)>(
            8, port: server.port, seen: ([], 0)
        ) { _, connection, tally in
            for _ in 0..<100 {
                let answer = try app.sign(on: connection)
                let pair = answer.status == 503 ? nil : try TokenPair(answer)
                tally.update {
                    $0.answers += 1
                    if let pair { $0.seen.pairs.append(pair) } else { $0.seen.refused += 1 }
                }
            }
        }
        let (seen, refused) = try load.finish()
        #expect(seen.count > 0 && refused > 0 && seen.count + refused == 800)
        print("\(call): \(seen.count) answered, \(refused) refused")
        try faults.tell(server, "disable name=\(call)")
        let connection = try server.connect()
        try expect(seen + [app.pair(on: connection)], of: app, after: server)
    }
}
