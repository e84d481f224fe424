/// One field of an answer that can be sent as it is: no value of this type holds a CR, a LF or
/// another control, so that an answer can never be split (RFC 9110 section 5.5).
package struct ResponseField: Sendable {
    let name: StaticString
    let value: Value

    enum Value {
        case text(StaticString)
        case bytes([UInt8])
    }

    /// A field with a value known at compile time. Traps when it is not a valid field.
    package init(_ name: StaticString, _ value: StaticString) {
        Self.checkName(name)
        for index in 0..<value.utf8CodeUnitCount {
            precondition(!ASCII.isControl(value.utf8Start[index]), "control in a field value")
        }
        self.name = name
        self.value = .text(value)
    }

    /// A field with a value made at run time; nil when the value holds a control other than the
    /// tab.
    package init?(_ name: StaticString, bytes: [UInt8]) {
        Self.checkName(name)
        let span = bytes.span
        guard span.endOfFieldText(from: 0) == span.count else { return nil }
        self.name = name
        value = .bytes(bytes)
    }

    var valueCount: Int {
        switch value {
        case .text(let text): text.utf8CodeUnitCount
        case .bytes(let bytes): bytes.count
        }
    }

    private static func checkName(_ name: StaticString) {
        precondition(name.utf8CodeUnitCount > 0, "empty field name")
        for index in 0..<name.utf8CodeUnitCount {
            precondition(ASCII.isToken(name.utf8Start[index]), "not a token: \(name)")
        }
    }
}
