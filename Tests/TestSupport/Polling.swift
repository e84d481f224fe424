/// Asks again and again for what no event tells of. Its minute is a guard, not a bound: how long it takes is the
/// machine's business, and what it came to is for the test to expect.
package enum Polling {
    /// The first answer of `ask` that is wanted, or the last one of the minute.
    package static func last<Answer>(
        _ ask: () throws -> Answer, until isWanted: (Answer) throws -> Bool
    ) rethrows -> Answer {
        let end = ContinuousClock.now + .seconds(60)
        var answer = try ask()
        while try !isWanted(answer), ContinuousClock.now < end { answer = try ask() }
        return answer
    }

    /// Whether it is so within the minute.
    package static func reaches(_ isReached: () throws -> Bool) rethrows -> Bool {
        try last(isReached) { $0 }
    }
}
