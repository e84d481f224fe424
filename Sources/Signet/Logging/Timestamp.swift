internal import Glibc

/// A moment in UTC, to the millisecond.
struct Timestamp: Sendable, Equatable, CustomStringConvertible {
    /// Since 1970-01-01T00:00:00Z.
    let seconds: Int
    /// 0 to 999.
    let milliseconds: Int

    /// What the system's clock says.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// RFC 3339 section 5.6, for example `2026-11-22T00:26:28.123Z`.
    var description: String {
        var time = seconds
        var fields = tm()
        gmtime_r(&time, &fields)
        let date = [Int(fields.tm_year) + 1900, Int(fields.tm_mon) + 1, Int(fields.tm_mday)]
        let clock = [Int(fields.tm_hour), Int(fields.tm_min), Int(fields.tm_sec)]
        let day = zip(date, [4, 2, 2]).map(Self.padded).joined(separator: "-")
        let hour = clock.map { Self.padded($0, 2) }.joined(separator: ":")
        return "\(day)T\(hour).\(Self.padded(milliseconds, 3))Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
