import Foundation
import TestSupport
import Testing

@testable import SignetHandlers

@Suite("Life")
struct LifeTests {
    private static let tenYears: Int64 = 315_360_000

    private func seconds(_ text: String, max: Int64 = tenYears) -> Int64? {
        Life(Array(text.utf8), secondsMax: max)?.seconds
    }

    /// named-tokens.md, "Life", and what follows from pytimeparse's own examples.
    static let read: [(String, Int64)] = [
        ("6 hours", 21_600), ("6h", 21_600), ("6hr", 21_600), ("6 hrs", 21_600),
        ("30 days", 2_592_000), ("2 weeks", 1_209_600), ("1w", 604_800), ("90s", 90), ("1m", 60),
        ("1.5h", 5400), (".5h", 1800), ("1h30m", 5400), ("1h 30m 15s", 5415),
        ("1 day, 2 hours", 93_600), ("1 week 2 days", 777_600), ("5:30", 330),
        ("1:02:03", 3723), ("1:02:03:04", 93_784), ("1d2h3m4.5s", 93_784), ("6  hours", 21_600),
        ("1h,30m", 5400), ("1 h 30 m", 5400), ("1.5 days", 129_600), ("1wk", 604_800),
        ("90 sec", 90),
        // Any case, surrounding blanks, leading plus.
        ("6 HOURS", 21_600), ("1Day 2hOuRs", 93_600), (" 6 hours\t\n", 21_600), ("+6h", 21_600),
        (" + 6h", 21_600),
        // Every unit's spellings.
        ("1 wks", 604_800), ("1 week", 604_800), ("1dy", 86_400), ("2dys", 172_800),
        ("1 day", 86_400), ("1 hour", 3600), ("2 min", 120), ("2mins", 120), ("1 minute", 60),
        ("2 minutes", 120), ("7secs", 7), ("1 second", 1), ("9 seconds", 9),
        // Clocks.
        (":22", 22), ("1-02:03:04", 93_784), ("1 day 1:02:03", 90_123), ("1w 1:00:00", 608_400),
        ("2 weeks, 3 days, 100:00:00", 1_828_800), ("5:99", 399), ("0:01.9", 1), ("1h/30m", 5400),
        ("1h,", 3600), ("1.h", 3600),
        // Fractions are rounded down, at least to 1; the sum is, not its parts.
        ("0.5s", 1), ("1.9s", 1), ("4.1m", 246), ("4.1m 0.0s", 246), ("0.0166666666666666666h", 59),
        ("1.5m 0.5s", 90), ("0.01m 0.5s", 1),
        // To the bound.
        ("3650 days", 315_360_000), ("0000000000000000000000000000001s", 1),
    ]

    @Test("reads every spelling of the contract", arguments: read)
    func reads(_ text: String, _ expected: Int64) {
        #expect(seconds(text) == expected)
    }

    @Test(
        "refuses what the contract refuses",
        arguments: [
            "", " ", "+", "90", "1.5", "1 month", "1 year", "500ms", "1,5h",
            "1 hour and 5 minutes", "2 hours 1 day", "1h 2h", "30m 1h", "1:2", "1 day 5:30", "1.",
            "1e3s", "0s", "0", "0 hours", "0:00", "0.0s", "-1h", "- 1h", "-5:30", "-22", "-22.5",
            "+-22", "++1h", "+-1h",
            "3650d 1s", "3651 days", "99999999999999999999 weeks", "9223372036854775807w",
            "1.2.3h", ".", ".h", "h", ",1h", "1h,,30m", "1h, ,30m", "5s,", "5s 1m", "1: 30",
            "1 :30",
            ":5", ":220", "123:45", "1:2:03", "1:02:3", "1:002:03", "1:02-03:04", "1-02:03",
            "1h 1:02:03", "1d 1:02:03:04", "1d :22", "5:30.", "5.5:30", "1:02:03h", "one hour",
            "1hourss", "1hx", "6 hours!", "6\u{A0}hours", "٦h", "1\u{212A}", "6h\0",
            String(repeating: "0", count: 300) + "1h",
        ])
    func refuses(_ text: String) {
        #expect(seconds(text) == nil)
    }

    @Test("keeps to its bound, whatever it is")
    func bound() {
        #expect(seconds("61s", max: 60) == nil)
        #expect(seconds("1m", max: 60) == 60)
        #expect(Life(seconds: 60, secondsMax: 60)?.seconds == 60)
        for refused: Int64 in [61, 0, -1, .min, .max] {
            #expect(Life(seconds: refused, secondsMax: 60) == nil)
        }
    }

