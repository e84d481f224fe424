import Glibc
internal import SignetJSON

/// Textual IP addresses as the apps dialect takes them.
enum IPAddress {
    /// The longest text of an IPv6 address, with an IPv4 address at its end.
    private static let textBytesMax = 45

    /// What is wrong with a member that must be an address; nil when nothing is.
    static func fault(
        of value: JSONValue?, in bytes: UnsafeRawBufferPointer
    ) -> FieldError.Reason? {
        guard let value, !value.isEmptyString else { return .required }
        return isValid(value, in: bytes) ? nil : .address
    }

    /// Whether a JSON string is an IPv4 or IPv6 address. Zones, leading zeros in IPv4, and CIDR
    /// forms are not addresses; `inet_pton` takes none of them.
    static func isValid(_ value: JSONValue, in bytes: UnsafeRawBufferPointer) -> Bool {
        value.withString(in: bytes) { isValid($0) }
    }

    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        guard !text.isEmpty, text.count <= textBytesMax, !text.contains(0) else { return false }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
            for (index, byte) in text.enumerated() { copy[index] = CChar(bitPattern: byte) }
            copy[text.count] = 0
            guard let start = copy.baseAddress else { return false }
            var address = in6_addr()
            return withUnsafeMutableBytes(of: &address) { address in
                inet_pton(AF_INET, start, address.baseAddress) == 1
                    || inet_pton(AF_INET6, start, address.baseAddress) == 1
            }
        }
    }
}
