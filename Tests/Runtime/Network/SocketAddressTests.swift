import Glibc
import Testing

@testable import SignetRuntime

@Suite("SocketAddress")
struct SocketAddressTests {
    @Test(
        "reads and writes numeric addresses",
        arguments: [
            ("127.0.0.1", "127.0.0.1:8080", true), ("localhost", "127.0.0.1:8080", true),
            ("0.0.0.0", "0.0.0.0:8080", false), ("::1", "[::1]:8080", true),
            ("2001:db8:0:0:0:0:0:5", "[2001:db8::5]:8080", false),
            ("127.9.9.9", "127.9.9.9:8080", true), ("128.0.0.1", "128.0.0.1:8080", false),
        ])
    func numeric(_ host: String, _ text: String, _ isLoopback: Bool) throws {
        let address = try #require(SocketAddress(host: host, port: 8080))
        #expect(address.description == text)
        #expect(address.isLoopback == isLoopback)
        #expect(address.port == 8080)
    }

    @Test(
        "refuses what is no numeric address",
        arguments: ["", "example.org", "1.2.3", "256.1.1.1", "[::1]", "::1%lo", "127.0.0.1 "])
    func names(_ host: String) {
        #expect(SocketAddress(host: host, port: 1) == nil)
    }

    @Test("tells addresses apart by their bytes")
    func bytes() throws {
        let four = try #require(SocketAddress(host: "10.1.2.3", port: 1)).addressBytes
        #expect(four == (0x0A01_0203_0000_0000, 0))
        let six = try #require(SocketAddress(host: "2001:db8::5", port: 1)).addressBytes
        #expect(six == (0x2001_0DB8_0000_0000, 5))
    }

    @Test("knows an IPv4 client of an IPv6 socket by its IPv4 address")
    func mapped() throws {
        let six = try #require(SocketAddress(host: "::ffff:10.1.2.3", port: 4711))
        let peer = six.withSockaddr { address, length in
            // `address` is the beginning of a whole sockaddr_storage.
            SocketAddress(
                UnsafeRawPointer(address).load(as: sockaddr_storage.self), length: length)
        }
        #expect(peer.description == "10.1.2.3:4711")
        #expect(peer.addressBytes == (0x0A01_0203_0000_0000, 0))
        #expect(peer.family == AF_INET)
    }
}
