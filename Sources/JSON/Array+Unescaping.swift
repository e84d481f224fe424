extension [UInt8] {
    /// Appends the content of a string in UTF-8, with its escapes replaced by what they stand for
    /// (RFC 8259 section 7). `content` is what stood between the quotes of a string that a
    /// `JSONScanner` accepted, so that every backslash starts a whole escape.
    mutating func append(unescaping content: UnsafeRawBufferPointer) {
        var rest = content[...]
        while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
            append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<backslash]))
            rest = rest[(backslash + 1)...]
            if rest.first == UInt8(ascii: "u") {
                rest = rest.dropFirst(append(codeUnitsAt: rest))
            } else if let letter = rest.popFirst() {
                append(letter.unescaped)
            }
        }
        append(contentsOf: UnsafeRawBufferPointer(rebasing: rest))
    }

    /// Appends what the escape without its backslash stands for, and returns its length: 5 for
    /// `uXXXX`, 11 for the pair `uXXXX\uXXXX`.
    private mutating func append(codeUnitsAt escape: Slice<UnsafeRawBufferPointer>) -> Int {
        let escape = UnsafeRawBufferPointer(rebasing: escape)
        guard let start = escape.baseAddress, escape.count >= 5,
            let unit = HexCodeUnit(at: start + 1)
        else { preconditionFailure("not an accepted string") }
        guard unit.isHighSurrogate else {
            append(codePoint: unit.value)
            return 5
        }
        guard escape.count >= 11, let low = HexCodeUnit(at: start + 7) else {
            preconditionFailure("not an accepted string")
        }
        append(codePoint: unit.codePoint(with: low))
        return 11
    }

    private mutating func append(codePoint: UInt32) {
        guard let scalar = Unicode.Scalar(codePoint) else {
            preconditionFailure("not an accepted string")
        }
        append(contentsOf: scalar.utf8)
    }
}

extension UInt8 {
    /// What the letter after a backslash stands for; the quote, `\` and `/` stand for themselves.
    fileprivate var unescaped: UInt8 {
        switch self {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: self
        }
    }
}
