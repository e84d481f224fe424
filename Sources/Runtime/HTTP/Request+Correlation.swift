/// What ties a request to others, and to what is told of it elsewhere.
extension Request {
    /// Characters of an `X-Request-Id` that is taken: ids of the usual kinds have 20 to 64.
    private static let givenIDMax = 64

    /// What its `traceparent` says; nil when there is none, more than one, or one that is not as it should be.
    package var traceParent: TraceParent? {
        guard let range = traceParentField else { return nil }
        return bytes.withUnsafeBytes { TraceParent(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Its `X-Request-Id`; nil when there is none, more than one, or one with other characters than letters, digits and
    /// `-_.:/+@~`, or too many: it gets into logs.
    package var givenID: [UInt8]? {
        guard let range = requestIDField, (1...Self.givenIDMax).contains(range.count) else {
            return nil
        }
        let text = bytes[range]
        return text.allSatisfy(Self.mayBeInID) ? Array(text) : nil
    }

    private static func mayBeInID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
