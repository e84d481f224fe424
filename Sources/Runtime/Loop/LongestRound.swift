import Synchronization

/// The longest of a loop's rounds lately: of this half minute and the one before it, so that who looks twice a minute
/// misses none, and sees none that is long past. The loop's thread notes, any thread reads.
final class LongestRound: Sendable {
    /// In nanoseconds.
    static let window: Int64 = 30_000_000_000

    /// Which window it is, since the clock began.
    private let index = Atomic<Int64>(0)
    private let longest = Atomic<Int64>(0)
    private let before = Atomic<Int64>(0)

    /// Notes a round that took `nanoseconds` and ended at `now` of the monotonic clock.
    func note(_ nanoseconds: Int64, at now: Int64) {
        let (window, known) = (now / Self.window, index.load(ordering: .relaxed))
        let longest = self.longest.load(ordering: .relaxed)
        if window == known {
            guard nanoseconds > longest else { return }
            self.longest.store(nanoseconds, ordering: .relaxed)
        } else {
            before.store(window == known + 1 ? longest : 0, ordering: .relaxed)
            self.longest.store(nanoseconds, ordering: .relaxed)
            index.store(window, ordering: .relaxed)
        }
    }

    /// The longest in nanoseconds, as of `now`; 0 when there was none. Of a moment when the window changes it may be
    /// that of one of the two.
    func recent(at now: Int64) -> Int64 {
        let longest = longest.load(ordering: .relaxed)
        switch now / Self.window - index.load(ordering: .relaxed) {
        // A window may have begun since `now` was taken.
        case ...0: return max(longest, before.load(ordering: .relaxed))
        case 1: return longest
        default: return 0
        }
    }
}