    /// Reads one text in hex a line, and says what a life of it would be: nothing below zero, and
    /// rounded as named-tokens.md says. Binary fractions are rounded to what was meant first.
    private static let script = """
        import math, sys
        from pytimeparse import parse
        for line in sys.stdin:
            value = parse(bytes.fromhex(line).decode("ascii"))
            good = value is not None and value > 0
            print(max(1, math.floor(round(value, 4))) if good else "refused")
        """

    @Test("agrees with pytimeparse on 2,000 generated texts")
    func pytimeparse() throws {
        let given = ProcessInfo.processInfo.environment["SIGNET_SEED"].flatMap(UInt64.init)
        let seed = given ?? .random(in: 0..<UInt64.max)
        print("SIGNET_SEED=\(seed)")
        var generator = LifeTextGenerator(seed: seed)
        let texts = (0..<2000).map { _ in generator.text() }
        let input = texts.map { text in
            text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                + "\n"
        }.joined()
        let output = try Python.run(Self.script, input: Data(input.utf8))
        let expected = String(decoding: output, as: UTF8.self).split(separator: "\n")
        try #require(expected.count == texts.count)
        var accepted = 0
        for (text, expected) in zip(texts, expected) {
            let ours = seconds(text, max: .max)
            #expect(ours.map(String.init) ?? "refused" == expected, "seed \(seed), \(text)")
            if ours != nil { accepted += 1 }
        }
        // The test would mean little if nearly everything were of one kind.
        #expect(accepted > texts.count / 4 && accepted < texts.count * 3 / 4)
    }
}

/// Texts that are lives, and texts that nearly are: well-formed ones by the grammar, a third of them
/// damaged.
private struct LifeTextGenerator {
    private static let units = [
        ["w", "wk", "wks", "week", "weeks"], ["d", "dy", "dys", "day", "days"],
        ["h", "hr", "hrs", "hour", "hours"], ["m", "min", "mins", "minute", "minutes"],
        ["s", "sec", "secs", "second", "seconds"],
    ]
    private static let noise = Array("0159.:-+,/ \thmsdwkyrinutecoa")

    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func text() -> String {
        var text = chance(3) ? clock() : units(chance(4) ? [0, 1] : Array(0..<5))
        if chance(8) { text = units([0, 1]) + blank() + text }
        if chance(8) { text = ["+", "-", "+ ", "- "].randomElement(using: &random)! + text }
        if chance(6) { text = blank() + text + blank() }
        if chance(5) { text = text.uppercased() }
        if chance(3) { damage(&text) }
        return text
    }

    private mutating func units(_ indices: [Int]) -> String {
        var text = ""
        for index in indices where chance(2) {
            let unit = Self.units[index].randomElement(using: &random)!
            text += number() + blank() + unit + blank()
            if chance(4) { text += [",", "/"].randomElement(using: &random)! + blank() }
        }
        return text
    }

    private mutating func clock() -> String {
        func two() -> String { String(Int.random(in: 0...99, using: &random) + 100).suffix(2) + "" }
        let places = Int.random(in: 1...4, using: &random)
        var text = places == 1 ? "" : String(Int.random(in: 0...120, using: &random))
        for place in 1..<max(2, places) {
            text += (place == 1 && places == 4 && chance(3) ? "-" : ":") + two()
        }
        if chance(4) { text += "." + two() }
        return text
    }

    private mutating func number() -> String {
        let whole = Int.random(in: 0...(chance(4) ? 100_000 : 60), using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "\(whole).\(Int.random(in: 0...999, using: &random))"
        case 1: return ".\(Int.random(in: 1...99, using: &random))"
        case 2: return "00\(whole)"
        case 3: return "\(whole)."
        default: return "\(whole)"
        }
    }

    private mutating func blank() -> String {
        ["", "", "", " ", " ", "  ", "\t", "\n"].randomElement(using: &random)!
    }

    private mutating func damage(_ text: inout String) {
        let index = text.indices.randomElement(using: &random) ?? text.endIndex
        if index < text.endIndex, chance(2) { text.remove(at: index) }
        let place = text.indices.randomElement(using: &random) ?? text.endIndex
        text.insert(Self.noise.randomElement(using: &random)!, at: place)
    }

    private mutating func chance(_ oneIn: Int) -> Bool {
        Int.random(in: 0..<oneIn, using: &random) == 0
    }
}
