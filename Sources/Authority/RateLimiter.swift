/// A rate with a burst: `perSecond` calls a second on the long run, and as many at once.
package struct RateLimit: Sendable, Equatable {
    package var perSecond: Double

    /// Calls a second that no limit goes below: one a year.
    private static let perSecondMin = 1.0 / 31_536_000

    /// - Parameter perSecond: above 0.
    package init(perSecond: Double) {
        precondition(perSecond > 0)
        self.perSecond = max(perSecond, Self.perSecondMin)
    }

    /// The calls that a window of `windowSeconds` admits at once.
    package var quota: Int64 { toleranceNanoseconds / intervalNanoseconds }
    /// The shortest time, in whole seconds, after which all calls of the quota are admitted again.
    package var windowSeconds: Int64 { (toleranceNanoseconds + 999_999_999) / 1_000_000_000 }

    /// The time that one call uses up, in nanoseconds.
    var intervalNanoseconds: Int64 { max(1, Int64(1_000_000_000 / perSecond)) }
    /// How far ahead of its time a caller may be, in nanoseconds: one second's worth of calls.
    var toleranceNanoseconds: Int64 { max(1_000_000_000, intervalNanoseconds) }
}

/// One shard of the rate limits: the generic cell rate algorithm (GCRA), one number a caller.
///
/// A caller belongs to the shard that its key hashes to, so that all loops together grant it one
/// rate.
package actor RateLimiter {
    /// Whom a limit is kept for: a class of limits and a hash of the caller within it.
    package struct Caller: Hashable, Sendable {
        package let limit: Limit
        package let high: UInt64
        package let low: UInt64

        package init(_ limit: Limit, high: UInt64, low: UInt64) {
            self.limit = limit
            self.high = high
            self.low = low
        }

        /// The shard out of `count` that keeps this caller.
        package func shard(of count: Int) -> Int {
            var mixed = high ^ (low &* 0x9E37_79B9_7F4A_7C15)
            mixed ^= mixed >> 32
            return Int(mixed % UInt64(count))
        }
    }

    /// The classes of limits.
    package enum Limit: Hashable, Sendable {
        case app
        case address
    }

    package enum Decision: Equatable, Sendable {
        case admitted
        /// Refused by this limit; after `retryAfterSeconds`, rounded up, a call would be admitted.
        case refused(by: RateLimit, retryAfterSeconds: Int)
    }

    /// Callers remembered at most. Beyond it those whose time has passed are forgotten, which
    /// changes nothing for them; if none has, a new caller is admitted and not remembered.
    static let callersMax = 65_536
    /// How often it is looked for them, so that a flood of new callers costs no time.
    private static let sweepIntervalNanoseconds: Int64 = 100_000_000

    private let executor: any LoopExecutor
    package nonisolated let unownedExecutor: UnownedSerialExecutor
    private let limits: [Limit: RateLimit]
    /// When each caller would have used up its calls, in Unix nanoseconds: GCRA's theoretical
    /// arrival time.
    private var arrivals: [Caller: Int64] = [:]
    private var nextSweep: Int64 = .min
    /// How many callers are remembered, for tests.
    var callerCount: Int { arrivals.count }

    /// - Parameter limits: classes without a limit admit everybody.
    package init(limits: [Limit: RateLimit], on executor: any LoopExecutor) {
        self.executor = executor
        unownedExecutor = executor.asUnownedSerialExecutor()
        self.limits = limits
    }

    /// Counts a call of `caller` at `now`, in Unix nanoseconds.
    package func admit(_ caller: Caller, at now: Int64) -> Decision {
        guard let limit = limits[caller.limit] else { return .admitted }
        let known = arrivals[caller] ?? now
        // More than the tolerance ahead means that the clock was set back.
        let latest = now + limit.toleranceNanoseconds
        if known > latest { arrivals[caller] = latest }
        let arrival = min(max(known, now), latest)
        let ahead = arrival - now
        let room = limit.toleranceNanoseconds - limit.intervalNanoseconds
        guard ahead <= room else {
            let wait = ahead - room
            return .refused(
                by: limit, retryAfterSeconds: Int((wait + 999_999_999) / 1_000_000_000))
        }
        if arrivals.count >= Self.callersMax && arrivals[caller] == nil {
            forgetPassed(now)
            if arrivals.count >= Self.callersMax { return .admitted }
        }
        arrivals[caller] = arrival + limit.intervalNanoseconds
        return .admitted
    }

    private func forgetPassed(_ now: Int64) {
        // The clock may have been set back since the last time.
        guard now >= nextSweep || nextSweep - now > Self.sweepIntervalNanoseconds else { return }
        nextSweep = now + Self.sweepIntervalNanoseconds
        arrivals = arrivals.filter { $0.value > now }
    }
}
