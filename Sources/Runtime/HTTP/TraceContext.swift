/// The id of what a request is a part of, at whatever servers (W3C Trace Context section 3.2.2.3). Never zero.
package struct TraceID: Sendable, Equatable {
    /// Hexadecimal digits of its text.
    static let length = 32

    private let high: UInt64
    private let low: UInt64

    /// Nil for zero, which names nothing.
    package init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// Its text: 32 small hexadecimal digits.
    package var text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(Self.length)
        text.append(hexadecimal: high, digits: 16)
        text.append(hexadecimal: low, digits: 16)
        return text
    }
}

/// What the field `traceparent` says (W3C Trace Context section 3.2, level 2): which trace a request belongs to, and by
/// which of its parts it was sent.
package struct TraceParent: Sendable, Equatable {
    /// `00-`, the trace's id, `-`, the sender's, `-`, and the flags.
    private static let length = 55
    /// The flags that version 00 knows, which are passed on: sampled, and random (level 2, section 3.2.2.5).
    private static let knownFlags: UInt8 = 0b11

    package let trace: TraceID
    package let flags: UInt8

    /// Of a trace that begins here, and that nobody is known to record.
    package init(beginning trace: TraceID) {
        self.trace = trace
        flags = 0
    }

    /// Nil for whatever the specification does not allow: the receiver then begins a trace of its own.
    package init?(_ text: UnsafeRawBufferPointer) {
        guard text.count >= Self.length, text[2] == Self.dash, text[35] == Self.dash,
            text[52] == Self.dash, let version = text.hexadecimal(0..<2), version != 0xFF,
            let high = text.hexadecimal(3..<19), let low = text.hexadecimal(19..<35),
            let sender = text.hexadecimal(36..<52), sender != 0,
            let flags = text.hexadecimal(53..<55), let trace = TraceID(high: high, low: low)
        else { return nil }
        // Later versions may have more behind another dash.
        guard text.count == Self.length || version > 0 && text[55] == Self.dash else { return nil }
        self.trace = trace
        self.flags = UInt8(flags) & Self.knownFlags
    }

    /// The field of an answer by the part `id` of the trace, in version 00.
    package func text(of id: UInt64) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(Self.length)
        text.append(contentsOf: "00-".utf8)
        text.append(contentsOf: trace.text)
        text.append(Self.dash)
        text.append(hexadecimal: id, digits: 16)
        text.append(Self.dash)
        text.append(hexadecimal: UInt64(flags), digits: 2)
        return text
    }

    private static let dash = UInt8(ascii: "-")
}

extension UnsafeRawBufferPointer {
    /// The number that these digits are; nil when one is no small hexadecimal digit.
    fileprivate func hexadecimal(_ range: Range<Int>) -> UInt64? {
        var number: UInt64 = 0
        for byte in self[range] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}

extension [UInt8] {
    fileprivate mutating func append(hexadecimal number: UInt64, digits: Int) {
        for place in (0..<digits).reversed() {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(4 * place)) & 0xF
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
