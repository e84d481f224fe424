internal import SignetRuntime

/// The fields of an `application/x-www-form-urlencoded` body (WHATWG URL section 5.1), still encoded, in
/// their order. Valid while its bytes are.
struct FormPairs: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    private var start = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The next field that is not empty; one without an equals sign has an empty value.
    mutating func next() -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
        while start < bytes.count {
            let end = bytes.index(of: UInt8(ascii: "&"), from: start)
            defer { start = end + 1 }
            guard start < end else { continue }
            let pair = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            let equals = pair.index(of: UInt8(ascii: "="), from: 0)
            return (
                UnsafeRawBufferPointer(rebasing: pair[..<equals]),
                UnsafeRawBufferPointer(rebasing: pair[Swift.min(equals + 1, pair.count)...])
            )
        }
        return nil
    }
}

extension [UInt8] {
    /// Appends the decoded form of `bytes`, a name or a value of a form, and returns where it is.
    ///
    /// - Parameter plus: what a plus sign stands for.
    mutating func append(
        formText bytes: UnsafeRawBufferPointer, plus: UInt8 = UInt8(ascii: " ")
    ) throws(FormRefusal) -> Range<Int> {
        let start = count
        var index = 0
        while true {
            let end = bytes.endOfFormText(from: index)
            append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[index..<end]))
            guard end < bytes.count else { break }
            index = end + 1
            switch bytes[end] {
            case UInt8(ascii: "+"): append(plus)
            case UInt8(ascii: "%"):
                guard index + 2 <= bytes.count,
                    let value = HexDigits.byte(bytes[index], bytes[index + 1])
                else { throw .malformed("A parameter is not encoded as a form.") }
                append(value)
                index += 2
            // A space is itself: it should be encoded, but has one meaning only, and people type it.
            default: throw .malformed("A parameter is not encoded as a form.")
            }
        }
        return start..<count
    }
}
