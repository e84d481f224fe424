internal import CLibUV
import Glibc

/// An IPv4 or IPv6 address with a port, as the kernel keeps it.
package struct SocketAddress: Sendable, CustomStringConvertible {
    private let storage: sockaddr_storage
    private let length: socklen_t

    /// Reads a numeric IPv4 or IPv6 address, or the name `localhost`. Nothing is looked up in DNS.
    /// Returns nil when `host` is neither.
    package init?(host: String, port: UInt16) {
        let numeric = host == "localhost" ? "127.0.0.1" : host
        var four = in_addr()
        var six = sockaddr_in6()
        if inet_pton(AF_INET, numeric, &four) == 1 {
            self.init(four, port: port)
        } else if inet_pton(AF_INET6, numeric, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            self.init(copying: six)
        } else {
            return nil
        }
    }

    /// Whether `host` is a numeric address and not a name.
    static func isNumeric(_ host: String) -> Bool {
        SocketAddress(host: host, port: 0) != nil && host != "localhost"
    }

    /// What `accept` or `getsockname` filled in. An IPv4 peer of an IPv6 socket (RFC 4291 section
    /// 2.5.5.2) becomes the IPv4 address that it is, so that a client has one address.
    init(_ storage: sockaddr_storage, length: socklen_t) {
        let asGiven = SocketAddress(storage: storage, length: length)
        let bytes = asGiven.addressBytes
        if asGiven.family == AF_INET6, bytes.high == 0, bytes.low >> 32 == 0xFFFF {
            let address = in_addr(s_addr: UInt32(truncatingIfNeeded: bytes.low).bigEndian)
            self.init(address, port: asGiven.port)
        } else {
            self = asGiven
        }
    }

    /// Reads a numeric address that was written by somebody else. As with a peer's, an IPv4 address in an IPv6
    /// address becomes the IPv4 address that it is.
    init?(forwarded host: String) {
        guard let address = SocketAddress(host: host, port: 0) else { return nil }
        self.init(address.storage, length: address.length)
    }

    private init(storage: sockaddr_storage, length: socklen_t) {
        self.storage = storage
        self.length = length
    }

    private init(_ address: in_addr, port: UInt16) {
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        four.sin_addr = address
        self.init(copying: four)
    }

    /// Keeps `address`, a `sockaddr_in` or `sockaddr_in6`.
    private init<Address>(copying address: Address) {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { target in
            withUnsafeBytes(of: address) { target.copyMemory(from: $0) }
        }
        self.init(storage: storage, length: socklen_t(MemoryLayout<Address>.size))
    }

    var family: Int32 { Int32(storage.ss_family) }

    package var isIPv4: Bool { family == AF_INET }

    /// Whether both are the same address, whatever their ports.
    func isSameHost(as other: SocketAddress) -> Bool {
        isIPv4 == other.isIPv4 && addressBytes == other.addressBytes
    }

    /// The port in host byte order.
    package var port: UInt16 {
        // Both families keep the port in the same place.
        withUnsafeBytes(of: storage) { $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self) }
            .bigEndian
    }

    /// Whether the address is of the loopback range, 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        let bytes = addressBytes
        return family == AF_INET
            ? bytes.high >> 56 == 127 : bytes.high == 0 && bytes.low == 1
    }

    /// The address without its port as 16 bytes in two words; an IPv4 address stands in the upper
    /// four of them.
    package var addressBytes: (high: UInt64, low: UInt64) {
        withUnsafeBytes(of: storage) { bytes in
            if family == AF_INET {
                let address = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self).bigEndian
                return (UInt64(address) << 32, 0)
            }
            return (
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self).bigEndian
            )
        }
    }

    /// `127.0.0.1:8080` or `[::1]:8080`.
    package var description: String {
        family == AF_INET ? "\(host):\(port)" : "[\(host)]:\(port)"
    }

    /// The address without its port: `127.0.0.1` or `::1`.
    package var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        withUnsafeBytes(of: storage) { bytes in
            guard let base = bytes.baseAddress else { return }
            let offset = family == AF_INET ? 4 : 8
            inet_ntop(family, base + offset, &text, socklen_t(text.count))
        }
        let end = text.firstIndex(of: 0) ?? text.endIndex
        return String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Hands the address to a socket call.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
