internal import Synchronization

/// The rate limits of a server: the generic cell rate algorithm (GCRA), one number a caller, and the delays
/// after failed sign-ins (`SignInDelays`).
///
/// Any loop counts calls, at once and without a lock: all loops together grant a caller one rate. The actor
/// owns what may be changed while the server runs.
package actor RateLimiter {
    /// The classes of limits.
    package enum Limit: Int, Sendable, CaseIterable {
        /// Calls that an app's key authenticates.
        case app
        /// All other calls of an address.
        case address
        /// Sign-ins by password of one account from one address, right or wrong.
        case signIn
        /// Sign-ins that fail, which `SignInDelays` counts.
        case failedSignIn

        /// What answers call it (`RateLimit-Policy`).
        package var name: StaticString {
            switch self {
            case .app: "app"
            case .address: "address"
            case .signIn: "sign-in"
            case .failedSignIn: "failed-sign-in"
            }
        }
    }

    /// What limits callers, of all classes.
    package struct Limits: Sendable, Equatable {
        /// Classes without a limit admit everybody.
        package var rates: [Limit: RateLimit] = [:]
        /// The longest that failed sign-ins delay the next one; 0 for no delays.
        package var signInDelaySecondsMax: Int64 = 0

        package init() {}
    }

    /// Whom a limit is kept for.
    package struct Caller: Sendable {
        package let limit: Limit
        package let high: UInt64
        package let low: UInt64

        package init(_ limit: Limit, high: UInt64, low: UInt64) {
            self.limit = limit
            self.high = high
            self.low = low
        }
    }

    /// Where a call comes from: an IPv4 address, or 64 bits of an IPv6 address, since whoever has one has
    /// them all.
    package struct Origin: Sendable {
        package let high: UInt64
        package let low: UInt64
        /// Whether it is this machine: its operator, or everybody behind a proxy that is not declared. No limit
        /// of an address holds it.
        package let isLocal: Bool

        package init(high: UInt64, low: UInt64, isLocal: Bool) {
            self.high = high
            self.low = low
            self.isLocal = isLocal
        }
    }

    /// Why a call is not admitted.
    package struct Refusal: Equatable, Sendable {
        package let by: Limit
        package let limit: RateLimit
        /// After this time, rounded up, a call would be admitted.
        package let retryAfterSeconds: Int

        package init(by: Limit, _ limit: RateLimit, retryAfterSeconds: Int) {
            self.by = by
            self.limit = limit
            self.retryAfterSeconds = retryAfterSeconds
        }
    }

    package enum Decision: Equatable, Sendable {
        case admitted
        case refused(Refusal)
    }

    /// What becomes of a sign-in that is to be tried.
    package enum SignInDecision: Sendable {
        /// It may be tried, and `finish` wants to know what came of it.
        case admitted(SignInDelays.Attempt?)
        case refused(Refusal)
    }

    /// The most calls that one request may count as: the items of a batch.
    private static let costMax: Int64 = 1000
    /// Sets of each table: 65,536 callers in one MiB.
    static let setCount = 8192

    private let executor: any LoopExecutor
    package nonisolated let unownedExecutor: UnownedSerialExecutor
    private nonisolated let rates = SharedRates()
    private nonisolated let tables: [ArrivalTable]
    /// The delays after failed sign-ins.
    nonisolated let signIns: SignInDelays
    private nonisolated let mixer: KeyMixer

    /// - Parameter executor: where limits are replaced.
    package init(_ limits: Limits, on executor: any LoopExecutor) {
        self.executor = executor
        unownedExecutor = executor.asUnownedSerialExecutor()
        let mixer = KeyMixer()
        self.mixer = mixer
        // A class has its own, so that no crowd of addresses can push an app out.
        tables = Limit.allCases.map { _ in ArrivalTable(setCount: Self.setCount) }
        signIns = SignInDelays(mixer, setCount: Self.setCount)
        rates.set(limits.rates)
        signIns.delaySecondsMax.set(limits.signInDelaySecondsMax)
    }

    /// Puts other limits in force, for all loops at once. What another limit counted is forgotten; failed sign-ins
    /// are not.
    package func set(_ limits: Limits) {
        rates.set(limits.rates)
        signIns.delaySecondsMax.set(limits.signInDelaySecondsMax)
    }

    /// Counts a call of `caller`.
    ///
    /// - Parameters:
    ///   - own: a limit of this caller's own; nil for that of the class.
    ///   - cost: the calls that it counts as, from 1 on. One that is more than the quota is admitted when all of
    ///     the quota is there, and used up at length.
    ///   - now: in Unix nanoseconds.
    package nonisolated func admit(
        _ caller: Caller, own: RateLimit? = nil, cost: Int = 1, at now: Int64
    ) -> Decision {
        // Whoever switches the limits off switches all of them off.
        guard let shared = rates[caller.limit] else { return .admitted }
        return admit(caller, within: own ?? shared, cost: cost, at: now)
    }

    /// Counts a call that shows no app's key.
    package nonisolated func admit(_ origin: Origin, at now: Int64) -> Decision {
        guard !origin.isLocal else { return .admitted }
        return admit(Caller(.address, high: origin.high, low: origin.low), at: now)
    }

    /// Counts a sign-in by password that is to be tried, before the password is looked at.
    ///
    /// - Parameter account: what was typed, whether or not there is such an account.
    package nonisolated func beginSignIn(
        _ account: User.Key, from origin: Origin, at now: Int64
    ) -> SignInDecision {
        let number = account.number(mixer)
        let pair = mixer.key(number, origin.high, origin.low)
        if !origin.isLocal,
            case .refused(let refusal) = admit(Caller(.signIn, high: pair, low: 0), at: now)
        {
            return .refused(refusal)
        }
        let (attempt, wait) = signIns.begin(
            account: number, address: (origin.high, origin.low), isLocal: origin.isLocal, at: now)
        guard wait > 0 else { return .admitted(attempt) }
        return .refused(
            Refusal(by: .failedSignIn, signIns.limit, retryAfterSeconds: wait.wholeSeconds))
    }

    /// Notes what came of a sign-in. One that could not be tried to its end needs no call.
    package nonisolated func finish(
        _ attempt: SignInDelays.Attempt?, isRight: Bool, at now: Int64
    ) {
        guard let attempt else { return }
        if isRight { signIns.succeed(attempt, at: now) } else { signIns.fail(attempt, at: now) }
    }

    private nonisolated func admit(
        _ caller: Caller, within limit: RateLimit, cost: Int, at now: Int64
    ) -> Decision {
        let interval = limit.intervalNanoseconds
        let window = limit.windowNanoseconds
        let charge = interval * min(Int64(cost), Self.costMax)
        let room = max(0, window - charge)
        var wait: Int64 = 0
        // Another limit counts anew: whoever raises one wants that to be felt at once.
        let key = mixer.key(
            UInt64(caller.limit.rawValue), caller.high, caller.low ^ UInt64(interval) << 8)
        tables[caller.limit.rawValue].change(key) { time, isNew in
            // A new caller goes on where who had its place was, but is admitted: so no crowd of callers gets much more
            // than the places have, and none keeps others out.
            let known = isNew ? min(time, now + room) : time
            // Further ahead than that means that the clock was set back.
            let latest = now + window + interval * Self.costMax
            let arrival = min(max(known, now), latest)
            wait = arrival - now - room
            guard wait > 0 else { return arrival + charge }
            return known > latest ? latest : nil
        }
        guard wait > 0 else { return .admitted }
        return .refused(Refusal(by: caller.limit, limit, retryAfterSeconds: wait.wholeSeconds))
    }
}

extension Int64 {
    /// Nanoseconds as seconds, rounded up.
    var wholeSeconds: Int { Int((self + 999_999_999) / 1_000_000_000) }
}

extension User.Key {
    /// A number for what was typed, whatever the case of its letters.
    fileprivate func number(_ mixer: KeyMixer) -> UInt64 {
        switch self {
        case .id(let id): mixer.key(1, UInt64(bitPattern: id), 0)
        case .login(let text): mixer.key(2, mixer.number(text), 0)
        case .email(let text): mixer.key(3, mixer.number(text), 0)
        }
    }
}
