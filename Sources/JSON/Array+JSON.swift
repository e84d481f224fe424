/// Writing JSON straight into a buffer. The caller writes the braces, commas and raw slices.
extension [UInt8] {
    /// Appends `literal` as it is, in UTF-8.
    package mutating func append(literal: StaticString) {
        append(
            contentsOf: UnsafeBufferPointer(
                start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends `number` in decimal, with a minus sign if it is negative.
    package mutating func append(decimal number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        // 2^63 has 19 digits.
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = 20
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        digits.span.extracting(first..<20).withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends `text`, which is UTF-8, as a string in quotes, escaping only what RFC 8259 section 7
    /// asks for: the quote, the backslash and control characters.
    package mutating func append(jsonString text: UnsafeRawBufferPointer) {
        reserveCapacity(Swift.max(capacity, count + text.count + 2))
        append(UInt8(ascii: "\""))
        var rest = text
        while true {
            let plain = rest.countBeforeEscape
            append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<plain]))
            guard plain < rest.count else { break }
            append(escaping: rest[plain])
            rest = UnsafeRawBufferPointer(rebasing: rest[(plain + 1)...])
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends `text`, which is UTF-8, as a string in quotes, with minimal escaping.
    package mutating func append(jsonString text: [UInt8]) {
        text.withUnsafeBytes { append(jsonString: $0) }
    }

    /// Appends `text` as a string in quotes, with minimal escaping.
    package mutating func append(jsonString text: String) {
        var text = text
        text.withUTF8 { append(jsonString: UnsafeRawBufferPointer($0)) }
    }

    private mutating func append(escaping byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0..<0x20:
            append(literal: byte < 0x10 ? "u000" : "u001")
            let digit = byte & 0x0F
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        default: append(byte)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// How many bytes come before the first that a string cannot hold unescaped.
    fileprivate var countBeforeEscape: Int {
        var offset = 0
        if let start = baseAddress {
            // The word read ends at or before `count`.
            while offset + 8 <= count {
                let plain = ByteWord(at: start + offset).countBeforeEscape
                offset += plain
                guard plain == 8 else { return offset }
            }
        }
        while offset < count {
            switch self[offset] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20: return offset
            default: offset += 1
            }
        }
        return offset
    }
}
