/// What went wrong during a run, warm-up included, by kind.
package struct LoadErrors: Sendable, Equatable {
    /// Connections that could not be made.
    package internal(set) var connectFailures = 0
    /// Connections that broke, or ended, while answers were due.
    package internal(set) var resets = 0
    /// Connections given up because an answer did not come in time.
    package internal(set) var timeouts = 0
    /// Requests of an open loop that were due and never sent: no connection was free in time.
    package internal(set) var unsent = 0
    /// Connections given up because what came is not an answer.
    package internal(set) var malformed = 0
    /// Answers with the right status and a body that is not what was expected.
    package internal(set) var unexpectedBodies = 0
    /// Sampled tokens that the right key did not sign.
    package internal(set) var badSignatures = 0
    /// Answers with another status than a good one's, by status.
    package internal(set) var statuses: [Int: Int] = [:]

    package init() {}

    /// All of them.
    package var total: Int {
        connectFailures + resets + timeouts + unsent + malformed + unexpectedBodies + badSignatures
            + statuses.values.reduce(0, +)
    }

    /// The kinds that occurred, in a line: `resets: 3, status 503: 12`.
    package var summary: String {
        kinds.map { "\($0.name): \(FigureText.whole(Double($0.count)))" }.joined(separator: ", ")
    }

    /// Each kind that occurred, with a name for people.
    var kinds: [(name: String, count: Int)] {
        let named = [
            ("connect failures", connectFailures), ("resets", resets), ("time-outs", timeouts),
            ("never sent", unsent), ("malformed answers", malformed),
            ("unexpected bodies", unexpectedBodies), ("bad signatures", badSignatures),
        ]
        let byStatus = statuses.sorted { $0.key < $1.key }.map { ("status \($0.key)", $0.value) }
        return (named + byStatus).filter { $0.1 > 0 }.map { (name: $0.0, count: $0.1) }
    }

    mutating func add(_ other: LoadErrors) {
        connectFailures += other.connectFailures
        resets += other.resets
        timeouts += other.timeouts
        unsent += other.unsent
        malformed += other.malformed
        unexpectedBodies += other.unexpectedBodies
        badSignatures += other.badSignatures
        statuses.merge(other.statuses, uniquingKeysWith: +)
    }
}
