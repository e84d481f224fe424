@testable import SignetAuthority
@testable import SignetHandlers

/// The grammar of lives, and the dates of sign-ins: a life is within its bounds, is the same in other letters and
/// with blanks around it, and is the only one of its bound.
enum LifeProperties {
    static func check(_ input: UnsafeRawBufferPointer) throws(Violation) {
        let text = Array(input)
        let secondsMax: Int64 = 3_155_760_000
        checkDate(text)
        // However large it is, it is some number.
        let unbounded = Life(text, secondsMax: .max)
        let life = Life(text, secondsMax: secondsMax)
        guard let unbounded else {
            return try require(life == nil, "a bound made it readable")
        }
        try require(unbounded.seconds >= 1, "a life of nothing")
        try require(
            (life == nil) == (unbounded.seconds > secondsMax), "the bound is not what was asked for"
        )
        guard let life else { return }
        try require(life == unbounded, "the bound changed it")
        try require(Life(text, secondsMax: life.seconds) == life, "its own length is too long")
        try require(
            life.seconds == 1 || Life(text, secondsMax: life.seconds - 1) == nil,
            "longer than its bound")
        let plain = Array("\(life.seconds)s".utf8)
        try require(Life(plain, secondsMax: secondsMax) == life, "in seconds it is another")
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let lower = text.map { letters.contains($0) ? $0 | 0x20 : $0 }
        try require(Life(lower, secondsMax: secondsMax) == life, "letter case counts")
        guard text.count < Life.textBytesMax else { return }
        try require(Life([0x20] + text, secondsMax: secondsMax) == life, "a blank counts")
    }

    /// Any text is a date or none; what is found out by arithmetic must not overflow.
    private static func checkDate(_ text: [UInt8]) { _ = WantedExpiry(text: text) }
}
