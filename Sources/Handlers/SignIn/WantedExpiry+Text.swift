internal import SignetAuthority

extension WantedExpiry {
    /// Above this, a number is in milliseconds.
    private static let secondMax: Int64 = 100_000_000_000

    /// What the field `exp` of a sign-in says: Unix seconds or milliseconds, `yyyy-MM-dd'T'HH:mm:ss` or
    /// `yyyyMMdd'T'HHmmss` in UTC, or `unlimited`. Anything else, and nothing, is the standard.
    init(text: [UInt8]?) {
        self = .standard
        guard let text else { return }
        if text.elementsEqual("unlimited".utf8) {
            self = .never
        } else if let number = Self.number(text[...]) {
            self = .second(number > Self.secondMax ? number / 1000 : number)
        } else if let second = Self.date(text) {
            self = .second(second)
        }
    }

    /// The Unix second of a date.
    private static func date(_ text: [UInt8]) -> Int64? {
        let form = text.count == 19 ? "yyyy-mm-ddThh:mm:ss" : "yyyymmddThhmmss"
        guard text.count == form.utf8.count else { return nil }
        var digits: [UInt8] = []
        for (byte, mark) in zip(text, form.utf8) {
            if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(mark) {
                digits.append(byte)
            } else if byte != mark {
                return nil
            }
        }
        // Fourteen digits: four of the year, and two of all others.
        guard number(digits[...]) != nil, let year = number(digits[..<4]) else { return nil }
        let rest = stride(from: 4, to: 14, by: 2).compactMap { number(digits[$0..<$0 + 2]) }
        let (month, day) = (rest[0], rest[1])
        guard (1...12).contains(month), day >= 1, day <= days(of: month, year), rest[2] < 24,
            rest[3] < 60, rest[4] < 60
        else { return nil }
        return daysSince1970(year, month, day) * 86_400 + rest[2] * 3600 + rest[3] * 60 + rest[4]
    }

    /// A number of decimal digits alone; nil for more than fit.
    private static func number(_ text: ArraySlice<UInt8>) -> Int64? {
        guard (1...18).contains(text.count) else { return nil }
        var number: Int64 = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return number
    }

    private static func days(of month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// By years that begin in March, so that the leap day is the last of its year.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        // 719,468 days lie between 0000-03-01 and 1970-01-01.
        return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }
}
