import Foundation
import TestSupport

/// What one client saw of one session: every pair that was answered, and the call that was under way
/// when the server went away.
struct SessionLife: Sendable {
    enum Call: Sendable { case renew, logout }

    /// The newest last.
    var pairs: [TokenPair]
    var isLoggedOut = false
    /// A call whose answer never came: it may have happened or not.
    var pending: Call?
}

/// Connections that make sessions, renew them, and end some, each on a thread of its own, until the
/// server goes away.
final class SessionLoad: Sendable {
    private struct Tally {
        var lives: [SessionLife] = []
        var wrong: [String] = []
        var answers = 0
        var running = 0
    }

    private let tally: Watched<Tally>

    init(_ connections: Int, app: AppAccount, port: Int, seed: UInt64) {
        let tally = Watched(Tally(running: connections))
        self.tally = tally
        for index in 0..<connections {
            Thread.detachNewThread {
                var random = SeededGenerator(seed: seed &+ UInt64(index))
                Self.run(app, port, &random, tally)
                tally.update { $0.running -= 1 }
            }
        }
    }

    /// Waits until so many calls were answered.
    func wait(forAnswers count: Int) throws {
        let reached = tally.wait(atMostSeconds: 60) {
            $0.answers >= count || !$0.wrong.isEmpty || $0.running == 0
        }
        guard let reached, reached.answers >= count, reached.wrong.isEmpty else {
            let first = tally.current.wrong.first ?? "no answer was wrong"
            throw ChildProcess.Failure.tooSlow("the load did not get \(count) answers: \(first)")
        }
    }

    /// Waits until every connection has ended, and returns what they saw.
    func finish() throws -> [SessionLife] {
        guard let end = tally.wait(atMostSeconds: 60, until: { $0.running == 0 }) else {
            throw ChildProcess.Failure.tooSlow("connections of the load still wait")
        }
        guard end.wrong.isEmpty else { throw UnexpectedAnswer(description: end.wrong[0]) }
        return end.lives
    }

    private static func run(
        _ app: AppAccount, _ port: Int, _ random: inout SeededGenerator, _ tally: Watched<Tally>
    ) {
        var life: SessionLife?
        do {
            let connection = try HTTPConnection(port: port)
            while true {
                var current = SessionLife(pairs: [try app.pair(on: connection)])
                tally.update { $0.answers += 1 }
                for _ in 0..<Int.random(in: 0..<6, using: &random) {
                    current.pending = .renew
                    life = current
                    current.pairs.append(
                        try TokenPair(app.renew(current.pairs.last, on: connection)))
                    current.pending = nil
                    tally.update { $0.answers += 1 }
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    current.pending = .logout
                    life = current
                    let answer = try app.logOut(current.pairs.last, on: connection)
                    guard answer.status == 200 else {
                        throw UnexpectedAnswer(description: "logout: \(answer)")
                    }
                    current.pending = nil
                    current.isLoggedOut = true
                }
                life = nil
                let lived = current
                tally.update {
                    $0.lives.append(lived)
                    $0.answers += 1
                }
            }
        } catch HTTPConnection.Failure.closed {
            // The server went away, perhaps between a call and its answer.
            if let life { tally.update { $0.lives.append(life) } }
        } catch {
            tally.update { $0.wrong.append("\(error)") }
        }
    }
}

extension AppAccount {
    /// Trades the refresh token of a pair.
    func renew(_ pair: TokenPair?, on connection: HTTPConnection) throws -> HTTPAnswer {
        try connection.call(
            "POST", "/app/\(id)/renew", key: key,
            body: #"""
                {"refresh_token":"\#(pair?.refreshToken ?? "")","ip":"::1","useragent":"tests"}
                """#)
    }

    /// Ends the session of a pair.
    func logOut(_ pair: TokenPair?, on connection: HTTPConnection) throws -> HTTPAnswer {
        try connection.call(
            "POST", "/app/\(id)/logout", key: key,
            body: #"{"token":"\#(pair?.authToken ?? "")"}"#)
    }
}
