/// A number in decimal digits and the letters behind it: `10s`, `64KiB`, `8080`.
struct Quantity: Equatable {
    let number: Int
    /// Empty for a number alone.
    let unit: String

    /// Nil when there are no digits, when anything stands before them, or when they overflow.
    init?(_ text: some StringProtocol) {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        // Int() alone would take a sign.
        guard !digits.isEmpty, let number = Int(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        self.number = number
        unit = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)
    }

    /// A number without a unit.
    init?(whole text: some StringProtocol) {
        self.init(text)
        guard unit.isEmpty else { return nil }
    }

    /// The number in the smallest unit, given how many of those are in each `unit`. Nil for
    /// another unit and when the result overflows.
    func scaled(by units: [(unit: String, factor: Int)]) -> Int? {
        guard let factor = units.first(where: { $0.unit == unit })?.factor else { return nil }
        let (result, overflows) = number.multipliedReportingOverflow(by: factor)
        return overflows ? nil : result
    }

    /// `amount` with the largest of `units` (which are in falling order) that divides it.
    static func text(_ amount: Int, in units: [(unit: String, factor: Int)]) -> String {
        guard let best = units.first(where: { amount.isMultiple(of: $0.factor) }), amount != 0
        else { return "\(amount)" }
        return "\(amount / best.factor)\(best.unit)"
    }
}

/// A length of time as people write it: `500ms`, `10s`, `20m`, `24h`, `30d`.
enum DurationText {
    private static let units = [
        (unit: "d", factor: 86_400_000), (unit: "h", factor: 3_600_000),
        (unit: "m", factor: 60_000), (unit: "s", factor: 1000), (unit: "ms", factor: 1),
    ]

    /// Nil without one of the units, and when the milliseconds overflow.
    static func parse(_ text: String) -> Duration? {
        Quantity(text)?.scaled(by: units).map { .milliseconds($0) }
    }

    /// The shortest spelling in one unit. What is below a millisecond is cut off.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        return milliseconds == 0 ? "0s" : Quantity.text(milliseconds, in: units)
    }
}

/// A number of bytes as people write it: `16384`, `64KiB`, `19MiB`, `2GiB`.
enum SizeText {
    private static let units = [
        (unit: "GiB", factor: 1 << 30), (unit: "MiB", factor: 1 << 20),
        (unit: "KiB", factor: 1 << 10), (unit: "", factor: 1),
    ]

    /// Nil for other units (`KB` could mean two things) and when the bytes overflow.
    static func parse(_ text: String) -> Int? { Quantity(text)?.scaled(by: units) }

    /// The shortest spelling in one unit.
    static func text(_ bytes: Int) -> String { Quantity.text(bytes, in: units) }
}
