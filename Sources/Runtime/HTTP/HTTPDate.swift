/// A moment as the Date field says it, "Sun, 06 Nov 1994 08:49:37 GMT": IMF-fixdate of RFC 9110
/// section 5.6.7. To be made once a second and used for every answer.
package struct HTTPDate: Sendable, Equatable {
    /// The length of every such date, in bytes.
    package static let count = 29
    /// The seconds that can be said in it: the years 0000 to 9999.
    package static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    package let unixSeconds: Int64
    /// The text, in ASCII.
    package let bytes: InlineArray<29, UInt8>

    /// Traps outside of `range`.
    package init(unixSeconds: Int64) {
        precondition(Self.range.contains(unixSeconds), "no four-digit year")
        self.unixSeconds = unixSeconds
        let day = Self.floorDivide(unixSeconds, 86400)
        let second = Int(unixSeconds - day * 86400)
        let date = Self.civilDate(dayNumber: Int(day))
        // 1970-01-01 was a Thursday; the names begin with Sunday.
        let weekday = Int(((day + 4) % 7 + 7) % 7)

        var text = InlineArray<29, UInt8>(repeating: ASCII.space)
        Self.put(Self.weekdays, at: weekday, into: &text, at: 0)
        text[3] = ASCII.comma
        Self.put(twoDigits: date.day, into: &text, at: 5)
        Self.put(Self.months, at: date.month - 1, into: &text, at: 8)
        Self.put(twoDigits: date.year / 100, into: &text, at: 12)
        Self.put(twoDigits: date.year % 100, into: &text, at: 14)
        Self.put(twoDigits: second / 3600, into: &text, at: 17)
        text[19] = ASCII.colon
        Self.put(twoDigits: second / 60 % 60, into: &text, at: 20)
        text[22] = ASCII.colon
        Self.put(twoDigits: second % 60, into: &text, at: 23)
        Self.put("GMT", at: 0, into: &text, at: 26)
        bytes = text
    }

    package static func == (left: HTTPDate, right: HTTPDate) -> Bool {
        left.unixSeconds == right.unixSeconds
    }

    private static let weekdays: StaticString = "SunMonTueWedThuFriSat"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    /// The Gregorian date of a day counted from 1970-01-01. It counts in years that begin in March,
    /// so that the leap day is a year's last, from year 0: day 0 is then 719,468 days in.
    private static func civilDate(dayNumber: Int) -> (year: Int, month: Int, day: Int) {
        let daysPerEra = 146_097  // 400 years
        let days = dayNumber + 719_468
        let era = Int(floorDivide(Int64(days), Int64(daysPerEra)))
        let dayOfEra = days - era * daysPerEra
        // 1,460 days before the last of 4 years, 36,524 before that of 100, 146,096 before that of
        // 400.
        let leapFree = dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096
        let yearOfEra = leapFree / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Five months from March on have 153 days, and so have the next five.
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    private static func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        (dividend >= 0 ? dividend : dividend - divisor + 1) / divisor
    }

    private static func put(
        _ names: StaticString, at index: Int, into text: inout InlineArray<29, UInt8>,
        at position: Int
    ) {
        for offset in 0..<3 { text[position + offset] = names.utf8Start[index * 3 + offset] }
    }

    private static func put(
        twoDigits number: Int, into text: inout InlineArray<29, UInt8>, at position: Int
    ) {
        text[position] = ASCII.zero + UInt8(number / 10)
        text[position + 1] = ASCII.zero + UInt8(number % 10)
    }
}
