extension UnsafeRawBufferPointer {
    /// The length of the sequence of two to four bytes that the buffer starts with, or 0 when it is
    /// not one of the table in RFC 3629 section 4: no overlong forms, no surrogates, nothing above
    /// U+10FFFF, nothing cut short.
    var countOfUTF8Sequence: Int {
        guard count >= 2 else { return 0 }
        let second = self[1]
        switch self[0] {
        case 0xC2...0xDF:
            return second.isUTF8Tail ? 2 : 0
        case 0xE0...0xEF:
            let isValid =
                switch self[0] {
                case 0xE0: (0xA0...0xBF).contains(second)
                case 0xED: (0x80...0x9F).contains(second)
                default: second.isUTF8Tail
                }
            return isValid && count >= 3 && self[2].isUTF8Tail ? 3 : 0
        case 0xF0...0xF4:
            let isValid =
                switch self[0] {
                case 0xF0: (0x90...0xBF).contains(second)
                case 0xF4: (0x80...0x8F).contains(second)
                default: second.isUTF8Tail
                }
            return isValid && count >= 4 && self[2].isUTF8Tail && self[3].isUTF8Tail ? 4 : 0
        default:
            return 0
        }
    }
}

extension UInt8 {
    fileprivate var isUTF8Tail: Bool { self & 0xC0 == 0x80 }
}
