import TestSupport
import Testing

@testable import SignetAuthority

/// The generic cell rate algorithm, with the clock as an argument.
@Suite("Rate limiter")
struct RateLimiterTests {
    static let second: Int64 = 1_000_000_000
    static let start: Int64 = 1_795_305_600 * second
    private let executor = ManualExecutor()
    private let caller = RateLimiter.Caller(.app, high: 1, low: 0)

    private func limiter(_ limit: RateLimit, _ class: RateLimiter.Limit = .app) -> RateLimiter {
        var limits = RateLimiter.Limits()
        limits.rates = [`class`: limit]
        return RateLimiter(limits, on: executor)
    }

    private func refused(
        _ limit: RateLimit, after seconds: Int, by class: RateLimiter.Limit = .app
    ) -> RateLimiter.Decision {
        .refused(RateLimiter.Refusal(by: `class`, limit, retryAfterSeconds: seconds))
    }

    @Test(
        "admits a period's calls at once, and not one more", arguments: [1, 2, 3, 7, 10, 1000],
        [1, 60])
    func burst(_ count: Int64, _ seconds: Int64) {
        let limit = RateLimit(count, perSeconds: seconds)
        let limiter = limiter(limit)
        #expect(limit.quota == count)
        for _ in 0..<count { #expect(limiter.admit(caller, at: Self.start) == .admitted) }
        let wait = Int((seconds + count - 1) / count)
        for _ in 0..<3 {
            #expect(limiter.admit(caller, at: Self.start) == refused(limit, after: wait))
        }
    }

    @Test("admits the rate and no more on the long run")
    func steady() {
        let limiter = limiter(RateLimit(10, perSeconds: 1))
        var admitted = 0
        // 60 seconds of a call each millisecond.
        for millisecond in 0..<60_000 {
            let now = Self.start + Int64(millisecond) * 1_000_000
            if limiter.admit(caller, at: now) == .admitted { admitted += 1 }
        }
        // The burst, and one each 100 ms until the last millisecond.
        #expect(admitted == 10 + 599)
    }

    @Test("admits again exactly when it said so")
    func retryAfter() {
        let limit = RateLimit(1, perSeconds: 10)
        let limiter = limiter(limit)
        func admit(_ later: Int64) -> RateLimiter.Decision {
            limiter.admit(caller, at: Self.start + later)
        }
        #expect(admit(0) == .admitted)
        #expect(admit(0) == refused(limit, after: 10))
        #expect(admit(1) == refused(limit, after: 10))
        #expect(admit(9 * Self.second) == refused(limit, after: 1))
        #expect(admit(10 * Self.second - 1) == refused(limit, after: 1))
        #expect(admit(10 * Self.second) == .admitted)
    }

    @Test("counts callers apart, and those of classes without a limit not at all")
    func callers() {
        let limiter = limiter(RateLimit(1, perSeconds: 1))
        #expect(limiter.admit(caller, at: Self.start) == .admitted)
        for other in [
            RateLimiter.Caller(.app, high: 2, low: 0), RateLimiter.Caller(.app, high: 1, low: 1),
        ] {
            #expect(limiter.admit(other, at: Self.start) == .admitted)
        }
        let free = RateLimiter.Caller(.address, high: 1, low: 0)
        for _ in 0..<100 { #expect(limiter.admit(free, at: Self.start) == .admitted) }
        #expect(limiter.admit(caller, at: Self.start) != .admitted)
    }

    @Test("does not shut anybody out when the clock is set back")
    func clockGoesBack() {
        let limiter = limiter(RateLimit(1, perSeconds: 1))
        #expect(limiter.admit(caller, at: Self.start + 864_000 * Self.second) == .admitted)
        #expect(limiter.admit(caller, at: Self.start) != .admitted)
        // A batch may have used up a thousand calls, which is as long as that may take.
        #expect(limiter.admit(caller, at: Self.start + 1001 * Self.second) == .admitted)
    }

    @Test("counts a batch as its calls, and admits one over the limit when all of it is there")
    func cost() {
        let limit = RateLimit(10, perSeconds: 10)
        let limiter = limiter(limit)
        #expect(limiter.admit(caller, cost: 7, at: Self.start) == .admitted)
        #expect(limiter.admit(caller, cost: 4, at: Self.start) == refused(limit, after: 1))
        #expect(limiter.admit(caller, cost: 3, at: Self.start) == .admitted)
        let later = Self.start + 10 * Self.second
        #expect(limiter.admit(caller, cost: 500, at: later - 1) == refused(limit, after: 1))
        #expect(limiter.admit(caller, cost: 500, at: later) == .admitted)
        #expect(limiter.admit(caller, at: later) == refused(limit, after: 491))
        #expect(limiter.admit(caller, at: later + 491 * Self.second) == .admitted)
    }

    @Test("takes another limit at once, and none")
    func replaced() throws {
        let limiter = limiter(RateLimit(1, perSeconds: 1000))
        #expect(limiter.admit(caller, at: Self.start) == .admitted)
        #expect(limiter.admit(caller, at: Self.start) != .admitted)
        var limits = RateLimiter.Limits()
        limits.rates = [.app: RateLimit(5000, perSeconds: 1000)]
        try executor.run { [limits] in await limiter.set(limits) }
        #expect(limiter.admit(caller, at: Self.start) == .admitted)
        try executor.run { await limiter.set(RateLimiter.Limits()) }
        for _ in 0..<100_000 { #expect(limiter.admit(caller, at: Self.start) == .admitted) }
    }

    @Test("prefers the limit of a caller's own, unless limits are off")
    func own() throws {
        let limiter = limiter(RateLimit(1, perSeconds: 1000))
        let own = RateLimit(2, perSeconds: 1000)
        #expect(limiter.admit(caller, own: own, at: Self.start) == .admitted)
        #expect(limiter.admit(caller, own: own, at: Self.start) == .admitted)
        #expect(limiter.admit(caller, own: own, at: Self.start) == refused(own, after: 500))
        try executor.run { await limiter.set(RateLimiter.Limits()) }
        #expect(limiter.admit(caller, own: own, at: Self.start) == .admitted)
    }

    @Test("grants one rate to a caller that comes to all loops at once")
    func threads() async {
        let limiter = limiter(RateLimit(10_000, perSeconds: 1000))
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<10_000).count { _ in limiter.admit(caller, at: Self.start) == .admitted }
                }
            }
            return await group.reduce(0, +)
        }
        // Two threads that begin at the same moment may put the caller in two places.
        #expect((10_000...10_003).contains(admitted))
    }

    @Test("a crowd of new callers switches nobody's limit off, and takes no memory")
    func crowd() {
        let limit = RateLimit(10, perSeconds: 10)
        let limiter = limiter(limit, .address)
        func admit(_ number: UInt64) -> RateLimiter.Decision {
            limiter.admit(RateLimiter.Caller(.address, high: number, low: 4), at: Self.start)
        }
        for _ in 0..<10 { #expect(admit(1) == .admitted) }
        for number in 2..<(1 << 21) as Range<UInt64> {
            _ = admit(number)
            guard number % 10_007 == 0 else { continue }
            #expect(admit(1) != .admitted)
        }
        // Nor is anybody kept out by it, however low the limit.
        for number in (1 << 22)..<(1 << 22) + 100 as Range<UInt64> {
            #expect(admit(number) == .admitted)
        }
        // The table is one MiB: all of its places are in use.
        #expect(RateLimiter.setCount * 128 == 1 << 20)
    }

    @Test("tells nobody apart by less than what makes a caller")
    func origins() {
        let limit = RateLimit(1, perSeconds: 1000)
        let limiter = limiter(limit, .address)
        func admit(_ high: UInt64, _ low: UInt64, isLocal: Bool = false) -> RateLimiter.Decision {
            limiter.admit(
                RateLimiter.Origin(high: high, low: low, isLocal: isLocal), at: Self.start)
        }
        #expect(admit(7, 4) == .admitted)
        #expect(admit(7, 6) == .admitted)
        #expect(admit(7, 4) == refused(limit, after: 1000, by: .address))
        #expect(admit(7, 4, isLocal: true) == .admitted)
    }
}
