/// A 128-bit identifier that sorts by its time: 48 bits of milliseconds, then 80 bits that its maker
/// fills. Written as 26 characters of Crockford's base 32.
package struct ULID: Hashable, Sendable, Comparable {
    /// Characters of the text form.
    package static let textLength = 26

    /// The milliseconds, and the upper 16 of the 80 free bits.
    package let high: UInt64
    /// The lower 64 of the free bits.
    package let low: UInt64

    /// The identifier of these 128 bits.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An identifier of `milliseconds` since 1970, of which 48 bits are used, with random free bits.
    package init(milliseconds: UInt64, random: RandomPool) {
        high = milliseconds << 16 | random.nextUInt64() & 0xFFFF
        low = random.nextUInt64()
    }

    /// Reads the text form, in any letter case: 26 characters of `A-HJKMNP-TV-Z0-9`, of which the
    /// first is at most 7, because more would not fit in 128 bits. nil for every other text.
    package init?(_ text: UnsafeRawBufferPointer) {
        guard text.count == Self.textLength else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var seen: UInt8 = 0
        let values = Crockford.shared.values
        for character in text {
            let value = values[Int(character)]
            seen |= value
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(value & 0x1F)
        }
        guard seen < 32, values[Int(text[0])] < 8 else { return nil }
        self.high = high
        self.low = low
    }

    /// Reads the text form, as `init(_: UnsafeRawBufferPointer)` does.
    package init?(_ text: [UInt8]) {
        guard let id = text.withUnsafeBytes({ ULID($0) }) else { return nil }
        self = id
    }

    /// Reads the text form, as `init(_: UnsafeRawBufferPointer)` does.
    package init?(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// When it was made, in milliseconds since 1970.
    package var milliseconds: UInt64 { high >> 16 }

    /// The text form: 26 upper-case characters.
    package var text: String {
        String(unsafeUninitializedCapacity: Self.textLength) { output in
            guard let start = output.baseAddress else { return 0 }
            write(to: start)
            return Self.textLength
        }
    }

    /// Writes the 26 upper-case characters of the text form to `output`.
    package func write(to output: UnsafeMutablePointer<UInt8>) {
        let characters = Crockford.shared.characters
        var high = high
        var low = low
        var index = Self.textLength - 1
        while index >= 0 {
            output[index] = characters[Int(truncatingIfNeeded: low & 0x1F)]
            low = low >> 5 | high << 59
            high >>= 5
            index -= 1
        }
    }

    /// Earlier identifiers come first, as their texts do.
    package static func < (left: ULID, right: ULID) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    /// The lower half is enough: it is random in every identifier that Signet makes.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(low)
    }
}

extension ULID: CustomStringConvertible {
    /// The text form.
    package var description: String { text }
}

/// The digits of Crockford's base 32, without its aliases for I, L and O.
///
/// `@unchecked Sendable`: the tables are written in `init` only and never freed.
private final class Crockford: @unchecked Sendable {
    static let shared = Crockford()

    let characters: UnsafePointer<UInt8>
    /// The five bits of every digit in both letter cases; 255 for what is no digit.
    let values: UnsafePointer<UInt8>

    private init() {
        let characters = UnsafeMutablePointer<UInt8>.allocate(capacity: 32)
        let values = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        values.initialize(repeating: 0xFF, count: 256)
        for (value, character) in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8.enumerated() {
            (characters + value).initialize(to: character)
            values[Int(character)] = UInt8(value)
            let isLetter = character >= UInt8(ascii: "A")
            if isLetter { values[Int(character | 0x20)] = UInt8(value) }
        }
        self.characters = UnsafePointer(characters)
        self.values = UnsafePointer(values)
    }
}
