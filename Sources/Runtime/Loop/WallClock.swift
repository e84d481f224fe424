import Glibc

/// The system's wall clock. Only the edges read it; everything below takes the time as an argument.
package enum WallClock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package static var unixMilliseconds: Int64 {
        var time = timespec()
        // Cannot fail: CLOCK_REALTIME always exists and the pointer is ours.
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
