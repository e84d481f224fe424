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

    /// A round time given in nanoseconds, without decimals that are zero: `500 us`, `2 ms`.
    static func shortTime(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<1e6: "\(plain(nanoseconds / 1e3)) us"
        case ..<1e9: "\(plain(nanoseconds / 1e6)) ms"
        default: "\(plain(nanoseconds / 1e9)) s"
        }
    }

    /// A number with three digits, or without decimals: `0.824`, `12.4`, `92,345`.
    package static func plain(_ number: Double) -> String {
        number == number.rounded() ? whole(number) : digits(number)
    }

    /// A ratio with two decimals: `1.08`.
    package static func ratio(_ number: Double) -> String { fixed(number, decimals: 2) }

    /// A share of one as a percentage: `12.3 %`, and `< 0.1 %` for what is too little to show.
    package static func percent(_ share: Double) -> String {
        share > 0 && share < 0.0005 ? "< 0.1 %" : fixed(share * 100, decimals: 1) + " %"
    }

    /// A number of bytes: `284 B`, `1.2 kB`, `73.4 MB`.
    package static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<1_000_000: fixed(Double(count) / 1e3, decimals: 1) + " kB"
        default: fixed(Double(count) / 1e6, decimals: 1) + " MB"
        }
    }

    /// A number that is not below zero, with this many decimals.
    static func fixed(_ number: Double, decimals: Int) -> String {
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((number * Double(scale)).rounded())
        guard decimals > 0 else { return whole(number) }
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(whole(Double(scaled / scale))).\(zeros)\(fraction)"
    }

    /// Three digits, more when the whole part has more.
    private static func digits(_ number: Double) -> String {
        let decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0
        return fixed(number, decimals: decimals)
    }
}
