internal import CVector

/// A place in a document that is being scanned, and the rules for everything but nesting.
///
/// Every read below `end` is of memory that `init` was given, and every rule checks against `end`
/// before it reads: one byte through `current`, more through `has`.
///
/// The rules that a plain document needs are marked for inlining, and the rare ones leave the cursor
/// alone and return lengths. Together with `Stack` in place of arrays this took 114 bytes from
/// 0.44-0.76 µs to 0.20-0.33 µs on a busy machine; the parts were not measured apart.
struct JSONCursor {
    private let start: UnsafeRawPointer
    private let end: Int
    /// The offset of the next byte, at most `end`.
    private(set) var position: Int

    /// Reads the bytes `range` from `start`; all of them must be readable while the cursor is used.
    init(_ start: UnsafeRawPointer, _ range: Range<Int>) {
        self.start = start
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position == end }

    /// The next byte, or 0 at the end, which no rule accepts either.
    var current: UInt8 { position < end ? byte(position) : 0 }

    /// Moves on by one byte, which must have been seen in `current`.
    @inline(__always)
    mutating func advance() {
        position &+= 1
    }

    /// Moves on by one byte if it is `byte`, and over the whitespace after it. `byte` is not 0.
    @inline(__always)
    mutating func skip(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position &+= 1
        skipWhitespace()
        return true
    }

    /// Moves over insignificant whitespace (RFC 8259 section 2).
    @inline(__always)
    mutating func skipWhitespace() {
        while true {
            switch current {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                position &+= 1
            default:
                return
            }
        }
    }

    /// Reads one of the words `true`, `false` and `null`, of which `current` is the first byte.
    @inline(__always)
    mutating func word(_ kind: JSONValue.Kind) throws(JSONError) -> JSONValue {
        let first = position
        position &+= try lengthOfWord(kind)
        return JSONValue(kind, first..<position)
    }

    private func lengthOfWord(_ kind: JSONValue.Kind) throws(JSONError) -> Int {
        // Of five bytes, the first is the one that chose the word.
        let (length, tail): (Int, UInt32) =
            switch kind {
            case .true: (4, 0x7472_7565)
            case .false: (5, 0x616C_7365)
            default: (4, 0x6E75_6C6C)
            }
        guard has(length) else { throw malformed }
        let offset = position &+ length &- 4
        let found = start.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        guard UInt32(bigEndian: found) == tail else { throw malformed }
        return length
    }

    /// Reads a number (RFC 8259 section 6), of which `current` is the minus sign or the first
    /// digit.
    @inline(__always)
    mutating func number() throws(JSONError) -> JSONValue {
        let first = position
        var cursor = self
        try cursor.skipNumber()
        position = cursor.position
        return JSONValue(.number, first..<position)
    }

    @inline(never)
    private mutating func skipNumber() throws(JSONError) {
        if current == UInt8(ascii: "-") { position &+= 1 }
        if current == UInt8(ascii: "0") {
            position &+= 1
        } else {
            try digits()
        }
        if current == UInt8(ascii: ".") {
            position &+= 1
            try digits()
        }
        if current | 0x20 == UInt8(ascii: "e") {
            position &+= 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position &+= 1 }
            try digits()
        }
    }

    /// Reads a string (RFC 8259 section 7), of which `current` is the opening quote.
    @inline(__always)
    mutating func string() throws(JSONError) -> JSONValue {
        let first = position
        var hasEscapes = false
        position &+= 1
        while true {
            skipPlainASCII()
            switch current {
            case UInt8(ascii: "\""):
                position &+= 1
                return JSONValue(.string, first..<position, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                position &+= try lengthOfEscape()
            case 0x80...:
                position &+= try lengthOfNonASCII()
            default:
                throw malformed
            }
        }
    }

    /// The error that the next byte, or the end, breaks the grammar.
    var malformed: JSONError { JSONError(.malformed, at: position) }

    private func has(_ count: Int) -> Bool { end &- position >= count }

    private func byte(_ offset: Int) -> UInt8 {
        start.load(fromByteOffset: offset, as: UInt8.self)
    }

    private mutating func digits() throws(JSONError) {
        let first = position
        while has(8) {
            let count = ByteWord(at: start + position).countOfDigits
            position &+= count
            guard count == 8 else { break }
        }
        while current &- UInt8(ascii: "0") <= 9 { position &+= 1 }
        guard position > first else { throw malformed }
    }

    @inline(__always)
    private mutating func skipPlainASCII() {
        var wordsBeforeVectors = 4
        while has(8) {
            let count = ByteWord(at: start + position).countBeforeEscapeOrNonASCII
            position &+= count
            guard count == 8 else { return }
            wordsBeforeVectors &-= 1
            if wordsBeforeVectors == 0 { skipPlainBlocks() }
        }
        while position < end {
            switch byte(position) {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20, 0x80...: return
            default: position &+= 1
            }
        }
    }

    /// Moves over the plain blocks of a long string, such as a token.
    @inline(never)
    private mutating func skipPlainBlocks() {
        let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
        position &+= signet_plain_span(
            (start + position).assumingMemoryBound(to: UInt8.self), end &- position, quote,
            backslash, backslash)
    }

    private func lengthOfEscape() throws(JSONError) -> Int {
        guard has(2) else { throw malformed }
        switch byte(position &+ 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            return try lengthOfEscapedCodeUnits()
        default:
            throw malformed
        }
    }

    /// RFC 8259 section 8.2 leaves half a surrogate pair open; RFC 7493 section 2.1 forbids it, and
    /// it has no UTF-8.
    private func lengthOfEscapedCodeUnits() throws(JSONError) -> Int {
        guard has(6), let unit = HexCodeUnit(at: start + position + 2) else { throw malformed }
        guard unit.isSurrogate else { return 6 }
        guard unit.isHighSurrogate, has(12),
            byte(position &+ 6) == UInt8(ascii: "\\"), byte(position &+ 7) == UInt8(ascii: "u"),
            let low = HexCodeUnit(at: start + position + 8), low.isLowSurrogate
        else { throw malformed }
        return 12
    }

    private func lengthOfNonASCII() throws(JSONError) -> Int {
        let rest = UnsafeRawBufferPointer(start: start + position, count: end &- position)
        let count = rest.countOfUTF8Sequence
        guard count > 0 else { throw JSONError(.invalidUTF8, at: position) }
        return count
    }
}
