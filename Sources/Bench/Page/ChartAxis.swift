import Glibc

/// An axis of a chart: where values stand on it, from 0 to 1, and its ticks.
struct ChartAxis {
    /// A line across the chart, with its label.
    struct Tick {
        let position: Double
        let label: String
    }

    let ticks: [Tick]
    private let place: (Double) -> Double

    /// The position of a value, kept within the axis.
    func position(_ value: Double) -> Double { min(1, max(0, place(value))) }

    /// From 0 to a round number that is not below `most`.
    static func linear(upTo most: Double, _ label: (Double) -> String) -> ChartAxis {
        let step = roundStep(most > 0 ? most : 1)
        let count = max(1, (most / step).rounded(.up))
        let end = count * step
        let ticks = (0...Int(count)).map { index in
            Tick(position: Double(index) / count, label: label(Double(index) * step))
        }
        return ChartAxis(ticks: ticks) { $0 / end }
    }

    /// From 0 to exactly `most`, with ticks at round numbers.
    static func span(_ most: Double, _ label: (Double) -> String) -> ChartAxis {
        let step = roundStep(most)
        let ticks = stride(from: 0, through: most, by: step).map {
            Tick(position: $0 / most, label: label($0))
        }
        return ChartAxis(ticks: ticks) { $0 / most }
    }

    /// Powers of ten, and twice and five times these, from `least` to `most`, which are above zero.
    static func logarithmic(
        from least: Double, upTo most: Double, _ label: (Double) -> String
    ) -> ChartAxis {
        let steps = (0..<14).flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
        let low = steps.last { $0 <= least } ?? 1
        let high = max(steps.first { $0 >= most } ?? most, low * 2)
        let length = log10(high / low)
        let inside = steps.filter { $0 >= low && $0 <= high }
        // So many lines would be a pattern: powers of ten are enough then.
        let shown = inside.count <= 8 ? inside : inside.filter { isPowerOfTen($0) }
        return ChartAxis(
            ticks: shown.map { Tick(position: log10($0 / low) / length, label: label($0)) }
        ) { value in value > 0 ? log10(value / low) / length : 0 }
    }

    /// Percentiles, the same width for each nine: 0, 90, 99, 99.9 and so on.
    static func percentiles(upTo nines: Double) -> ChartAxis {
        let end = max(1, nines)
        let labels = ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"]
        let whole = labels.enumerated().map { (Double($0.offset), $0.element) }
        let ticks = ([(log10(2), "50 %")] + whole).filter { $0.0 <= end + 0.001 }.map {
            Tick(position: $0.0 / end, label: $0.1)
        }
        return ChartAxis(ticks: ticks) { percentile in
            percentile < 100 ? -log10(1 - percentile / 100) / end : 1
        }
    }

    /// A step of 1, 2 or 5 times a power of ten that `most` has four to ten of.
    private static func roundStep(_ most: Double) -> Double {
        let power = pow(10, floor(log10(most / 4)))
        let factor = [1.0, 2, 5, 10].last { $0 * power * 4 <= most } ?? 1
        return power * factor
    }

    private static func isPowerOfTen(_ number: Double) -> Bool {
        let exponent = log10(number)
        return abs(exponent - exponent.rounded()) < 1e-9
    }
}
