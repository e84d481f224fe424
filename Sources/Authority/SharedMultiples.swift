internal import SignetCrypto
internal import Synchronization

/// Multiples of one public key, for its verifiers on all threads: calculated once it has verified often, and dropped when
/// the key is (docs/decisions/0036-key-multiples.md). Any thread may use it.
final class SharedMultiples: Sendable {
    /// So many verifications gain four times what the calculation costs.
    static let interval = 2048

    private enum State {
        case none
        case some(KeyMultiples)
        case dropped
    }

    private let state = Mutex(State.none)
    private let verifications = Atomic<Int>(0)

    /// Nil until they are calculated, and when they were dropped.
    var current: KeyMultiples? {
        state.withLock { state in
            guard case .some(let multiples) = state else { return nil }
            return multiples
        }
    }

    /// Takes note of a token that the key has signed.
    ///
    /// - Returns: whether `calculate` is due; true for one caller of `interval`.
    func didVerify() -> Bool {
        let before = verifications.add(1, ordering: .relaxed).oldValue
        guard (before + 1) % Self.interval == 0 else { return false }
        return state.withLock { state in
            if case .none = state { true } else { false }
        }
    }

    /// Calculates them, unless too many other keys have theirs. Takes some 20 milliseconds.
    func calculate(of key: PublicKey) {
        guard let multiples = try? KeyMultiples.calculate(of: key) else { return }
        state.withLock { state in
            if case .none = state { state = .some(multiples) }
        }
    }

    /// Drops them for good: the key verifies no more.
    func drop() { state.withLock { $0 = .dropped } }
}
