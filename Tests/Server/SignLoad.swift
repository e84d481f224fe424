import Foundation
import TestSupport

/// Many connections that sign one pair after the other, each on a thread of its own, until the
/// server goes away or they are told to stop.
final class SignLoad: Sendable {
    struct Tally {
        var pairs: [TokenPair] = []
        /// Answers other than 200, and answers that broke off in the middle.
        var wrong: [String] = []
        var running = 0
        var mustStop = false
    }

    private let tally: Watched<Tally>

    init(_ connections: Int, app: AppAccount, port: Int) {
        let tally = Watched(Tally(running: connections))
        self.tally = tally
        for _ in 0..<connections {
            Thread.detachNewThread {
                Self.run(app, port, tally)
                tally.update { $0.running -= 1 }
            }
        }
    }

    /// Waits until so many pairs were answered.
    func wait(forPairs count: Int) throws {
        let reached = tally.wait(atMostSeconds: 60) {
            $0.pairs.count >= count || !$0.wrong.isEmpty || $0.running == 0
        }
        guard let reached, reached.pairs.count >= count, reached.wrong.isEmpty else {
            let first = tally.current.wrong.first ?? "no answer was wrong"
            throw ChildProcess.Failure.tooSlow("the load did not get \(count) pairs: \(first)")
        }
    }

    /// Waits until every connection has ended, and returns what they saw.
    func finish(mustStop: Bool = false) throws -> Tally {
        tally.update { $0.mustStop = mustStop }
        guard let end = tally.wait(atMostSeconds: 60, until: { $0.running == 0 }) else {
            throw ChildProcess.Failure.tooSlow("connections of the load still wait")
        }
        return end
    }

    private static func run(_ app: AppAccount, _ port: Int, _ tally: Watched<Tally>) {
        do {
            let connection = try HTTPConnection(port: port)
            while !tally.current.mustStop {
                let answer = try app.sign(on: connection)
                let pair = Result { try TokenPair(answer) }
                tally.update {
                    switch pair {
                    case .success(let pair): $0.pairs.append(pair)
                    case .failure(let error): $0.wrong.append("\(error)")
                    }
                }
                if answer.fields["connection"] == "close" { return }
            }
        } catch HTTPConnection.Failure.closed {
            // The server went away between two answers.
        } catch {
            tally.update { $0.wrong.append("\(error)") }
        }
    }
}
