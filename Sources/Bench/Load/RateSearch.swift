/// Looks for the highest rate that a server keeps up with, by halving. A pure value: it is told how
/// each rate went.
package struct RateSearch: Sendable {
    /// The search ends when the highest good rate and the lowest bad one are this close.
    private static let precision = 1.03
    private static let stepsMax = 16

    /// The highest rate that was good; nil when none was yet.
    package private(set) var highestGood: Double?
    private var lowestBad: Double?
    private var candidate: Double
    private let least: Double
    private var steps = 0

    /// - Parameters:
    ///   - capacity: about what the server does in a closed loop, in requests a second.
    ///   - least: rates below are not tried.
    package init(capacity: Double, least: Double = 1) {
        precondition(capacity > 0)
        self.least = least
        // Where the answers come late is mostly below what the server can do.
        candidate = capacity * 0.8
    }

    /// The rate to try; nil when the search has ended.
    package var next: Double? {
        guard steps < Self.stepsMax, candidate >= least else { return nil }
        if let highestGood, let lowestBad, lowestBad / highestGood <= Self.precision { return nil }
        return candidate
    }

    /// Takes note of how the rate `next` went.
    package mutating func tried(isGood: Bool) {
        steps += 1
        if isGood { highestGood = candidate } else { lowestBad = candidate }
        switch (highestGood, lowestBad) {
        case (let good?, let bad?): candidate = (good + bad) / 2
        case (let good?, nil): candidate = good * 1.25
        case (nil, _): candidate /= 2
        }
    }
}
