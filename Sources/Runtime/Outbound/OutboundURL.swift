/// The address of another server, as far as it matters who is asked and how.
struct OutboundURL: Equatable {
    /// Bytes of an address that libcurl is given.
    private static let bytesMax = 4096

    enum Scheme: String, CaseIterable {
        case http, https, smtp, smtps

        fileprivate var port: UInt16 {
            switch self {
            case .http: 80
            case .https: 443
            case .smtp: 587
            case .smtps: 465
            }
        }
    }

    let text: String
    let scheme: Scheme
    /// A name or an address; an IPv6 one without its brackets.
    let host: String
    let port: UInt16

    /// Nil for what is no address of one of the schemes, and for one with a user in it.
    init?(_ text: String) {
        // A backslash is a slash for some and none for others.
        let isPlain = text.utf8.allSatisfy {
            (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\")
        }
        guard text.utf8.count <= Self.bytesMax, isPlain,
            let scheme = Scheme.allCases.first(where: { text.hasPrefix("\($0.rawValue)://") })
        else { return nil }
        let rest = text.dropFirst(scheme.rawValue.count + 3)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard let (host, port) = Self.parts(authority, scheme) else { return nil }
        self.text = text
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
    }

    /// Whether the server is this machine itself, by an address that says so, or by the name `localhost`,
    /// which libcurl looks up nowhere.
    var isLoopback: Bool { SocketAddress(host: host, port: port)?.isLoopback ?? false }

    /// Whether both are of one server (RFC 6454 section 4).
    func hasOrigin(of other: Self) -> Bool {
        (scheme, host, port) == (other.scheme, other.host, other.port)
    }

    private static func parts(
        _ authority: Substring, _ scheme: Scheme
    ) -> (host: String, port: UInt16)? {
        let host: Substring
        let rest: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[..<end].dropFirst()
            rest = authority[end...].dropFirst()
            guard host.allSatisfy({ $0.isHexDigit || ":.".contains($0) }) else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority.dropFirst(host.count)
            guard host.utf8.allSatisfy(isHostByte) else { return nil }
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return (String(host), scheme.port) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.allSatisfy(\.isWholeNumber), let port = UInt16(digits),
            port > 0
        else { return nil }
        return (String(host), port)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
