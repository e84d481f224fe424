internal import SignetRuntime

/// Ids that tie the lines of one request together, also those of other servers: as the request's `traceparent` has
/// it (W3C Trace Context, section 3.2), or else new ones. They are no secret. One for each loop.
struct TraceIDs {
    private static let length = 32
    /// Version 00: `00-`, the trace id, `-`, the parent's id, `-`, the flags.
    private static let parentLength = 55

    private let high: UInt64
    private var low: UInt64

    init() {
        var random = SystemRandomNumberGenerator()
        high = random.next() | 1
        low = random.next()
    }

    /// The trace id of a request, in 32 hexadecimal digits.
    mutating func id(of exchange: Exchange) -> [UInt8] {
        if let given = Self.given(exchange) { return given }
        low &+= 1
        return [UInt8](unsafeUninitializedCapacity: Self.length) { text, count in
            for (offset, word) in [high, low].enumerated() {
                for digit in 0..<16 {
                    let value = UInt8(word >> UInt64(60 - 4 * digit) & 0xF)
                    text[offset * 16 + digit] =
                        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
                }
            }
            count = Self.length
        }
    }

    /// What a `traceparent` of the right shape says; nil for any other, and for more than one.
    private static func given(_ exchange: Exchange) -> [UInt8]? {
        guard let range = exchange.request.field("traceparent"), range.count >= parentLength else {
            return nil
        }
        let text = exchange.request.bytes[range]
        let digits = text.dropFirst(3).prefix(length)
        let dash = UInt8(ascii: "-")
        guard text[text.startIndex + 2] == dash, text[text.startIndex + 3 + length] == dash,
            digits.allSatisfy(isLowerHexDigit), digits.contains(where: { $0 != UInt8(ascii: "0") })
        else { return nil }
        return Array(digits)
    }

    private static func isLowerHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
