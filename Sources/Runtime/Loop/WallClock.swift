import Glibc
internal import SignetCounts

/// The system's clocks. Only the edges read them; everything below takes the time as an argument.
package enum WallClock {
    /// Nanoseconds since the machine started.
    static var monotonicNanoseconds: Int64 { MonotonicClock.nanoseconds }

    /// As `monotonicNanoseconds`, as of the last tick of the kernel, some milliseconds ago: costs half.
    static var coarseNanoseconds: Int64 {
        nanoseconds(of: CLOCK_MONOTONIC_COARSE)
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    package static var unixMilliseconds: Int64 {
        var time = timespec()
        // Cannot fail: CLOCK_REALTIME always exists and the pointer is ours.
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
