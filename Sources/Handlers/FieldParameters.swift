internal import SignetRuntime

/// The parameters behind the first semicolon of a field value (RFC 9110 section 5.6.6, RFC 2183 section 2):
/// `; name=value`, the value as it is or in quotes. Valid while its bytes are.
///
/// Read as it is written in the field: an unquoted value may have any character but the semicolon, since
/// boundaries do, and within quotes a backslash escapes a quote and itself only, since file names have them.
struct FieldParameters: Sequence, IteratorProtocol {
    private let text: UnsafeRawBufferPointer
    private var index: Int
    /// Whether a parameter was met that is none; the sequence ends there.
    private(set) var isMalformed = false

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        index = text.index(of: UInt8(ascii: ";"), from: 0)
    }

    mutating func next() -> (name: [UInt8], value: [UInt8])? {
        // An empty parameter is none.
        repeat {
            guard index < text.count else { return nil }
            index += 1
            skipSpaces()
        } while index == text.count || text[index] == UInt8(ascii: ";")
        let equals = text.index(of: UInt8(ascii: "="), from: index)
        let name = Self.trimmed(text[index..<equals])
        guard equals < text.count, !name.isEmpty, !name.contains(UInt8(ascii: ";")) else {
            return end()
        }
        index = equals + 1
        skipSpaces()
        guard index < text.count, text[index] == UInt8(ascii: "\"") else {
            let start = index
            index = text.index(of: UInt8(ascii: ";"), from: start)
            return (name, Self.trimmed(text[start..<index]))
        }
        guard let value = quoted() else { return end() }
        skipSpaces()
        guard index == text.count || text[index] == UInt8(ascii: ";") else { return end() }
        return (name, value)
    }

    /// Reads a quoted value; nil when it does not end.
    private mutating func quoted() -> [UInt8]? {
        var value: [UInt8] = []
        index += 1
        while index < text.count {
            var byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return value }
            if byte == UInt8(ascii: "\\"), index < text.count,
                text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "\\")
            {
                byte = text[index]
                index += 1
            }
            value.append(byte)
        }
        return nil
    }

    private mutating func end() -> (name: [UInt8], value: [UInt8])? {
        isMalformed = true
        index = text.count
        return nil
    }

    private mutating func skipSpaces() {
        while index < text.count, Self.isSpace(text[index]) { index += 1 }
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        var bytes = bytes[...]
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return Array(bytes)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
