import SignetRuntime
import Testing

@Suite("Heads that a connection repeats")
struct KnownHeadTests {
    private static let requests = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /%41%2f?q=%20 HTTP/1.1\r\nHost: a:80\r\nContent-Type: a/b\r\nAuthorization: x\r\n"
            + "Authorization: y\r\nContent-Length: 5\r\n\r\nhello",
        "GET /t HTTP/1.1\r\nHost: a\r\nX-Request-Id: one\r\n"
            + "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n",
        "GET /t HTTP/1.1\r\nHost: a\r\nX-Request-Id: one\r\nX-Request-Id: two\r\n\r\n",
        "POST http://b/c HTTP/1.1\r\nHOST: a\r\nX-Y:\t z \r\nContent-Length: 2\r\n\r\nab",
        "GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nb",
        "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "DELETE /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /\(String(repeating: "l", count: 1100)) HTTP/1.1\r\nHost: a\r\n\r\n",
    ]

    /// What a stream of requests must come to: each read by a parser of its own.
    private static func apart(_ texts: [String]) -> [ParsedRequest] {
        texts.flatMap { ParsedStream($0).requests }
    }

    @Test("read alike the first time and every other", arguments: requests)
    func again(text: String) {
        let stream = String(repeating: text, count: 4)
        let expected = Self.apart([text, text, text, text])
        #expect(expected.count == 4)
        #expect(ParsedStream(stream).requests == expected)
        let cuts = Array(stride(from: 7, to: stream.utf8.count, by: 7))
        #expect(ParsedStream(stream, cuts: cuts).requests == expected)
    }

    @Test("do not bleed into other requests of the connection")
    func inTurn() {
        let texts = Self.requests.flatMap { first in
            Self.requests.flatMap { [first, $0, $0, first, first] }
        }
        #expect(ParsedStream(texts.joined()).requests == Self.apart(texts))
    }

    @Test("are read anew when one byte of them is another", arguments: requests)
    func changed(text: String) {
        let bytes = Array(text.utf8)
        for place in bytes.indices {
            for byte in [UInt8(ascii: "a"), UInt8(ascii: "0"), UInt8(ascii: " "), 0x0D, 0x0A, 0x80]
            where byte != bytes[place] {
                var other = bytes
                other[place] = byte
                let alone = ParsedStream(other)
                let second = ParsedStream(bytes + other)
                #expect(second.refusal == alone.refusal)
                #expect(second.phase == alone.phase)
                #expect(Array(second.requests.dropFirst()) == alone.requests)
            }
        }
    }

    @Test("have another body each time")
    func bodies() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
        let requests = ParsedStream("\(head)abc\(head)def\(head)ghi").requests
        #expect(requests.map(\.body) == ["abc", "def", "ghi"].map { Array($0.utf8) })
    }
}

@Suite("Notes on heads that a connection repeats")
struct HeadNoteTests {
    private static let head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"

    @Test("come along with the same head, and with no other")
    func sameHead() throws {
        var parser = RequestParser(limits: .init())
        let first = try #require(Self.note(Self.head + "x", &parser))
        first.finding = first
        #expect(Self.note(Self.head + "y", &parser) === first)
        #expect(Self.note(Self.head + "z", &parser) === first)
        let other = Self.head.replacing("/a", with: "/b")
        #expect(Self.note(other + "x", &parser)?.finding == nil)
        #expect(Self.note(other + "x", &parser)?.finding == nil)
        #expect(Self.note(Self.head + "x", &parser)?.finding == nil)
        first.finding = nil
    }

    @Test("are of one connection")
    func ofOneConnection() throws {
        var parsers = [RequestParser(limits: .init()), RequestParser(limits: .init())]
        let first = try #require(Self.note(Self.head + "x", &parsers[0]))
        let second = try #require(Self.note(Self.head + "x", &parsers[1]))
        #expect(first !== second)
    }

    @Test("are not made for heads that are not kept")
    func notKept() throws {
        var parser = RequestParser(limits: .init())
        let long = Self.head.replacing("/a", with: "/" + String(repeating: "a", count: 2_000))
        #expect(Self.note(long + "x", &parser) == nil)
        #expect(Self.note(long + "x", &parser) == nil)
    }

    /// The note that a request comes with when `parser` reads it.
    private static func note(_ text: String, _ parser: inout RequestParser) -> HeadNote? {
        var request = Request()
        var offset = 0
        let outcome = Array(text.utf8).withUnsafeBytes { bytes in
            try? parser.parse(bytes, from: &offset, into: &request)
        }
        #expect(outcome == .complete)
        return request.note
    }
}
