/// The byte classes of RFC 9110 section 5.6 and RFC 3986, and names for the bytes of the grammar.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let percent: UInt8 = 0x25
    static let asterisk: UInt8 = 0x2A
    static let comma: UInt8 = 0x2C
    static let slash: UInt8 = 0x2F
    static let zero: UInt8 = 0x30
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let equals: UInt8 = 0x3D
    static let question: UInt8 = 0x3F
    static let leftBracket: UInt8 = 0x5B
    static let backslash: UInt8 = 0x5C
    static let rightBracket: UInt8 = 0x5D
    static let delete: UInt8 = 0x7F

    /// A byte of a token (RFC 9110 section 5.6.2).
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool { token.contains(byte) }

    /// A byte of a path (RFC 3986 section 3.3): `pchar`, "/" or the "%" of an escape.
    @inline(__always)
    static func isPath(_ byte: UInt8) -> Bool { path.contains(byte) }

    /// A byte of a query: RFC 3986 section 3.4, and the brackets, braces, bar, backslash, caret and
    /// backquote that browsers send as they are (WHATWG URL, query percent-encode set).
    @inline(__always)
    static func isQuery(_ byte: UInt8) -> Bool { query.contains(byte) }

    /// A byte of a registered name or an IPv4 address (RFC 3986 section 3.2.2) but for "%".
    @inline(__always)
    static func isHostName(_ byte: UInt8) -> Bool { hostName.contains(byte) }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x37
        case 0x61...0x66: byte &- 0x57
        default: nil
        }
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }

    /// The byte with "A" to "Z" made small.
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// A byte that no field value may carry (RFC 9110 section 5.5): a control other than the tab.
    @inline(__always)
    static func isControl(_ byte: UInt8) -> Bool {
        (byte < space && byte != tab) || byte == delete
    }

    private static let token = ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    private static let path = ByteSet(low: 0x2FFF_FFF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF)
    private static let query = ByteSet(low: 0xAFFF_FFF2_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF)
    private static let hostName = ByteSet(low: 0x2BFF_7FD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
}

/// A set of ASCII bytes: bit n of `low` stands for byte n, of `high` for byte 64 + n. Two words in
/// registers instead of a table in memory.
private struct ByteSet {
    let low: UInt64
    let high: UInt64

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte & 0x40 == 0 ? low : high
        return byte < 0x80 && (word &>> UInt64(byte & 63)) & 1 == 1
    }
}
