internal import ArgumentParser
internal import SignetBench

/// A length of time that a measurement can take.
struct MeasuringTime: SpelledArgument, Equatable, CustomStringConvertible {
    private static let type = SettingType.duration(.milliseconds(100) ... .seconds(86_400))
    static let accepts = "seconds, or " + type.accepts

    let duration: Duration

    var description: String { DurationText.text(duration) }

    init(duration: Duration) {
        self.duration = duration
    }

    /// Nil below 100 ms and above a day. A number alone is seconds.
    init?(argument: String) {
        let text = argument.allSatisfy(\.isNumber) ? argument + "s" : argument
        guard let duration = Self.type.parse(text) else { return nil }
        self.duration = duration
    }
}

/// A length of time that may be short: a warm-up, or what a latency is held to.
struct ShortTime: SpelledArgument, Equatable {
    private static let type = SettingType.duration(.zero ... .seconds(3600))
    static let accepts = type.accepts

    let duration: Duration

    init?(argument: String) {
        guard let duration = Self.type.parse(argument) else { return nil }
        self.duration = duration
    }
}

/// How often a second something comes: a whole number.
struct RequestRate: SpelledArgument, Equatable {
    static let accepts = "a whole number of requests a second from 1 to 10000000"

    let perSecond: Double

    init?(argument: String) {
        guard let number = Quantity(whole: argument)?.number, (1...10_000_000).contains(number)
        else { return nil }
        perSecond = Double(number)
    }
}

/// The calls of a mix and their weights: `sign=8,verify=1`.
struct CallShares: SpelledArgument, Equatable {
    private static let weightSumMax = 1000
    static let accepts =
        "calls with whole numbers that add up to at most \(weightSumMax), such as "
        + "sign=8,verify=1,renew=1; the calls are "
        + BenchPlan.Operation.allCases.map(\.rawValue).joined(separator: ", ")

    let weights: [BenchPlan.Operation: Int]

    init(_ weights: [BenchPlan.Operation: Int]) {
        self.weights = weights
    }

    /// Nil for unknown or repeated calls, and for weights that are no whole numbers above zero.
    init?(argument: String) {
        var weights: [BenchPlan.Operation: Int] = [:]
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let operation = BenchPlan.Operation(rawValue: String(sides[0])),
                weights[operation] == nil, let weight = Quantity(whole: sides[1])?.number,
                (1...Self.weightSumMax).contains(weight)
            else { return nil }
            weights[operation] = weight
        }
        guard weights.values.reduce(0, +) <= Self.weightSumMax else { return nil }
        self.weights = weights
    }
}

/// What somebody says of the size of a store.
struct DataSize: SpelledArgument, Equatable {
    private static let countMax = 80
    static let accepts = "1 to \(countMax) printable characters, such as 1M sessions"

    let text: String

    init?(argument: String) {
        guard (1...Self.countMax).contains(argument.count),
            argument.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { return nil }
        text = argument
    }
}

/// A share that a figure may get worse by: `10%`, or `5`.
struct Tolerance: SpelledArgument, Equatable {
    static let accepts = "a percentage from 0% to 1000%"

    let share: Double

    init?(argument: String) {
        guard let share = Percentage.share(argument, max: 1000) else { return nil }
        self.share = share
    }
}

/// A share of all calls that may go wrong: `1%`, or `0.5`.
struct ErrorShare: SpelledArgument, Equatable {
    static let accepts = "a percentage from 0% to 100%"

    let share: Double

    init?(argument: String) {
        guard let share = Percentage.share(argument, max: 100) else { return nil }
        self.share = share
    }
}

private enum Percentage {
    /// The share that a percentage from 0 to `max` names, with or without its sign.
    static func share(_ argument: String, max: Double) -> Double? {
        let text = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
        guard let number = Double(text), (0...max).contains(number), text.first != "-" else {
            return nil
        }
        return number / 100
    }
}

extension LoadPace.Arrivals: ExpressibleByArgument {}
