/// Eight bytes of a document, looked at together; the first one is the lowest.
struct ByteWord {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    private let word: UInt64

    /// Loads the eight bytes at `pointer`, all of which must be readable.
    init(at pointer: UnsafeRawPointer) {
        word = UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
    }

    /// How many bytes come before the first that cannot stand for itself in a string, i.e. a quote,
    /// a backslash or a control character (RFC 8259 section 7); 8 when there is none.
    var countBeforeEscape: Int {
        // A subtraction can borrow from the byte above and mark it too, but only out of a byte that
        // is marked itself, so the lowest mark is exact. No mark at all leaves 64 zero bits, i.e.
        // 8.
        (mustEscape & Self.highBits).trailingZeroBitCount &>> 3
    }

    /// The same, stopping also at the first byte that is not ASCII.
    var countBeforeEscapeOrNonASCII: Int {
        ((mustEscape | word) & Self.highBits).trailingZeroBitCount &>> 3
    }

    /// How many digits come before the first byte that is none; 8 when all are.
    var countOfDigits: Int {
        // Of digits this leaves 0 to 9, and only of them.
        let values = word ^ (Self.ones &* 0x30)
        // Sums of seven bits cannot carry into the next byte.
        let beyond = (values & ~Self.highBits) &+ (Self.ones &* (0x80 - 10))
        return ((beyond | values) & Self.highBits).trailingZeroBitCount &>> 3
    }

    /// Has the high bit of a byte set when it must be escaped; the other bits mean nothing.
    private var mustEscape: UInt64 {
        // Flipping bit 1 puts the quote (0x22) right above the control characters (0x00-0x1F),
        // which stay among themselves, and lifts the space (0x20) out of the way: one test finds
        // both.
        let quoteOrControl = (word ^ (Self.ones &* 0x02)) &- (Self.ones &* 0x21)
        let backslash = (word ^ (Self.ones &* 0x5C)) &- Self.ones
        return (quoteOrControl | backslash) & ~word
    }
}
