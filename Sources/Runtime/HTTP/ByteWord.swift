/// Eight bytes of text in one register, the first in the lowest bits. A question about all of them
/// is answered by a word with the high bit (0x80) of each byte for which the answer is yes.
struct ByteWord {
    let bits: UInt64

    static let high = repeating(0x80)

    @inline(__always)
    init(_ bits: UInt64) { self.bits = bits }

    /// Eight times the same byte.
    @inline(__always)
    init(repeating byte: UInt8) { bits = Self.repeating(UInt64(byte)) }

    @inline(__always)
    private static func repeating(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }

    /// Which bytes are `first`, `last`, or between the two; both are ASCII. Sums of seven-bit values
    /// cannot carry into the next byte, so that every mark is right.
    @inline(__always)
    func marks(from first: UInt8, through last: UInt8) -> UInt64 {
        let plain = bits & ~Self.high
        let fromFirst = plain &+ Self.repeating(0x80 &- UInt64(first))
        let afterLast = plain &+ Self.repeating(0x7F &- UInt64(last))
        return fromFirst & ~afterLast & ~bits & Self.high
    }

    /// Which bytes are `byte`, which is ASCII.
    @inline(__always)
    func marks(of byte: UInt8) -> UInt64 { marks(from: byte, through: byte) }

    /// Which bytes are below 0x20 or equal to 0x7F. The lowest mark is right; a borrow can make
    /// wrong ones above it only.
    @inline(__always)
    var controls: UInt64 {
        let flipped = bits ^ Self.repeating(0x7F)
        let small = (bits &- Self.repeating(0x20)) & ~bits
        let deleted = (flipped &- Self.repeating(1)) & ~flipped
        return (small | deleted) & Self.high
    }

    /// Which bytes are letters.
    @inline(__always)
    var letters: UInt64 {
        // Only letters become small ones by this bit.
        ByteWord(bits | Self.repeating(0x20)).marks(from: 0x61, through: 0x7A)
    }

    /// How many bytes come before the first one that is not marked in `marks`.
    @inline(__always)
    static func leadingCount(marked marks: UInt64) -> Int {
        (marks ^ high).trailingZeroBitCount / 8
    }

    /// The bytes with the capitals among the first `count` made small.
    @inline(__always)
    func lowercasingLetters(_ letters: UInt64, first count: Int) -> UInt64 {
        // A shift by 64 gives no bits, and then the mask is all ones.
        let mask = (UInt64(1) << UInt64(count * 8)) &- 1
        return bits | (letters >> 2 & mask)
    }
}
