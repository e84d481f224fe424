internal import SignetJSON

extension UnsafeRawBufferPointer {
    /// Whether these are the bytes of `literal`. Not for secrets: it stops at the first difference.
    func isEqual(to literal: StaticString) -> Bool {
        hasSameBytes(as: UnsafeRawBufferPointer(literal))
    }

    /// Whether these are the bytes of `literal`, but for the case of ASCII letters.
    func isEqualIgnoringCase(to literal: StaticString) -> Bool {
        let text = UnsafeRawBufferPointer(literal)
        // Nearly everybody writes names as we do.
        return hasSameBytes(as: text) || isEqualIgnoringCase(to: text)
    }

    /// Whether these are the bytes of `text`, but for the case of ASCII letters.
    func isEqualIgnoringCase(to text: some Collection<UInt8>) -> Bool {
        guard count == text.count else { return false }
        var index = 0
        for byte in text {
            guard Self.lowercased(self[index]) == Self.lowercased(byte) else { return false }
            index += 1
        }
        return true
    }

    private init(_ literal: StaticString) {
        self.init(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
