import TestSupport
import Testing

/// More clients than a server can answer in the time that they may have to wait.
@Suite("Overload")
struct OverloadTests {
    private struct Seen: Sendable {
        var signed = 0
        var refused = 0
        /// Answers that are neither a pair nor the refusal of the contract.
        var others: [String] = []

        mutating func note(_ answer: HTTPAnswer) {
            if answer.status == 200 {
                signed += 1
            } else if answer.status == 503, answer.fields["retry-after"] == "1",
                answer.text == #"{"message":"overloaded"}"#
            {
                refused += 1
            } else {
                others.append("\(answer)")
            }
        }
    }

    @Test("is refused with 503 and Retry-After, while ends of sessions and health are served")
    func signatures() throws {
        // A pair of RSA signatures takes one worker a millisecond; 64 callers are more than may wait, however slow
        // they are.
        let server = try SignetProcess([
            "--loops", "1", "--workers", "1", "--set", "limits.queue_time=1ms",
        ])
        let app = try AppAccount.create(on: server, algorithm: "RS256", keyType: "RSA")
        let connection = try server.connect()
        let pair = try app.pair(on: connection)
        let load = ClientLoad(64, port: server.port, seen: Seen()) { _, connection, tally in
            while !tally.current.mustStop {
                let answer = try app.sign(on: connection)
                tally.update {
                    $0.seen.note(answer)
                    $0.answers += $0.seen.refused > 0 ? 1 : 0
                }
            }
        }
        // Counted from the first refusal on.
        try load.wait(forAnswers: 100)
        #expect(try connection.call("GET", "/health").status == 200)
        let ended = try connection.call(
            "POST", "/app/\(app.id)/logout", key: app.key,
            body: #"{"token":"\#(pair.refreshToken)"}"#)
        #expect(ended.status == 200, "\(ended)")
        let seen = try load.finish(mustStop: true)
        #expect(seen.others == [])
        #expect(seen.signed > 0)
        #expect(seen.refused > 0)
        // Nothing is left of it.
        #expect(try app.sign(on: connection).status == 200)
    }

    @Test("of the loop itself is refused before the body is read")
    func loop() throws {
        let server = try SignetProcess([
            "--loops", "1", "--durability", "relaxed", "--set", "limits.queue_time=1ms",
        ])
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        // Hundreds of pairs are milliseconds of the loop's time, and eight calls come in each of its rounds.
        let items = [String](repeating: AppAccount.body(), count: 300).joined(separator: ",")
        let load = ClientLoad(8, port: server.port, seen: Seen()) { _, connection, tally in
            while !tally.current.mustStop {
                let answer = try connection.call(
                    "POST", "/app/\(app.id)/sign/batch", key: app.key,
                    body: #"{"items":[\#(items)]}"#)
                tally.update {
                    $0.seen.note(answer)
                    $0.answers += $0.seen.refused > 0 ? 1 : 0
                }
            }
        }
        try load.wait(forAnswers: 1)
        // Whoever reads the body says 400.
        let unread = ClientLoad(1, port: server.port, seen: Seen()) { _, connection, tally in
            while tally.current.seen.refused == 0 {
                let answer = try connection.call(
                    "POST", "/app/\(app.id)/sign", key: app.key, body: "{")
                tally.update {
                    if answer.status != 400 { $0.seen.note(answer) }
                    $0.answers += $0.seen.refused
                }
            }
        }
        try unread.wait(forAnswers: 1)
        #expect(try unread.finish().others == [])
        #expect(try server.connect().call("GET", "/health").status == 200)
        #expect(try load.finish(mustStop: true).others == [])
    }
}
