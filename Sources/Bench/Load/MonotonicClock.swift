import Glibc

/// The system's monotonic clock, which no one sets.
enum MonotonicClock {
    /// Nanoseconds since some fixed point.
    static var nanoseconds: UInt64 {
        var time = timespec()
        // Cannot fail: CLOCK_MONOTONIC always exists and the pointer is ours.
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension Duration {
    /// The length in nanoseconds, for adding to `MonotonicClock.nanoseconds`. Not below zero.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// The length in seconds.
    var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
