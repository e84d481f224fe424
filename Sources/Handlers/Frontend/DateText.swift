internal import SignetJSON

extension [UInt8] {
    /// Appends a moment as RFC 3339 has it, in UTC: `2024-11-01T16:39:02Z`.
    ///
    /// - Parameter second: the Unix second. Before 1970 and after 9999 there are none.
    mutating func append(date second: Int64) {
        let second = Swift.min(Swift.max(0, second), 253_402_300_799)
        let (year, month, day) = Self.date(daysSince1970: second / 86_400)
        append(digits: year, 4)
        append(UInt8(ascii: "-"))
        append(digits: month, 2)
        append(UInt8(ascii: "-"))
        append(digits: day, 2)
        append(UInt8(ascii: "T"))
        append(digits: second % 86_400 / 3600, 2)
        append(UInt8(ascii: ":"))
        append(digits: second % 3600 / 60, 2)
        append(UInt8(ascii: ":"))
        append(digits: second % 60, 2)
        append(UInt8(ascii: "Z"))
    }

    /// By years that begin in March, so that the leap day is the last of its year.
    private static func date(
        daysSince1970 days: Int64
    ) -> (year: Int64, month: Int64, day: Int64) {
        // 719,468 days lie between 0000-03-01 and 1970-01-01, 146,097 in 400 years.
        let days = days + 719_468
        let (era, day) = days.quotientAndRemainder(dividingBy: 146_097)
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let isNextYear = month >= 10
        return (
            era * 400 + year + (isNextYear ? 1 : 0), isNextYear ? month - 9 : month + 3,
            dayOfYear - (153 * month + 2) / 5 + 1
        )
    }

    private mutating func append(digits number: Int64, _ count: Int) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
