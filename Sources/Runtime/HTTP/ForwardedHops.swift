/// The addresses that proxies say a request has come by, the one nearest to us last. Nil stands for what can't be
/// read, or was left out on purpose. Whether any of it is true is for the caller to judge.
struct ForwardedHops {
    private(set) var addresses: [SocketAddress?] = []

    /// Hops that are looked at; those before them are dropped.
    private static let hopsMax = 64
    /// An IPv6 address with an IPv4 address at its end, brackets, and a port.
    private static let nodeBytesMax = 45 + 2 + 6

    /// Reads another line of `X-Forwarded-For`: addresses with commas between.
    mutating func appendXForwardedFor(_ line: UnsafeRawBufferPointer) {
        var index = 0
        while index <= line.count {
            let end = line[index...].firstIndex(of: ASCII.comma) ?? line.count
            let item = Self.trimmed(line, index..<end)
            // An empty element of a list is none (RFC 9110 section 5.6.1.2).
            if !item.isEmpty { append(Self.node(line, item)) }
            index = end + 1
        }
    }

    /// Reads another line of `Forwarded` (RFC 7239 section 4). One that is malformed is a hop that can't be read:
    /// where a quotation mark of a stranger may have swallowed what our proxy wrote, nothing counts.
    mutating func appendForwarded(_ line: UnsafeRawBufferPointer) {
        var reader = ForwardedReader(line)
        var hops: [SocketAddress?] = []
        while true {
            switch reader.nextElement() {
            case .end:
                for hop in hops { append(hop) }
                return
            case .malformed: return append(nil)
            case .element(let node):
                hops.append(node.flatMap { Self.node($0) })
            }
        }
    }

    private mutating func append(_ address: SocketAddress?) {
        if addresses.count == Self.hopsMax { addresses.removeFirst() }
        addresses.append(address)
    }

    private static func node(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> SocketAddress?
    {
        guard range.count <= nodeBytesMax else { return nil }
        return node(Array(line[range]))
    }

    /// An address, with or without a port (RFC 7239 section 6): `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80`;
    /// as in `X-Forwarded-For` an IPv6 address may have no brackets. Nil for `unknown` and made-up names.
    static func node(_ text: [UInt8]) -> SocketAddress? {
        guard text.count <= nodeBytesMax else { return nil }
        var host = text[...]
        var port: ArraySlice<UInt8>?
        if text.first == ASCII.leftBracket {
            guard let end = text.firstIndex(of: ASCII.rightBracket) else { return nil }
            host = text[1..<end]
            // An IPv4 address has no brackets.
            guard host.contains(ASCII.colon) else { return nil }
            let rest = text[(end + 1)...]
            guard rest.isEmpty || rest.first == ASCII.colon else { return nil }
            if !rest.isEmpty { port = rest.dropFirst() }
        } else if let colon = text.firstIndex(of: ASCII.colon),
            colon == text.lastIndex(of: ASCII.colon)
        {
            host = text[..<colon]
            port = text[(colon + 1)...]
        }
        // Nothing else gets to the C library, which would stop at a zero byte.
        guard host.allSatisfy(isOfAddress), port.map(isPort) ?? true else { return nil }
        return SocketAddress(forwarded: String(decoding: host, as: UTF8.self))
    }

    /// Five digits at most. The made-up names of RFC 7239 section 6.2 hide a port that nobody looks at.
    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        !text.isEmpty && text.count <= 5
            && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isOfAddress(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
            || byte == ASCII.colon || byte == UInt8(ascii: ".")
    }

    private static func trimmed(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, line[start] == ASCII.space || line[start] == ASCII.tab { start += 1 }
        while end > start, line[end - 1] == ASCII.space || line[end - 1] == ASCII.tab { end -= 1 }
        return start..<end
    }
}
