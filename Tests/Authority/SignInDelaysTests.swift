import TestSupport
import Testing

@testable import SignetAuthority

/// What failed sign-ins come to, with the clock as an argument.
@Suite("Delays after failed sign-ins")
struct SignInDelaysTests {
    private static let second: Int64 = 1_000_000_000
    private static let longest: Int64 = 900

    /// A limiter with nothing but delays, and the clock.
    private final class Clock {
        let limiter: RateLimiter
        var now = RateLimiterTests.start

        init(longest: Int64 = SignInDelaysTests.longest) {
            var limits = RateLimiter.Limits()
            limits.signInDelaySecondsMax = longest
            limiter = RateLimiter(limits, on: ManualExecutor())
        }

        func pass(_ seconds: Int) { now += Int64(seconds) * SignInDelaysTests.second }

        /// Tries a password: how long it has to wait, in seconds; 0 when it was tried.
        func tries(
            _ login: String, from address: UInt64, isRight: Bool = false, isLocal: Bool = false
        ) -> Int {
            let decision = limiter.beginSignIn(
                .login(Array(login.utf8)),
                from: .init(high: address, low: 4, isLocal: isLocal), at: now)
            switch decision {
            case .admitted(let attempt):
                limiter.finish(attempt, isRight: isRight, at: now)
                return 0
            case .refused(let refusal):
                #expect(refusal.by == .failedSignIn)
                #expect(refusal.retryAfterSeconds > 0)
                return refusal.retryAfterSeconds
            }
        }
    }

