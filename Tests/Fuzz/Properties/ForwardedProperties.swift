@testable import SignetRuntime

/// `Forwarded` and `X-Forwarded-For`: whatever a stranger has written, what our proxy adds behind it is what
/// counts, or nothing does. Lines of the input that begin with "X" are of `X-Forwarded-For`, the others of
/// `Forwarded`; the last line is the one that the proxy adds to.
enum ForwardedProperties {
    /// What our proxy says, as each field has it.
    private static let client = "192.0.2.9"
    private static let nodes = [client, "\"[2001:db8::9]:80\"", "\"192.0.2.9:1\""]

    static func check(_ input: UnsafeRawBufferPointer, _ exchange: Exchange) throws(Violation) {
        let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
        try checkLines(lines)
        guard let last = lines.last else { return }
        for node in nodes { try checkAppended(to: last, Array(node.utf8)) }
        try checkClient(lines, exchange)
    }

    private static func isX(_ line: [UInt8]) -> Bool { line.first == UInt8(ascii: "X") }

    private static func hops(_ lines: [[UInt8]]) -> [String?] {
        var hops = ForwardedHops()
        for line in lines {
            line.withUnsafeBytes { bytes in
                guard isX(line) else { return hops.appendForwarded(bytes) }
                hops.appendXForwardedFor(UnsafeRawBufferPointer(rebasing: bytes[1...]))
            }
        }
        return hops.addresses.map { $0?.host }
    }

    /// No line changes what another says.
    private static func checkLines(_ lines: [[UInt8]]) throws(Violation) {
        let together = hops(lines)
        let apart = lines.flatMap { hops([$0]) }
        // Of each line and of all of them the last 64 are kept.
        try require(together == Array(apart.suffix(64)), "\(together), but each alone \(apart)")
        for host in together.compactMap(\.self) {
            guard let address = SocketAddress(forwarded: host) else {
                throw Violation("\(host) is no address")
            }
            try require(address.host == host, "\(host) is read as \(address.host)")
        }
    }

    /// What stands behind a stranger's text is read as it is, or the line is not read at all.
    private static func checkAppended(to line: [UInt8], _ node: [UInt8]) throws(Violation) {
        let element =
            isX(line) ? node.filter { $0 != UInt8(ascii: "\"") } : Array("for=".utf8) + node
        let text = String(decoding: node, as: UTF8.self)
        let expected = text.contains("2001") ? "2001:db8::9" : client
        let hops = hops([line + Array(", ".utf8) + element])
        if isX(line) {
            return try require(hops.last == expected, "\(hops) does not end with \(expected)")
        }
        try require(
            hops.last == expected || hops == [nil],
            "\(hops) neither ends with \(expected) nor is none")
    }

    /// The server believes its proxy, or nobody.
    private static func checkClient(
        _ lines: [[UInt8]], _ exchange: Exchange
    ) throws(Violation) {
        var fields = lines.map { line in
            isX(line)
                ? Array("X-Forwarded-For: ".utf8) + line.dropFirst()
                : Array("Forwarded: ".utf8) + line
        }
        let isOfX = lines.last.map(isX) ?? false
        fields[fields.count - 1] += Array((isOfX ? ", " : ", for=").utf8) + Array(client.utf8)
        guard exchange.read(fields) else { return }
        let found = exchange.client
        if found.isUnclear {
            try require(found.address.host == "127.0.0.1", "a stranger's word for the proxy's")
        } else {
            let both = lines.contains(where: isX) && !lines.allSatisfy(isX)
            try require(
                found.address.host == client,
                "\(found.address) though the proxy said \(client), \(both)")
        }
    }
}
