import Synchronization

/// How late a loop is, by a timer of it that should fire at an interval: what happens on the loop has waited for as long.
/// The loop's thread notes, any thread reads.
final class LoopLag: Sendable {
    /// In nanoseconds.
    private let interval: Int64
    /// When the timer last fired, and how late that was.
    private let lastBeat: Atomic<Int64>
    private let lateness = Atomic<Int64>(0)

    /// - Parameter now: of the monotonic clock.
    init(intervalMilliseconds: UInt64, at now: Int64) {
        interval = Int64(intervalMilliseconds) * 1_000_000
        lastBeat = Atomic(now)
    }

    /// Notes that the timer fires at `now`.
    func beat(at now: Int64) {
        let late = now - lastBeat.load(ordering: .relaxed) - interval
        lateness.store(max(0, late), ordering: .relaxed)
        lastBeat.store(now, ordering: .relaxed)
    }

    /// How late it was the last time, or is by now, if that is more; in nanoseconds.
    func nanoseconds(at now: Int64) -> Int64 {
        let overdue = now - lastBeat.load(ordering: .relaxed) - interval
        return max(overdue, lateness.load(ordering: .relaxed))
    }
}
