/// The addresses that begin with the same bits (RFC 4632, RFC 4291 section 2.3): `10.0.0.0/8`, `fd00::/8`.
package struct AddressRange: Sendable, Equatable {
    private let isIPv4: Bool
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64

    /// Reads an address alone, or with a slash and the number of its leading bits. Nil for anything else, and
    /// when bits behind those are set: one of the two was meant differently.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0] != "localhost",
            let address = SocketAddress(host: String(parts[0]), port: 0)
        else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard parts[1].utf8.allSatisfy(digits.contains), let given = Int(parts[1]),
                given <= width
            else { return nil }
            length = given
        }
        (high, low) = address.addressBytes
        isIPv4 = address.isIPv4
        highMask = Self.mask(min(length, 64))
        lowMask = isIPv4 ? 0 : Self.mask(max(0, length - 64))
        guard high & ~highMask == 0, low & ~lowMask == 0 else { return nil }
    }

    /// Whether an address is one of them. An IPv4 address is never one of an IPv6 range.
    package func contains(_ address: SocketAddress) -> Bool {
        let bytes = address.addressBytes
        guard address.isIPv4 == isIPv4 else { return false }
        return bytes.high & highMask == high && bytes.low & lowMask == low
    }

    /// The first `length` bits of 64.
    private static func mask(_ length: Int) -> UInt64 {
        length == 0 ? 0 : ~UInt64(0) << (64 - UInt64(length))
    }
}
