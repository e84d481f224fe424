/// A rate with a burst: `count` calls in each period on the long run, and as many at once.
package struct RateLimit: Sendable, Equatable {
    /// At least 1.
    package let count: Int64
    package let periodSeconds: Int64
    /// The time that one call uses up, in nanoseconds.
    let intervalNanoseconds: Int64

    /// A year: no limit counts over more.
    private static let periodSecondsMax: Int64 = 31_536_000

    /// - Parameters:
    ///   - count: above 0.
    ///   - seconds: above 0.
    package init(_ count: Int64, perSeconds seconds: Int64) {
        precondition(count > 0 && seconds > 0)
        self.count = count
        periodSeconds = min(seconds, Self.periodSecondsMax)
        intervalNanoseconds = max(1, periodSeconds * 1_000_000_000 / count)
    }

    /// What `init` made of a limit before; it divides.
    init(_ count: Int64, periodSeconds: Int64, intervalNanoseconds: Int64) {
        self.count = count
        self.periodSeconds = periodSeconds
        self.intervalNanoseconds = intervalNanoseconds
    }

    /// The calls that are admitted at once.
    package var quota: Int64 { windowNanoseconds / intervalNanoseconds }

    /// How far ahead of its time a caller may be, in nanoseconds: one period's worth of calls.
    var windowNanoseconds: Int64 { periodSeconds * 1_000_000_000 }
}
