/// How long a named token lives, as people write it: `6 hours`, `1h30m`, `1 day, 2 hours`, `5:30`. What
/// Python's pytimeparse reads is read alike (named-tokens.md, "Life"), though of digits and blanks
/// only those of ASCII.
struct Life: Equatable {
    /// Bytes of a text that is looked at; the longest sensible one has 60.
    static let textBytesMax = 256

    /// Whole seconds, at least 1: of a fraction that is left over nothing is given.
    let seconds: Int64

    /// A life of this many seconds; nil unless it is from 1 to `secondsMax`.
    init?(seconds: Int64, secondsMax: Int64) {
        guard (1...max(1, secondsMax)).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    /// Reads a text; nil when it is none of the spellings, zero, negative or above `secondsMax`.
    init?(_ text: [UInt8], secondsMax: Int64) {
        guard text.count <= Self.textBytesMax else { return nil }
        var reader = LifeReader(text)
        guard let amount = reader.read(), amount > .zero else { return nil }
        self.init(seconds: max(1, amount.wholeSeconds), secondsMax: secondsMax)
    }
}

/// What can stand in a life, in the order in which it must.
private enum LifeGrammar {
    /// A unit may be left out, but neither repeated nor come after a smaller one. Letter case does not
    /// count. A separator may follow all but the last.
    static let units: [(seconds: Int64, names: [StaticString])] = [
        (604_800, ["w", "wk", "wks", "week", "weeks"]),
        (86_400, ["d", "dy", "dys", "day", "days"]),
        (3600, ["h", "hr", "hrs", "hour", "hours"]),
        (60, ["m", "min", "mins", "minute", "minutes"]),
        (1, ["s", "sec", "secs", "second", "seconds"]),
    ]

    /// The spellings of a clock. The digits of each number, and what a number of that place is worth in
    /// seconds; the last may have a fraction.
    static let clocks: [Clock] = [
        // :ss
        Clock([(.two, 1)], startsWithColon: true),
        // m:ss
        Clock([(.oneOrTwo, 60), (.two, 1)]),
        // h:mm:ss, the only one that weeks and days may stand before
        Clock([(.any, 3600), (.two, 60), (.two, 1)], unitsBefore: 2),
        // d:hh:mm:ss and d-hh:mm:ss
        Clock([(.any, 86_400), (.two, 3600), (.two, 60), (.two, 1)], allowsDash: true),
    ]

    struct Clock {
        enum Digits {
            case oneOrTwo, two, any

            func allow(_ count: Int) -> Bool {
                switch self {
                case .oneOrTwo: (1...2).contains(count)
                case .two: count == 2
                case .any: count > 0
                }
            }
        }

        let places: [(digits: Digits, seconds: Int64)]
        /// Whether a colon stands before the first number.
        let startsWithColon: Bool
        /// Whether a dash may stand in place of the first colon.
        let allowsDash: Bool
        /// How many of `units`, from the first on, may stand before the clock.
        let unitsBefore: Int

        init(
            _ places: [(Digits, Int64)], startsWithColon: Bool = false, allowsDash: Bool = false,
            unitsBefore: Int = 0
        ) {
            self.places = places
            self.startsWithColon = startsWithColon
            self.allowsDash = allowsDash
            self.unitsBefore = unitsBefore
        }
    }
}

/// A length of time, exactly: of a number's digits after the point the first 18 count.
private struct LifeAmount: Comparable {
    static let zero = LifeAmount(parts: 0)
    private static let partsPerSecond: Int128 = 1_000_000_000_000_000_000

    /// In 10^-18 seconds.
    private var parts: Int128

    var wholeSeconds: Int64 { Int64(clamping: parts / Self.partsPerSecond) }

    static func < (left: LifeAmount, right: LifeAmount) -> Bool { left.parts < right.parts }

    private init(parts: Int128) {
        self.parts = parts
    }

    /// `text` times `seconds`. Nil when it is no number, which has digits and at most one point, or too
    /// large for any bound.
    init?(_ text: ArraySlice<UInt8>, seconds: Int64) {
        let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.endIndex
        let fraction = text[point...].dropFirst()
        guard text.count > (point == text.endIndex ? 0 : 1),
            !fraction.contains(UInt8(ascii: "."))
        else { return nil }
        var number: Int128 = 0
        var scale = Self.partsPerSecond
        for digit in text[..<point] {
            number = number * 10 + Int128(digit - UInt8(ascii: "0"))
            guard number <= Int128(Int64.max) else { return nil }
        }
        number *= Self.partsPerSecond
        for digit in fraction {
            scale /= 10
            number += Int128(digit - UInt8(ascii: "0")) * scale
        }
        let (parts, overflow) = number.multipliedReportingOverflow(by: Int128(seconds))
        guard !overflow else { return nil }
        self.parts = parts
    }

