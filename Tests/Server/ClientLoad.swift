import Foundation
import TestSupport

/// Clients that call a server again and again, each on a thread and a connection of its own, until the
/// server goes away or they are told to stop.
final class ClientLoad<Seen: Sendable>: Sendable {
    struct Tally: Sendable {
        /// What the answers said.
        var seen: Seen
        var answers = 0
        /// Answers that were not what they should be, or broke off in the middle.
        var wrong: [String] = []
        var mustStop = false
        /// Clients that have not connected yet.
        fileprivate var connecting: Int
        fileprivate var running: Int
    }

    private let tally: Watched<Tally>

    /// - Parameters:
    ///   - port: of the server.
    ///   - seen: when nothing was answered yet.
    ///   - client: what one client does, which has this index; it notes in the tally what it was answered, and
    ///     throws when an answer is wrong.
    init(
        _ count: Int, port: Int, seen: Seen,
        client: @escaping @Sendable (Int, HTTPConnection, Watched<Tally>) throws -> Void
    ) {
        let tally = Watched(Tally(seen: seen, connecting: count, running: count))
        self.tally = tally
        for index in 0..<count {
            Thread.detachNewThread {
                do {
                    let connection = try HTTPConnection(port: port)
                    tally.update { $0.connecting -= 1 }
                    try client(index, connection, tally)
                } catch HTTPConnection.Failure.closed {
                    // The server went away between two answers.
                } catch {
                    tally.update { $0.wrong.append("\(error)") }
                }
                tally.update { $0.running -= 1 }
            }
        }
    }

    /// Calls that were answered so far.
    var answers: Int { tally.current.answers }

    /// Waits until so many calls were answered, and every client has connected.
    func wait(forAnswers count: Int) throws {
        let reached = tally.wait(atMostSeconds: 300) {
            ($0.answers >= count && $0.connecting == 0) || !$0.wrong.isEmpty || $0.running == 0
        }
        guard let reached, reached.answers >= count, reached.wrong.isEmpty else {
            let first = tally.current.wrong.first ?? "no answer was wrong"
            throw ChildProcess.Failure.tooSlow("the load did not get \(count) answers: \(first)")
        }
    }

    /// Waits until every client has ended, and returns what they saw. Throws when an answer was wrong.
    func finish(mustStop: Bool = false) throws -> Seen {
        tally.update { $0.mustStop = mustStop }
        guard let end = tally.wait(atMostSeconds: 300, until: { $0.running == 0 }) else {
            throw ChildProcess.Failure.tooSlow("connections of the load still wait")
        }
        if let first = end.wrong.first { throw UnexpectedAnswer(description: first) }
        return end.seen
    }
}
