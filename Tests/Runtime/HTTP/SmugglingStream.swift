import TestSupport

/// Streams of requests in which two servers in a row may see different messages (RFC 9112 section 11.2): put
/// together of what is known to do that, and then changed at random.
struct SmugglingStream {
    private static let methods = ["POST", "GET", "PUT", "DELETE", "HEAD", "OPTIONS"]
    private static let lines = [
        "Content-Length: 5", "Content-Length: 5", "Content-Length: 0", "Content-Length: 6",
        "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", "transfer-encoding: Chunked",
        "Content-Length: 05", "Content-Length: 000000000000000000000000005",
        "Content-Length: 18446744073709551621", "Content-Length: 99999999999999999999999",
        "Content-Length: 5, 5", "Content-Length: 5,6", "Content-Length: +5", "Content-Length: -5",
        "Content-Length: 0x5", "Content-Length: 5 ", "Content-Length:5\t", "Content-Length:\t5",
        "Content-Length : 5", " Content-Length: 5", "Content-Length: 5;", "Content-Length: \"5\"",
        "Content-Length:", "Content-Length", "Content_Length: 5", "Content-Length: 5\u{B}",
        "Content-Length: 5\r", "X: y\nContent-Length: 5", "X: y\rContent-Length: 5",
        "Transfer-Encoding : chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: ,chunked", "Transfer-Encoding: chunked,",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding:\tchunked", "Transfer-Encoding: chunked\t",
        "Transfer-Encoding: \u{B}chunked",
        "Transfer-Encoding: chunked;q=1", "Transfer-Encoding:", "Transfer-Encoding:\r\n chunked",
        "X: y\r\n Transfer-Encoding: chunked", "X: y\r\n\tContent-Length: 5", "Foo: bar\r\n\r",
        "Host: b", "Connection: close", "Connection: keep-alive", "Connection: Content-Length",
        "Expect: 100-continue", "Upgrade: h2c", "Connection: upgrade", "TE: chunked", ": x", "é: x",
    ]
    private static let plain = [
        "\r\n", "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ]
    private static let bodies = [
        "hello", "hello", "", "5\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n",
        "5;a=b\r\nhello\r\n0\r\n\r\n", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
        "5 ;a\r\nhello\r\n0\r\n\r\n",
        "5;\r\nhello\r\n0\r\n\r\n", "5;a\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n", "05\r\nhello\r\n00\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n", "00000000000000000000005\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
        "5\r\nhello\r\n0\r\nX: y\n\r\n", "5\r\nhello\r\n0\r\n X\r\n\r\n",
        "5\r\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n-0\r\n\r\n", "\r\n",
        "GET /smuggled HTTP/1.1\r\nHost: c\r\n\r\n",
    ]
    private static let versions = [
        "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.1 ", "HTTP/01.1",
        "http/1.1", "HTTP/1.10", "HTTP/2.0", "HTTP/1.1\t", "HTTP/1.2",
    ]
    private static let pieces = [
        "\r", "\n", "\r\n", " ", "\t", ":", ";", ",", "0", "5", "\0", "\u{B}", "\u{C}", "\u{7F}",
        "\u{A0}",
        "\r\n\r\n", "\n\n", "\r\n ", "chunked", "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
    ].map { Array($0.utf8) }

    let bytes: [UInt8]

    init(using generator: inout SeededGenerator) {
        var text = ""
        for index in 0..<Int.random(in: 1...3, using: &generator) {
            let method = Self.methods.randomElement(using: &generator) ?? ""
            let isOdd = Int.random(in: 0..<8, using: &generator) == 0
            let version = isOdd ? Self.versions.randomElement(using: &generator) ?? "" : "HTTP/1.1"
            text += "\(method) /\(index) \(version)\r\nHost: a\r\n"
            // Half of them are as they should be, so that there is something to come behind.
            if Bool.random(using: &generator) {
                text += Self.plain.randomElement(using: &generator) ?? ""
                continue
            }
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                text += (Self.lines.randomElement(using: &generator) ?? "") + "\r\n"
            }
            text += "\r\n" + (Self.bodies.randomElement(using: &generator) ?? "")
        }
        var bytes = Array(text.utf8)
        for _ in 0..<max(0, Int.random(in: -3...2, using: &generator)) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = .random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            default:
                let piece = Self.pieces.randomElement(using: &generator) ?? []
                bytes.insert(contentsOf: piece, at: place)
            }
        }
        self.bytes = bytes
    }
}
