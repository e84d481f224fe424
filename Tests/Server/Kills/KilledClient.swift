import Foundation
import TestSupport

/// A server that is about to be killed, and what is needed to call it.
struct KilledServer: Sendable {
    let port: Int
    let rootKey: String
    let data: String
    let folder: TemporaryFolder

    func connect() throws -> HTTPConnection { try HTTPConnection(port: port) }
}

/// A client that remembers what it was answered, and looks afterwards whether it is so. One thread at a time
/// has it: its own during a round, then the one that checks.
protocol KilledClient: AnyObject, Sendable {
    /// Calls the server until that goes away, and tells each answer.
    func work(
        _ server: KilledServer, _ random: inout SeededGenerator, answered: () -> Void) throws

    /// Throws what is not as it was answered, and settles what was in doubt: it was done or not, but whole.
    ///
    /// - Parameters:
    ///   - all: looks at everything, not only at what is new and at some of the rest.
    func check(
        _ server: KilledServer, _ random: inout SeededGenerator, all: Bool) throws
}

/// Something that was answered and is not so.
struct Lost: Error, CustomStringConvertible {
    let description: String
}

/// Throws what was lost unless `condition` holds.
func expect(_ condition: Bool, _ lost: @autoclosure () -> String) throws(Lost) {
    if !condition { throw Lost(description: lost()) }
}

/// Whether an error says no more than that the server has gone.
func isGone(_ error: any Error) -> Bool {
    switch error as? HTTPConnection.Failure {
    case .closed, .truncated: true
    case .noConnection(let number): number == ECONNREFUSED || number == ECONNRESET
    default: false
    }
}