    /// Adds what a text said; false when the sum is too large for any bound.
    mutating func add(_ other: LifeAmount) -> Bool {
        let (sum, overflow) = parts.addingReportingOverflow(other.parts)
        parts = sum
        return !overflow
    }
}

/// Reads a life by the tables of `LifeGrammar`.
private struct LifeReader {
    private let text: [UInt8]
    private var rest: ArraySlice<UInt8>
    private var amount = LifeAmount.zero

    init(_ text: [UInt8]) {
        self.text = text
        rest = text[...]
    }

    /// The amount of the whole text; nil when it is none, or negative.
    mutating func read() -> LifeAmount? {
        skipBlanks()
        if rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        skipBlanks()
        guard !rest.isEmpty, readParts() else { return nil }
        return amount
    }

    /// Reads units and clock to the end of the text.
    private mutating func readParts() -> Bool {
        var next = 0
        while !rest.isEmpty {
            if let clock = clock(after: next) { return read(clock) }
            guard let unit = readUnit(from: next) else { return false }
            next = unit + 1
            skipBlanks()
            guard next < LifeGrammar.units.count else { return rest.isEmpty }
            if let first = rest.first, first == UInt8(ascii: ",") || first == UInt8(ascii: "/") {
                rest.removeFirst()
                skipBlanks()
            }
        }
        return true
    }

    /// Reads a number and its unit, one of those from `first` on.
    ///
    /// - Returns: the index of the unit.
    private mutating func readUnit(from first: Int) -> Int? {
        let number = take { Self.isDigit($0) || $0 == UInt8(ascii: ".") }
        skipBlanks()
        let name = take { Self.isLetter($0) }
        let index = LifeGrammar.units.indices.dropFirst(first).first { index in
            LifeGrammar.units[index].names.contains { Self.isSame(name, $0) }
        }
        guard let index, add(number, LifeGrammar.units[index].seconds) else { return nil }
        return index
    }

    /// The clock that the rest is; nil when it begins like none, or like one that may not stand
    /// behind `unitCount` units.
    private func clock(after unitCount: Int) -> LifeGrammar.Clock? {
        let digits = rest.prefix(while: Self.isDigit)
        guard digits.endIndex < rest.endIndex, Self.isMark(rest[digits.endIndex]) else {
            return nil
        }
        let marks = rest.count(where: Self.isMark)
        return LifeGrammar.clocks.first { clock in
            clock.startsWithColon == digits.isEmpty
                && clock.places.count == (digits.isEmpty ? marks : marks + 1)
                && unitCount <= clock.unitsBefore
        }
    }

    private mutating func read(_ clock: LifeGrammar.Clock) -> Bool {
        // It begins with a mark; a dash would make it negative.
        if clock.startsWithColon, rest.popFirst() != UInt8(ascii: ":") { return false }
        for (index, place) in clock.places.enumerated() {
            if index > 0 {
                let mark = rest.popFirst()
                let isDash = mark == UInt8(ascii: "-") && index == 1 && clock.allowsDash
                guard mark == UInt8(ascii: ":") || isDash else { return false }
            }
            let digits = take(Self.isDigit)
            guard place.digits.allow(digits.count), add(digits, place.seconds) else { return false }
        }
        if rest.first == UInt8(ascii: ".") {
            let point = rest.startIndex
            rest.removeFirst()
            let fraction = take(Self.isDigit)
            guard !fraction.isEmpty, add(text[point..<fraction.endIndex], 1) else { return false }
        }
        skipBlanks()
        return rest.isEmpty
    }

    private mutating func add(_ number: ArraySlice<UInt8>, _ seconds: Int64) -> Bool {
        LifeAmount(number, seconds: seconds).map { amount.add($0) } ?? false
    }

    private mutating func take(_ belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = rest.prefix(while: belongs)
        rest = rest[taken.endIndex...]
        return taken
    }

    private mutating func skipBlanks() { rest = rest.drop(while: Self.isBlank) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-")
    }

    /// Python's `\s` within ASCII.
    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) || (0x1C...0x1F).contains(byte)
    }

    private static func isSame(_ text: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
        text.count == name.utf8CodeUnitCount
            && text.enumerated().allSatisfy { offset, byte in
                byte | 0x20 == name.utf8Start[offset]
            }
    }
}
