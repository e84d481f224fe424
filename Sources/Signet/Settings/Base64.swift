/// What base64 looks like (RFC 4648 section 4). Decoding is left to those who use the bytes.
enum Base64 {
    /// Whether `byte` is one of the alphabet's 64 characters.
    static func isDigit(_ byte: UInt8) -> Bool { value(byte) != nil }

    /// Whether `text` is the canonical, padded base64 of exactly `count` bytes: no stray bits in
    /// the last digit (section 3.5), nothing before or after.
    static func isCanonical(_ text: String, bytes count: Int) -> Bool {
        let padding = (3 - count % 3) % 3
        let digits = text.utf8.dropLast(padding)
        guard text.utf8.count == (count + 2) / 3 * 4, digits.allSatisfy(isDigit),
            text.utf8.suffix(padding).allSatisfy({ $0 == UInt8(ascii: "=") })
        else { return false }
        let unused: UInt8 = padding == 0 ? 0 : padding == 1 ? 0b11 : 0b1111
        return digits.last.flatMap(value).map { $0 & unused == 0 } ?? (count == 0)
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
