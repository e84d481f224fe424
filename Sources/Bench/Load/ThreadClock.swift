import Glibc

/// How much of a stretch of time the calling thread was running.
struct ThreadClock {
    private let wall: UInt64
    private let processor: UInt64

    /// Starts now.
    init() {
        wall = MonotonicClock.nanoseconds
        processor = Self.processorNanoseconds
    }

    /// Processor time of the thread since the start, in nanoseconds, and its share of the time that
    /// has passed. On the thread that started it.
    var used: (nanoseconds: UInt64, share: Double) {
        let used = Self.processorNanoseconds - processor
        return (used, Double(used) / Double(max(1, MonotonicClock.nanoseconds - wall)))
    }

    private static var processorNanoseconds: UInt64 {
        var time = timespec()
        // Cannot fail: every thread has this clock, and the pointer is ours.
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
