/// Reads the elements of a line of `Forwarded` (RFC 7239 section 4): pairs with semicolons between, elements with
/// commas between; a value is a token or a quoted string (RFC 9110 section 5.6).
struct ForwardedReader {
    enum Step {
        /// The value of its parameter `for`; nil when it has none.
        case element([UInt8]?)
        case malformed
        case end
    }

    private let line: UnsafeRawBufferPointer
    private var index = 0

    init(_ line: UnsafeRawBufferPointer) {
        self.line = line
    }

    /// The next element; after `malformed` nothing that follows means anything.
    mutating func nextElement() -> Step {
        // Empty elements of a list are none.
        while index < line.count, isBlank(line[index]) || line[index] == ASCII.comma {
            index += 1
        }
        guard index < line.count else { return .end }
        var node: [UInt8]?
        while true {
            guard let name = token(), take(ASCII.equals), let value = value() else {
                return .malformed
            }
            if isFor(name) {
                // Each parameter once.
                guard node == nil else { return .malformed }
                node = value
            }
            skipBlanks()
            guard index < line.count, !take(ASCII.comma) else { return .element(node) }
            guard take(ASCII.semicolon) else { return .malformed }
            skipBlanks()
            // Some proxies end an element with a semicolon.
            guard index < line.count, line[index] != ASCII.comma else { return .element(node) }
        }
    }

    private mutating func token() -> Range<Int>? {
        let start = index
        while index < line.count, ASCII.isToken(line[index]) { index += 1 }
        return index > start ? start..<index : nil
    }

    private mutating func value() -> [UInt8]? {
        guard take(ASCII.quote) else { return token().map { Array(line[$0]) } }
        var text: [UInt8] = []
        while index < line.count {
            var byte = line[index]
            index += 1
            if byte == ASCII.quote { return text }
            if byte == ASCII.backslash {
                guard index < line.count else { return nil }
                byte = line[index]
                index += 1
            }
            text.append(byte)
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < line.count, line[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() {
        while index < line.count, isBlank(line[index]) { index += 1 }
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

    private func isFor(_ name: Range<Int>) -> Bool {
        name.count == 3 && line[name].elementsEqual("for".utf8) { $0 | 0x20 == $1 }
    }
}
