/// A random UUID (RFC 9562 section 5.4).
package struct UUID4: Hashable, Sendable {
    /// Characters of its text.
    package static let textLength = 36

    /// The 128 bits, the first byte in the highest bits.
    package let high: UInt64
    package let low: UInt64

    /// The UUID of these bits, which are not looked at.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new one: 122 random bits.
    package init(random: RandomPool) {
        high = random.nextUInt64() & ~0xF000 | 0x4000
        low = random.nextUInt64() & ~(0b11 << 62) | 0b10 << 62
    }

    /// Reads the text of any UUID, in any letter case (RFC 9562 section 4); nil for anything else.
    package init?(_ text: UnsafeRawBufferPointer) {
        guard text.count == Self.textLength else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in text.enumerated() {
            if Self.dashes.contains(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.value(of: byte) else { return nil }
            if digits < 16 {
                halves.high = halves.high << 4 | digit
            } else {
                halves.low = halves.low << 4 | digit
            }
            digits += 1
        }
        (high, low) = halves
    }

    /// Its text, in small letters.
    package var text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(Self.textLength)
        for half in [high, low] {
            for shift in stride(from: 60, through: 0, by: -4) {
                if Self.dashes.contains(text.count) { text.append(UInt8(ascii: "-")) }
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(shift)) & 0x0F
                text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        return text
    }

    /// Where the dashes stand in the text.
    private static let dashes = [8, 13, 18, 23]

    private static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
