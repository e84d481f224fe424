internal import Synchronization

/// The limit of each class, as every loop reads it: a few words, without a lock.
///
/// A call that is counted while its limit is replaced may go by the interval of one and the period of the other.
struct SharedRates: ~Copyable, Sendable {
    /// One class. Its count is 0 when it has no limit.
    private struct Shared: ~Copyable, Sendable {
        let count = Atomic<Int64>(0)
        let period = Atomic<Int64>(1)
        let interval = Atomic<Int64>(1)
    }

    private let app = Shared()
    private let address = Shared()
    private let signIn = Shared()

    /// Puts other limits in force.
    func set(_ rates: [RateLimiter.Limit: RateLimit]) {
        Self.set(rates[.app], app)
        Self.set(rates[.address], address)
        Self.set(rates[.signIn], signIn)
    }

    /// The limit of a class; nil when it has none.
    subscript(_ limit: RateLimiter.Limit) -> RateLimit? {
        switch limit {
        case .app: Self.get(app)
        case .address: Self.get(address)
        case .signIn: Self.get(signIn)
        case .failedSignIn: nil
        }
    }

    private static func set(_ limit: RateLimit?, _ shared: borrowing Shared) {
        if let limit {
            shared.period.store(limit.periodSeconds, ordering: .relaxed)
            shared.interval.store(limit.intervalNanoseconds, ordering: .relaxed)
        }
        shared.count.store(limit?.count ?? 0, ordering: .releasing)
    }

    @inline(__always)
    private static func get(_ shared: borrowing Shared) -> RateLimit? {
        let count = shared.count.load(ordering: .acquiring)
        guard count > 0 else { return nil }
        return RateLimit(
            count, periodSeconds: shared.period.load(ordering: .relaxed),
            intervalNanoseconds: shared.interval.load(ordering: .relaxed))
    }
}
