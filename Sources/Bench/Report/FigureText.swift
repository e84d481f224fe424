/// Figures as people read them.
package enum FigureText {
    /// A number without decimals, in groups of three: `92,345`.
    package static func whole(_ number: Double) -> String {
        let digits = String(Int(number.rounded()))
        var groups = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { groups += "," }
            groups.append(digit)
        }
        return groups
    }

    /// A time given in nanoseconds, with three digits and a unit: `824 us`, `3.42 ms`, `10.0 s`.
    package static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<999_500: digits(nanoseconds / 1e3) + " us"
        case ..<999_500_000: digits(nanoseconds / 1e6) + " ms"
        default: digits(nanoseconds / 1e9) + " s"
        }
    }

    /// Three digits, more when the whole part has more.
    private static func digits(_ number: Double) -> String {
        let decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0
        guard decimals > 0 else { return whole(number) }
        let scale = decimals == 2 ? 100 : 10
        let scaled = Int((number * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(scaled / scale).\(zeros)\(fraction)"
    }
}
