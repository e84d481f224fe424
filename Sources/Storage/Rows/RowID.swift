/// The 128 bits of a ULID, which the store keeps as 16 bytes in network order.
package struct RowID: Hashable, Sendable {
    /// The first eight bytes: 48 bits of milliseconds and 16 more.
    package let high: UInt64
    /// The last eight bytes.
    package let low: UInt64

    /// Puts the two halves together.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 16 bytes in network order; nil for any other number of bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 16 bytes in network order.
    var bytes: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
    }
}
