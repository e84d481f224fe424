internal import Synchronization

/// The delays after failed sign-ins by password. They grow, and nobody is locked out:
///
/// - Each account has its own delay for each address: five failures are free, then 1, 2, 4 … seconds up to a
///   longest. Others' failures do not matter to it.
/// - An address from which an account was signed in to before is known to it, and nothing but that delay holds it.
/// - Strangers to an account that fails often (`account`) each have a moment of two seconds in every period of up
///   to 64, by a hash of account and address. Whoever comes as told is served, however many others come.
/// - Strangers to any account, from an address that fails often (`address`), come one after the other.
///
/// What was typed counts, whether or not there is such an account, so that no delay tells.
///
/// Any loop asks, without a lock. `now` is in Unix nanoseconds everywhere.
package struct SignInDelays: Sendable {
    /// A sign-in that was let in, until it has failed or succeeded.
    package struct Attempt: Sendable {
        fileprivate let account: UInt64
        fileprivate let address: UInt64
        /// The account and the address together.
        fileprivate let pair: UInt64
        fileprivate let isKnown: Bool
        /// Whether the address is this machine's, which stands for everybody behind a proxy of it.
        fileprivate let isLocal: Bool
    }

    /// How failures become delays.
    private struct Scale {
        /// Failures that delay nothing.
        let free: Int64
        /// Failures that are counted; further ones change nothing.
        let max: Int64
        /// How long each is remembered, one after the other.
        let forgetSeconds: Int64
    }

    /// Failures of an address at all accounts together, and of strangers at one account.
    private static let addressScale = Scale(free: 50, max: 50 + 40, forgetSeconds: 60)
    private static let accountScale = Scale(free: 20, max: 20 + 40, forgetSeconds: 60)
    /// Free failures of one account from one address.
    static let pairFree: Int64 = 5
    /// How long an address stays known to an account.
    private static let knownSeconds: Int64 = 30 * 86_400
    /// The moment that a stranger has; two seconds, since `Retry-After` has whole ones.
    private static let momentNanoseconds: Int64 = 2 * second
    /// The longest delay that strangers have in common.
    private static let strangersDelaySecondsMax: Int64 = 64
    /// The longest of all delays that may be set.
    static let waitSecondsMax: Int64 = 86_400
    private static let second: Int64 = 1_000_000_000

    private enum Kind: UInt64 {
        case account = 16, address, pair
    }

    /// The longest delay of an account from an address; 0 for no delays at all.
    let delaySecondsMax: SharedNumber
    private let mixer: KeyMixer
    /// Failures: when the last of them is forgotten.
    private let failures: ArrivalTable
    /// When a pair, and when the strangers of an address, may come again.
    private let waits: ArrivalTable
    /// Until when an address is known to an account.
    private let known: ArrivalTable

    init(_ mixer: KeyMixer, setCount: Int) {
        self.mixer = mixer
        delaySecondsMax = SharedNumber()
        failures = ArrivalTable(setCount: setCount)
        waits = ArrivalTable(setCount: setCount)
        known = ArrivalTable(setCount: setCount)
    }

    /// A sign-in that may now be tried; or how long it has to wait, in nanoseconds.
    ///
    /// - Parameters:
    ///   - account: what was typed, as a number.
    ///   - address: of whom it comes from, as two numbers.
    ///   - isLocal: whether that is this machine.
    func begin(
        account: UInt64, address: (high: UInt64, low: UInt64), isLocal: Bool, at now: Int64
    ) -> (Attempt?, wait: Int64) {
        let longest = delaySecondsMax.value
        guard longest > 0 else { return (nil, 0) }
        let accountKey = mixer.key(Kind.account.rawValue, account, 0)
        let addressKey = mixer.key(Kind.address.rawValue, address.high, address.low)
        let pair = mixer.key(Kind.pair.rawValue, accountKey, addressKey)
        let attempt = Attempt(
            account: accountKey, address: addressKey, pair: pair,
            isKnown: known.time(of: pair) > now, isLocal: isLocal)

        // Whatever is further ahead was set before the clock was set back, or for longer delays.
        func wait(_ key: UInt64, _ secondsMax: Int64) -> Int64 {
            let wait = waits.time(of: key) - now
            return wait <= secondsMax * Self.second ? max(0, wait) : 0
        }
        let pairFailures = count(pair, forgetSeconds: longest, at: now)
        var delay = wait(pair, max(longest, Self.strangersDelaySecondsMax))
        var period: Int64 = 0
        var spacing: Int64 = 0
        if !attempt.isKnown {
            period = Self.strangersDelay(
                count(accountKey, Self.accountScale, at: now), Self.accountScale)
            if !isLocal {
                spacing = Self.strangersDelay(
                    count(addressKey, Self.addressScale, at: now), Self.addressScale)
                delay = max(delay, wait(addressKey, Self.strangersDelaySecondsMax))
            }
            if period > 0 { delay = Self.moment(of: pair, every: period, from: now + delay) - now }
        }
        guard delay == 0 else { return (nil, delay) }
        // Where there were failures, one is tried at a time: as if this one failed, until it is known.
        if pairFailures > 0 || period > 0 {
            put(pair, max(Self.delay(pairFailures + 1, longest), period), at: now)
        }
        if spacing > 0 { put(addressKey, spacing, at: now) }
        return (attempt, 0)
    }

    /// Notes that a sign-in has failed.
    func fail(_ attempt: Attempt, at now: Int64) {
        let longest = max(1, delaySecondsMax.value)
        let pairScale = Scale(
            free: Self.pairFree, max: Self.pairFree + 12, forgetSeconds: longest)
        let failures = add(attempt.pair, pairScale, at: now)
        var delay = Self.delay(failures, longest)
        if !attempt.isKnown {
            let strangers = add(attempt.account, Self.accountScale, at: now)
            delay = max(delay, Self.strangersDelay(strangers, Self.accountScale))
            if !attempt.isLocal {
                let others = add(attempt.address, Self.addressScale, at: now)
                let spacing = Self.strangersDelay(others, Self.addressScale)
                if spacing > 0 { put(attempt.address, spacing, at: now) }
            }
        }
        if delay > 0 { put(attempt.pair, delay, at: now) }
    }

    /// Notes that a sign-in has succeeded: its address is known to the account from now on, and its failures are
    /// forgotten. Those of strangers are not.
    func succeed(_ attempt: Attempt, at now: Int64) {
        known.change(attempt.pair) { _, _ in now + Self.knownSeconds * Self.second }
        guard failures.time(of: attempt.pair) != 0 || waits.time(of: attempt.pair) != 0 else {
            return
        }
        failures.change(attempt.pair) { _, _ in 0 }
        waits.change(attempt.pair) { _, _ in 0 }
    }

    /// How much an account may fail from one address, as answers say it.
    var limit: RateLimit {
        RateLimit(Self.pairFree, perSeconds: max(1, Self.pairFree * delaySecondsMax.value))
    }

    // MARK: Counting

    private func count(_ key: UInt64, _ scale: Scale, at now: Int64) -> Int64 {
        min(count(key, forgetSeconds: scale.forgetSeconds, at: now), scale.max)
    }

    /// Failures that are not forgotten.
    private func count(_ key: UInt64, forgetSeconds: Int64, at now: Int64) -> Int64 {
        let each = forgetSeconds * Self.second
        return max(0, (failures.time(of: key) - now + each - 1) / each)
    }

    /// Adds a failure, and returns how many there are.
    private func add(_ key: UInt64, _ scale: Scale, at now: Int64) -> Int64 {
        let each = scale.forgetSeconds * Self.second
        var end = now
        failures.change(key) { known, isNew in
            end = min(max(isNew ? 0 : known, now) + each, now + scale.max * each)
            return end
        }
        return (end - now + each - 1) / each
    }

    /// Has a key wait for `seconds`, or for as long as it has to anyway.
    private func put(_ key: UInt64, _ seconds: Int64, at now: Int64) {
        let time = now + seconds * Self.second
        let latest = now + Self.waitSecondsMax * Self.second
        waits.change(key) { known, isNew in isNew || known > latest ? time : max(known, time) }
    }

    // MARK: Delays, in seconds

    /// After so many failures of one account from one address.
    private static func delay(_ failures: Int64, _ longest: Int64) -> Int64 {
        guard failures > pairFree else { return 0 }
        return min(longest, 1 << min(failures - pairFree - 1, 32))
    }

    /// Twice as long with every eight failures: 4 to 64.
    private static func strangersDelay(_ failures: Int64, _ scale: Scale) -> Int64 {
        guard failures > scale.free else { return 0 }
        return min(strangersDelaySecondsMax, 4 << ((failures - scale.free - 1) / 8))
    }

    /// The first moment of a pair that has not ended at `time`. Those of a period are among those of half of it,
    /// so that a change of the period makes nobody wait for much more than the longer one.
    private static func moment(of pair: UInt64, every seconds: Int64, from time: Int64) -> Int64 {
        let count = seconds * second / momentNanoseconds
        let index = time / momentNanoseconds
        let phase = Int64(pair >> 32 & 0xFFFF)
        let rest = (index + phase) % count
        return rest == 0 ? time : (index + count - rest) * momentNanoseconds
    }
}

/// A number that every loop reads and the limiter's actor sets.
final class SharedNumber: Sendable {
    private let number = Atomic<Int64>(0)

    var value: Int64 { number.load(ordering: .relaxed) }

    func set(_ value: Int64) { number.store(value, ordering: .relaxed) }
}
