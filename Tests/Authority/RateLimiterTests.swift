import TestSupport
import Testing

@testable import SignetAuthority

/// The generic cell rate algorithm, with the clock as an argument.
@Suite("Rate limiter")
struct RateLimiterTests {
    private static let second: Int64 = 1_000_000_000
    private static let start: Int64 = 1_795_305_600 * second
    private let executor = ManualExecutor()
    private let caller = RateLimiter.Caller(.app, high: 1, low: 0)

    private func limiter(_ perSecond: Double) -> RateLimiter {
        RateLimiter(limits: [.app: RateLimit(perSecond: perSecond)], on: executor)
    }

    private func admit(
        _ limiter: RateLimiter, _ caller: RateLimiter.Caller, _ now: Int64
    ) throws -> RateLimiter.Decision {
        try executor.run { await limiter.admit(caller, at: now) }
    }

    @Test("admits a second's calls at once, and not one more", arguments: [1.0, 2, 3, 7, 10, 1000])
    func burst(_ rate: Double) throws {
        let limiter = limiter(rate)
        for _ in 0..<Int(rate) {
            #expect(try admit(limiter, caller, Self.start) == .admitted)
        }
        for _ in 0..<3 {
            #expect(
                try admit(limiter, caller, Self.start)
                    == .refused(by: RateLimit(perSecond: rate), retryAfterSeconds: 1))
        }
    }

    @Test("admits the rate and no more on the long run")
    func steady() throws {
        let limiter = limiter(10)
        var admitted = 0
        // 60 seconds of a call each millisecond.
        for millisecond in 0..<60_000 {
            let now = Self.start + Int64(millisecond) * 1_000_000
            if try admit(limiter, caller, now) == .admitted { admitted += 1 }
        }
        // The burst, and one each 100 ms until the last millisecond.
        #expect(admitted == 10 + 599)
    }

    @Test("admits again exactly when it said so")
    func retryAfter() throws {
        let limiter = limiter(0.1)
        #expect(try admit(limiter, caller, Self.start) == .admitted)
        let limit = RateLimit(perSecond: 0.1)
        #expect(
            try admit(limiter, caller, Self.start) == .refused(by: limit, retryAfterSeconds: 10))
        #expect(
            try admit(limiter, caller, Self.start + 1)
                == .refused(by: limit, retryAfterSeconds: 10))
        #expect(
            try admit(limiter, caller, Self.start + 9 * Self.second)
                == .refused(by: limit, retryAfterSeconds: 1))
        #expect(
            try admit(limiter, caller, Self.start + 10 * Self.second - 1)
                == .refused(by: limit, retryAfterSeconds: 1))
        #expect(try admit(limiter, caller, Self.start + 10 * Self.second) == .admitted)
        #expect(limit.quota == 1)
        #expect(limit.windowSeconds == 10)
    }

    @Test("counts callers apart, and those of classes without a limit not at all")
    func callers() throws {
        let limiter = limiter(1)
        #expect(try admit(limiter, caller, Self.start) == .admitted)
        for other in [
            RateLimiter.Caller(.app, high: 2, low: 0), RateLimiter.Caller(.app, high: 1, low: 1),
        ] {
            #expect(try admit(limiter, other, Self.start) == .admitted)
        }
        let free = RateLimiter.Caller(.address, high: 1, low: 0)
        for _ in 0..<100 { #expect(try admit(limiter, free, Self.start) == .admitted) }
        #expect(try admit(limiter, caller, Self.start) != .admitted)
    }

    @Test("does not shut anybody out when the clock is set back")
    func clockGoesBack() throws {
        let limiter = limiter(1)
        #expect(try admit(limiter, caller, Self.start + 3600 * Self.second) == .admitted)
        #expect(
            try admit(limiter, caller, Self.start)
                == .refused(by: RateLimit(perSecond: 1), retryAfterSeconds: 1))
        #expect(try admit(limiter, caller, Self.start + Self.second) == .admitted)
    }

    @Test("remembers a bounded number of callers, and forgets those whose time has passed")
    func memory() throws {
        let limiter = limiter(1)
        let count = RateLimiter.callersMax
        try executor.run {
            await limiter.admitAll(count + 5000, at: Self.start)
        }
        #expect(try executor.run { await limiter.callerCount } == count)
        // Those that are remembered are limited still.
        #expect(
            try admit(limiter, RateLimiter.Caller(.app, high: 0, low: 0), Self.start) != .admitted)
        // Two seconds later all may be forgotten, when the next new caller comes.
        let later = Self.start + 2 * Self.second
        let new = RateLimiter.Caller(.app, high: UInt64(count) + 9000, low: 0)
        #expect(try admit(limiter, new, later) == .admitted)
        #expect(try executor.run { await limiter.callerCount } == 1)
    }

    @Test("spreads callers over the shards, each always to the same one")
    func shards() {
        var counts = [0, 0, 0, 0]
        for high in 0..<1000 as Range<UInt64> {
            let caller = RateLimiter.Caller(.app, high: high, low: high &* 3)
            let shard = caller.shard(of: 4)
            #expect(caller.shard(of: 4) == shard)
            #expect(caller.shard(of: 1) == 0)
            counts[shard] += 1
        }
        for count in counts { #expect((150...350).contains(count)) }
    }
}

extension RateLimiter {
    /// One call each of `count` callers.
    fileprivate func admitAll(_ count: Int, at now: Int64) {
        for number in 0..<count {
            _ = admit(Caller(.app, high: UInt64(number), low: 0), at: now)
        }
    }
}
