import Testing

@testable import SignetRuntime

@Suite("OutboundURL")
struct OutboundURLTests {
    @Test(
        "knows scheme, host and port",
        arguments: [
            ("https://Example.org/a?b", "example.org", 443),
            ("http://localhost:8080", "localhost", 8080), ("https://[::1]:1/", "::1", 1),
            ("smtp://mail.example.org", "mail.example.org", 587),
            ("smtps://mail.example.org/signet", "mail.example.org", 465),
        ])
    func parts(_ text: String, _ host: String, _ port: UInt16) throws {
        let url = try #require(OutboundURL(text))
        #expect(url.host == host)
        #expect(url.port == port)
    }

    @Test(
        "refuses what is no plain address",
        arguments: [
            "", "example.org", "//example.org", "ftp://example.org", "https://",
            "https://ann@example.org", "https://ann:pw@example.org", "https://example.org:0",
            "https://example.org:", "https://example.org:65536", "https://example.org:1a",
            "https://exa mple.org", "https://example.org/\n", "https://example.org\\@evil.org",
            "https://[::1", "https://[ann@::1]", "https://exämple.org", "HTTPS://example.org",
        ])
    func malformed(_ text: String) {
        #expect(OutboundURL(text) == nil)
    }
}
