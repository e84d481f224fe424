/// The UTF-16 code unit that the four digits of a `\u` escape name (RFC 8259 section 7).
struct HexCodeUnit {
    let value: UInt32

    /// Reads the four bytes at `pointer`, all of which must be readable; nil unless they are
    /// hexadecimal digits.
    init?(at pointer: UnsafeRawPointer) {
        var value: UInt32 = 0
        for offset in 0..<4 {
            let byte = pointer.load(fromByteOffset: offset, as: UInt8.self)
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        self.value = value
    }

    var isSurrogate: Bool { value & 0xF800 == 0xD800 }
    var isHighSurrogate: Bool { value & 0xFC00 == 0xD800 }
    var isLowSurrogate: Bool { value & 0xFC00 == 0xDC00 }

    /// The code point that this high surrogate makes with the low surrogate after it.
    func codePoint(with low: HexCodeUnit) -> UInt32 {
        0x10000 + (value - 0xD800) << 10 + (low.value - 0xDC00)
    }
}
