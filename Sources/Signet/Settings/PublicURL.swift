/// The address by which clients reach the server, as it stands in tokens and in the metadata: an
/// absolute http or https URL without query and fragment (RFC 8414 section 2).
enum PublicURL {
    /// Bytes of an address; it is in every access token.
    private static let bytesMax = 512

    /// The address as it is kept, without a slash at its end; nil for what is none.
    static func parse(_ text: String) -> String? {
        guard text.utf8.count <= bytesMax,
            let scheme = ["http://", "https://"].first(where: text.hasPrefix)
        else { return nil }
        let address = text.hasSuffix("/") ? text.dropLast() : text[...]
        let parts = address.dropFirst(scheme.count).split(
            separator: "/", omittingEmptySubsequences: false)
        guard let authority = parts.first, isAuthority(authority),
            parts.dropFirst().allSatisfy(isSegment)
        else { return nil }
        return String(address)
    }

    /// A host and, if need be, a port (RFC 3986 section 3.2); never a user.
    private static func isAuthority(_ text: Substring) -> Bool {
        let host: Substring
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[...end]
            let address = host.dropFirst().dropLast()
            guard !address.isEmpty, address.allSatisfy({ "0123456789ABCDEFabcdef:.".contains($0) })
            else { return false }
        } else {
            host = text.prefix { $0 != ":" }
            guard !host.isEmpty, host.utf8.allSatisfy(isUnreserved) else { return false }
        }
        let rest = text.dropFirst(host.count)
        guard !rest.isEmpty else { return true }
        let port = Quantity(whole: rest.dropFirst())?.number ?? 0
        return rest.hasPrefix(":") && (1...65535).contains(port)
    }

    /// A segment of a path of unreserved characters, but no dot segment, so that an address has one
    /// spelling.
    private static func isSegment(_ text: Substring) -> Bool {
        !text.isEmpty && text != "." && text != ".." && text.utf8.allSatisfy(isUnreserved)
    }

    /// RFC 3986 section 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
