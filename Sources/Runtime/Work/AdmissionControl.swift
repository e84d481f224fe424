internal import Synchronization

/// Decides whether a request may join a queue, by how long it would wait there.
///
/// Up to the target it always may. Beyond it a burst may; but once waits have been longer than the
/// target for some time, the queue is one that does not get shorter, and what comes is refused until it
/// has, so that those that are taken are answered soon: the idea of CoDel (RFC 8289), with the wait
/// known beforehand. Any thread may ask.
package final class AdmissionControl: Sendable {
    /// How long a queue may keep everybody waiting for longer than the target.
    static let patienceMilliseconds: Int64 = 500
    /// The longest wait of a burst.
    static let burstMilliseconds: Int64 = 500
    /// After a refusal no burst is let in for so long.
    static let rigourMilliseconds: Int64 = 1_000

    private let targetMilliseconds: Int64
    /// Since when all have waited longer than the target; 0 when they have not.
    private let longSince = Atomic<Int64>(0)
    /// The latest refusal.
    private let refusedAt = Atomic<Int64>(0)
    private let refused = Atomic<Int>(0)

    /// How many were not taken.
    package var refusals: Int { refused.load(ordering: .relaxed) }

    /// - Parameter targetMilliseconds: above 0.
    package init(targetMilliseconds: Int64) {
        precondition(targetMilliseconds > 0)
        self.targetMilliseconds = targetMilliseconds
    }

    /// Takes notice of how long the queue is.
    ///
    /// - Parameter now: Unix milliseconds.
    package func note(waitMilliseconds wait: Int64, at now: Int64) {
        let isLong = wait > targetMilliseconds
        // Mostly nothing changes, and no other core loses the line.
        guard isLong == (longSince.load(ordering: .relaxed) == 0) else { return }
        longSince.store(isLong ? now : 0, ordering: .relaxed)
    }

    /// Whether a request that would wait for so long is taken.
    ///
    /// - Parameter now: Unix milliseconds.
    package func admits(waitMilliseconds wait: Int64, at now: Int64) -> Bool {
        guard wait > targetMilliseconds else { return true }
        let since = longSince.load(ordering: .relaxed)
        // Clocks are set back at times.
        let isBurst =
            wait <= Self.burstMilliseconds
            && (since == 0 || abs(now - since) < Self.patienceMilliseconds)
            && abs(now - refusedAt.load(ordering: .relaxed)) > Self.rigourMilliseconds
        guard !isBurst else { return true }
        refusedAt.store(now, ordering: .relaxed)
        refused.add(1, ordering: .relaxed)
        return false
    }
}
