import Foundation
import Testing
import TestSupport

@Suite("Hostile bytes")
struct HostileBytesTests {
    /// Requests that two servers in a row could understand differently (RFC 9112 section 11.2), or
    /// that are too large, and the status of the one answer before the connection is closed.
    private static let refused: [(head: [String], body: String, status: Int)] = [
        (["Host: a", "Content-Length: 3", "Transfer-Encoding: chunked"], "0\r\n\r\n", 400),
        (["Host: a", "Content-Length: 3", "Content-Length: 4"], "abcd", 400),
        (["Host: a", "Content-Length: +3"], "abc", 400),
        (["Host: a", "Transfer-Encoding: chunked"], "+3\r\nabc\r\n0\r\n\r\n", 400),
        (["Host: a\nX: b"], "", 400),
        (["Host: a", "Host: b"], "", 400),
        (["X: a"], "", 400),
        (["Host : a"], "", 400),
        (["Host: a", "X: b", " folded: c"], "", 400),
        (["Host: a", "X: \(String(repeating: "x", count: 20_000))"], "", 431),
        (["Host: a", "Content-Length: 99999999999"], "", 413),
    ]

    @Test("are refused once and for all, and the next client is served")
    func refusals() throws {
        let server = try SignetProcess()
        for (head, body, status) in Self.refused {
            let lines = ["POST /ping HTTP/1.1"] + head + ["", body]
            let request = lines.joined(separator: "\r\n")
            let connection = try server.connect()
            let smuggled = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
            // The server may have closed the connection before all of it is sent.
            try? connection.send(Array((request + smuggled).utf8))
            let answer = try connection.readAnswer()
            #expect(answer.status == status, "\(head.map { $0.prefix(80) })")
            #expect(try connection.readToEnd() == [], "\(head.map { $0.prefix(80) })")
            #expect(try server.connect().call("GET", "/ping").text == "pong")
        }
        #expect(try server.stop() == .exited(0))
    }

    @Test("of every kind leave the server up", arguments: [UInt64(1), 2, 3])
    func noise(seed: UInt64) throws {
        print("noise: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let request = HTTPConnection.request(
            "POST", "/app/\(app.id)/sign", key: app.key, body: AppAccount.body())
        for _ in 0..<200 {
            let connection = try server.connect()
            var bytes = request
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            try? connection.send(
                Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &random))))
        }
        let connection = try server.connect()
        #expect(try app.verifies(app.pair(on: connection).authToken, on: connection))
        #expect(try server.stop() == .exited(0))
    }
}
