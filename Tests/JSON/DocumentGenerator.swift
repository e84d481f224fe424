import TestSupport

/// Makes JSON documents, most of which are then damaged in a few bytes. The same seed makes the
/// same.
struct DocumentGenerator: RandomNumberGenerator {
    private static let fragments: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0061", "0",
            "-",
            ".", "e", "E+", "1", " ", "\n", "\t", "\0", "\u{1}", "\u{7f}", "true", "false", "null",
            "NaN",
            "Infinity", "é", "😀", "\u{feff}", "\u{85}", "\u{a0}", "\u{2028}", "/", "'", "\"a\":1",
        ].map { [UInt8]($0.utf8) } + [
            [0x80], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF4, 0x90], [0xFF],
        ]

    private static let names = [
        "a", "b", "\\u0061", "", "sub", "aud", "\\n", "é", "\\u00e9", "longer-name",
    ]
    private static let scalars = [
        "0", "-0", "1.5", "-12e+3", "1E400", "9007199254740993", "true", "false", "null",
    ]

    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func next() -> UInt64 { random.next() }

    mutating func document() -> [UInt8] {
        if chance(of: 30) { return nested() }
        var bytes = [UInt8]("\(space())\(value(depth: 0))\(space())".utf8)
        while chance(of: 2) { damage(&bytes) }
        return bytes
    }

    private mutating func chance(of count: Int) -> Bool {
        Int.random(in: 0..<count, using: &self) == 0
    }

    private mutating func space() -> String {
        chance(of: 4) ? [" ", "\n", "\t", "\r\n", "  "].randomElement(using: &self) ?? "" : ""
    }

    private mutating func value(depth: Int) -> String {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 4), using: &self) {
        case 0, 1: Self.scalars.randomElement(using: &self) ?? "0"
        case 2, 3: string()
        case 4, 5: "[\(list { $0.value(depth: depth + 1) })]"
        default:
            "{\(list { "\($0.name())\($0.space()):\($0.space())\($0.value(depth: depth + 1))" })}"
        }
    }

    private mutating func list(_ item: (inout Self) -> String) -> String {
        let count = chance(of: 20) ? 14 : Int.random(in: 0..<5, using: &self)
        return (0..<count).map { _ in "\(space())\(item(&self))\(space())" }.joined(separator: ",")
    }

    private mutating func name() -> String {
        // Mostly unlike the others of its object, or nearly every document would be refused.
        chance(of: 10)
            ? "\"\(Self.names.randomElement(using: &self) ?? "")\"" : "\"n\(next() % 999)\""
    }

    private mutating func string() -> String {
        var text = "\""
        for _ in 0..<Int.random(in: 0..<20, using: &self) {
            text +=
                chance(of: 4)
                ? [
                    "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", "é", "€", "😀",
                    "\u{7f}",
                ]
                .randomElement(using: &self) ?? ""
                : "x"
        }
        return text + "\""
    }

    private mutating func nested() -> [UInt8] {
        let depth = Int.random(in: 60..<70, using: &self)
        var text = ""
        var end = ""
        for _ in 0..<depth {
            let isArray = chance(of: 2)
            text += isArray ? "[" : "{\"a\":"
            end = (isArray ? "]" : "}") + end
        }
        return [UInt8]((text + "0" + end).utf8)
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &self)
        let end = min(bytes.count, place + Int.random(in: 0..<4, using: &self))
        switch Int.random(in: 0..<4, using: &self) {
        case 0: bytes.removeSubrange(place..<end)
        case 1:
            bytes.insert(contentsOf: Self.fragments.randomElement(using: &self) ?? [], at: place)
        case 2:
            bytes.replaceSubrange(
                place..<end, with: Self.fragments.randomElement(using: &self) ?? [])
        default:
            bytes.insert(
                contentsOf: Array(bytes[place..<end]),
                at: Int.random(in: 0...bytes.count, using: &self))
        }
    }
}