    @Test("grow with each failure of an account from an address, after five, up to the longest")
    func growth() {
        let clock = Clock()
        for _ in 0..<5 { #expect(clock.tries("ann", from: 1) == 0) }
        // The sixth is tried, and its failure delays the next.
        var expected = 1
        #expect(clock.tries("ann", from: 1) == 0)
        while expected <= 512 {
            let wait = clock.tries("ann", from: 1)
            #expect(wait == expected)
            clock.pass(wait - 1)
            #expect(clock.tries("ann", from: 1) == 1)
            clock.pass(1)
            #expect(clock.tries("ann", from: 1) == 0)
            expected *= 2
        }
        for _ in 0..<50 { clock.pass(clock.tries("ann", from: 1)) }
        // For ever as slow as that: about one in the longest delay.
        let before = clock.now
        var tried = 0
        while tried < 100 {
            let wait = clock.tries("ann", from: 1)
            #expect(wait <= Self.longest)
            if wait == 0 { tried += 1 } else { clock.pass(wait) }
        }
        #expect((clock.now - before) / Self.second > 90 * Self.longest / 2)
    }

    @Test("are over with a right password, and are forgotten with time")
    func forgiven() {
        let clock = Clock()
        for _ in 0..<5 { #expect(clock.tries("ann", from: 1) == 0) }
        #expect(clock.tries("ann", from: 1, isRight: true) == 0)
        for _ in 0..<5 { #expect(clock.tries("ann", from: 1) == 0) }
        clock.pass(6 * 900)
        for _ in 0..<5 { #expect(clock.tries("ann", from: 1) == 0) }
        #expect(clock.tries("ANN", from: 1) == 0)
        #expect(clock.tries("Ann", from: 1) == 1)
    }

    @Test("are not there when they are switched off")
    func off() {
        let clock = Clock(longest: 0)
        for _ in 0..<1000 { #expect(clock.tries("ann", from: 1) == 0) }
    }

    @Test("tell nobody whether there is such an account, nor touch others from other addresses")
    func apart() {
        let clock = Clock()
        for _ in 0..<7 { _ = clock.tries("ann", from: 1) }
        #expect(clock.tries("ann", from: 1) > 0)
        #expect(clock.tries("bob", from: 1) == 0)
        #expect(clock.tries("ann", from: 2) == 0)
    }

    /// 200 addresses fail at an account until all of them have to wait.
    private func attack(_ clock: Clock, _ login: String = "ann") {
        for _ in 0..<5 {
            for address in 1000..<1200 as Range<UInt64> { _ = clock.tries(login, from: address) }
            clock.pass(1)
        }
    }

    @Test("never hold an owner where it has signed in before, whatever strangers do")
    func known() {
        let clock = Clock()
        #expect(clock.tries("ann", from: 1, isRight: true) == 0)
        attack(clock)
        // Every other stranger, at the least, has to wait.
        let strangers = 2000..<2400 as Range<UInt64>
        #expect(strangers.count { clock.tries("ann", from: $0) > 0 } > 100)
        // All from there, as often as it likes, and a few slips, too.
        for _ in 0..<100 { #expect(clock.tries("ann", from: 1, isRight: true) == 0) }
        for _ in 0..<5 { #expect(clock.tries("ann", from: 1) == 0) }
        #expect(clock.tries("ann", from: 1, isRight: true) == 0)
        // Even when strangers at that very address fail at other accounts.
        for number in 0..<200 { _ = clock.tries("user\(number)", from: 1) }
        #expect(clock.tries("ann", from: 1, isRight: true) == 0)
        // A month later the address is a stranger's again.
        clock.pass(31 * 86_400)
        attack(clock)
        var waits = 0
        for _ in 0..<4 {
            if clock.tries("ann", from: 1) > 0 { waits += 1 }
            clock.pass(2)
        }
        #expect(waits > 0)
    }

    @Test("serve an owner at a new address who comes as told, however many strangers come")
    func newAddress() {
        let clock = Clock()
        for owner in 1...50 as ClosedRange<UInt64> {
            attack(clock)
            var waited = 0
            while true {
                let wait = clock.tries("ann", from: owner, isRight: true)
                guard wait > 0 else { break }
                waited += wait
                // Meanwhile everybody else comes every second.
                for _ in 0..<wait {
                    for address in 1000..<1100 as Range<UInt64> {
                        _ = clock.tries("ann", from: address)
                    }
                    clock.pass(1)
                }
            }
            // Twice the longest, since the delay may have grown meanwhile.
            #expect(waited <= 128, "owner \(owner)")
        }
    }

    @Test("leave a crowd of strangers few tries at one account")
    func crowd() {
        let clock = Clock()
        attack(clock)
        clock.pass(64)
        var tried = 0
        // 1000 fresh addresses, each every second for two minutes.
        for _ in 0..<120 {
            for address in 5000..<6000 as Range<UInt64>
            where clock.tries("ann", from: address) == 0 { tried += 1 }
            clock.pass(1)
        }
        // Each at the first glance, and then in one moment of 64 seconds.
        #expect(tried <= 3000)
        #expect(tried >= 1000)
    }

    @Test("slow down an address that tries one password at many accounts")
    func spraying() {
        let clock = Clock()
        var tried = 0
        for number in 0..<10_000 {
            if clock.tries("user\(number)", from: 1) == 0 { tried += 1 }
            if number % 100 == 99 { clock.pass(1) }
        }
        #expect((51...90).contains(tried))
        #expect(clock.tries("user1", from: 2) == 0)
        // This machine may be everybody behind a proxy that is not declared.
        for number in 0..<200 {
            #expect(clock.tries("local\(number)", from: 3, isLocal: true) == 0)
        }
    }

    @Test("let one try at a time through, once something has failed")
    func parallel() {
        let clock = Clock()
        for _ in 0..<6 { #expect(clock.tries("ann", from: 1) == 0) }
        clock.pass(1)
        let login = User.Key.login(Array("ann".utf8))
        let origin = RateLimiter.Origin(high: 1, low: 4, isLocal: false)
        guard case .admitted = clock.limiter.beginSignIn(login, from: origin, at: clock.now) else {
            Issue.record("it was its turn")
            return
        }
        // Nothing is known of the first yet.
        guard case .refused = clock.limiter.beginSignIn(login, from: origin, at: clock.now) else {
            Issue.record("two at a time")
            return
        }
    }

    @Test("do not come from a clock that was set back")
    func clockGoesBack() {
        let clock = Clock()
        clock.pass(864_000)
        for _ in 0..<20 { clock.pass(clock.tries("ann", from: 1)) }
        clock.now = RateLimiterTests.start
        #expect(clock.tries("ann", from: 1) <= 900)
        var waited = 0
        while true {
            let wait = clock.tries("ann", from: 1, isRight: true)
            guard wait > 0 else { break }
            waited += wait
            clock.pass(wait)
            guard waited < 2000 else { break }
        }
        #expect(waited <= 900)
    }
}
