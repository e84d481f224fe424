/// Eight bytes of text in one register, the first in the lowest bits. A question about all of them
/// is answered by a word with the high bit (0x80) of each byte for which the answer is yes.
struct ByteWord {
    let bits: UInt64

    private static let high = repeating(0x80)

    @inline(__always)
    init(_ bits: UInt64) { self.bits = bits }

    @inline(__always)
    private static func repeating(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }

    /// Which bytes are below 0x20 or equal to 0x7F. The lowest mark is right; a borrow can make
    /// wrong ones above it only.
    @inline(__always)
    var controls: UInt64 {
        let flipped = bits ^ Self.repeating(0x7F)
        let small = (bits &- Self.repeating(0x20)) & ~bits
        let deleted = (flipped &- Self.repeating(1)) & ~flipped
        return (small | deleted) & Self.high
    }

    /// Which bytes are letters. Sums of seven-bit values cannot carry into the next byte, so that
    /// every mark is right.
    @inline(__always)
    var letters: UInt64 {
        let small = (bits & ~Self.high) | Self.repeating(0x20)
        let fromA = small &+ Self.repeating(0x80 - 0x61)
        let afterZ = small &+ Self.repeating(0x80 - 0x7B)
        return fromA & ~afterZ & ~bits & Self.high
    }

    /// Which bytes are "-", ".", "/" or digits, which stand side by side in ASCII.
    @inline(__always)
    var pathMarksAndDigits: UInt64 {
        let plain = bits & ~Self.high
        let fromHyphen = plain &+ Self.repeating(0x80 - 0x2D)
        let afterNine = plain &+ Self.repeating(0x80 - 0x3A)
        return fromHyphen & ~afterNine & ~bits & Self.high
    }

    /// Which bytes are "-".
    @inline(__always)
    var hyphens: UInt64 {
        let others = ((bits & ~Self.high) ^ Self.repeating(0x2D)) &+ Self.repeating(0x7F)
        return ~others & ~bits & Self.high
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
