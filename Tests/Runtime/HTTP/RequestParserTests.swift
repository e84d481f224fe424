import SignetRuntime
import Testing

@Suite("RequestParser")
struct RequestParserTests {
    private func only(_ text: String) throws -> ParsedRequest {
        let stream = ParsedStream(text)
        #expect(stream.refusal == nil)
        #expect(stream.requests.count == 1)
        #expect(stream.phase == .idle)
        return try #require(stream.requests.first)
    }

    @Test("reads a POST with a body")
    func post() throws {
        let request = try only(
            "POST /v1/sign?a=1&b=%20 HTTP/1.1\r\nHost: example.org:8080\r\nX-Key:  \tabc d\t \r\n"
                + "CONTENT-LENGTH: 5\r\nEmpty:\r\n\r\nhello")
        #expect(request.method == "POST")
        #expect(request.target == "/v1/sign?a=1&b=%20")
        #expect(request.path == Array("/v1/sign".utf8))
        #expect(request.query == "a=1&b=%20")
        #expect(request.host == "example.org:8080")
        #expect(request.minorVersion == 1)
        #expect(
            request.fields == [
                "host: example.org:8080", "x-key: abc d", "content-length: 5", "empty: ",
            ])
        #expect(request.body == Array("hello".utf8))
        #expect(request.isKeepAlive)
        #expect(!request.expectsContinue)
    }

    @Test(
        "knows the methods, and leaves other tokens to the caller",
        arguments: [
            ("GET", HTTPMethod.get), ("HEAD", .head), ("POST", .post), ("PUT", .put),
            ("PATCH", .patch), ("DELETE", .delete), ("OPTIONS", .options), ("get", .other),
            ("PURGE", .other), ("M-SEARCH", .other), ("GETS", .other),
            ("!#$%&'*+-.^_`|~09", .other),
        ])
    func methods(name: String, method: HTTPMethod) throws {
        let input = Array("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        var parser = RequestParser(limits: HTTPLimits())
        var request = Request()
        var offset = 0
        let outcome = try parser.parse(input, from: &offset, into: &request)
        #expect(outcome == .complete)
        #expect(request.method == method)
        #expect(Array(request.bytes[request.methodName]) == Array(name.utf8))
    }

    @Test(
        "decodes the escapes of the path and keeps the raw target",
        arguments: [
            ("/a%2Fb", "/a/b"), ("/%41%7e%7E", "/A~~"), ("/100%25", "/100%"), ("/a+b", "/a+b"),
            ("/%F0%9F%98%80", "/😀"), ("/a;p=1,2/:@!$&'()*", "/a;p=1,2/:@!$&'()*"),
            ("/..//./x", "/..//./x"),
        ])
    func escapes(target: String, path: String) throws {
        let request = try only("GET \(target)?q%2F HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.path == Array(path.utf8))
        #expect(request.target == target + "?q%2F")
        #expect(request.query == "q%2F")
    }

    @Test("keeps the decoded path and the body apart")
    func escapedPathWithBody() throws {
        let request = try only(
            "PUT /%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n%42")
        #expect(request.path == Array("/A".utf8))
        #expect(request.body == Array("%42".utf8))
    }

    @Test(
        "reads an absolute target, whose host outranks Host",
        arguments: [
            ("http://example.org/x?y", "/x", "y", "example.org"),
            ("HTTPS://example.org:443/", "/", nil, "example.org:443"),
            ("http://example.org", "/", nil, "example.org"),
            ("http://example.org?q", "/", "q", "example.org"),
            ("http://[::1]:80/x%20", "/x ", nil, "[::1]:80"),
        ] as [(String, String, String?, String)])
    func absolute(target: String, path: String, query: String?, host: String) throws {
        for field in ["Host: other\r\nA: b", "A: b\r\nHost: other"] {
            let request = try only("GET \(target) HTTP/1.1\r\n\(field)\r\n\r\n")
            #expect(request.path == Array(path.utf8))
            #expect(request.query == query)
            #expect(request.host == host)
        }
    }

    @Test("reads the asterisk of OPTIONS")
    func asterisk() throws {
        let request = try only("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.path == Array("*".utf8))
    }

    @Test("takes the brackets that browsers leave raw in a query")
    func rawQuery() throws {
        let request = try only("GET /?f[a]={b}|\\^` HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.query == "f[a]={b}|\\^`")
    }

    @Test("takes an empty query and an empty Host")
    func emptyParts() throws {
        let request = try only("GET /? HTTP/1.1\r\nHost:\r\n\r\n")
        #expect(request.query == "")
        #expect(request.host == "")
    }

    @Test("takes obs-text and tabs in values")
    func values() throws {
        let stream = ParsedStream(
            Array("GET / HTTP/1.1\r\nHost: a\r\nX: a\tb\tcdefghijklmn ".utf8) + [0x80, 0xFF]
                + Array("\r\n\r\n".utf8))
        #expect(stream.refusal == nil)
        #expect(stream.requests.first?.fields.last?.hasPrefix("x: a\tb\tcdefghijklmn ") == true)
    }

    @Test("puts names of any length into small letters")
    func names() throws {
        for length in 1...40 {
            let name = String(String(repeating: "Ab-C9_", count: 7).prefix(length))
            let request = try only("GET / HTTP/1.1\r\nHost: a\r\n\(name): V\r\n\r\n")
            #expect(request.fields.last == "\(name.lowercased()): V")
        }
    }

    @Test("finds fields by name")
    func lookup() throws {
        let input = Array(
            ("GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nAuthorization: Bearer t\r\nx-a: 2\r\n"
                + "Content-Type: text/plain\r\n\r\n").utf8)
        var parser = RequestParser(limits: HTTPLimits())
        var request = Request()
        var offset = 0
        _ = try parser.parse(input, from: &offset, into: &request)
        func text(_ range: Range<Int>?) -> String? {
            range.map { String(decoding: request.bytes[$0], as: UTF8.self) }
        }
        #expect(text(request.field("x-a")) == "1")
        #expect(text(request.field("x-b")) == nil)
        #expect(request.fieldCount("x-a") == 2)
        #expect(request.fieldCount("x-b") == 0)
        #expect(text(request.authorization) == "Bearer t")
        #expect(text(request.contentType) == "text/plain")
    }

    @Test(
        "keeps the connection as RFC 9112 section 9.3 says",
        arguments: [
            ("1.1", "", true), ("1.1", "Connection: close\r\n", false),
            ("1.1", "Connection: x, CLOSE ,y\r\n", false),
            ("1.1", "Connection: x\r\nConnection: close\r\n", false),
            ("1.1", "Connection: closed\r\n", true), ("1.1", "Connection: ,\r\n", true),
            ("1.0", "", false), ("1.0", "Connection: Keep-Alive\r\n", true),
            ("1.0", "Connection: keep-alive, close\r\n", false), ("1.9", "", true),
        ])
    func keepAlive(version: String, fields: String, isKeepAlive: Bool) throws {
        let request = try only("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")
        #expect(request.isKeepAlive == isKeepAlive)
        #expect(request.minorVersion == (version == "1.0" ? 0 : 1))
    }

    @Test("needs no Host in HTTP/1.0")
    func noHost() throws {
        #expect(try only("GET / HTTP/1.0\r\n\r\n").host == "")
    }

    @Test("tolerates one empty line before a request line")
    func emptyLine() throws {
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(ParsedStream("\r\n\(request)\r\n\(request)").requests.count == 2)
        #expect(ParsedStream("\r\n").phase == .idle)
        #expect(ParsedStream("\r\n\r\n\(request)").refusal?.reason == .malformedRequestLine)
    }

    @Test(
        "joins chunks and drops extensions and trailers",
        arguments: [
            ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
            ("1\r\na\r\n0A\r\nbcdefghijk\r\n00\r\n\r\n", "abcdefghijk"),
            ("3;a;b=c;d=\"e \\\" f\"\r\nabc\r\n0;x\r\nX-T: 1\r\nY:\r\n\r\n", "abc"),
            ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ])
    func chunks(coded: String, body: String) throws {
        let request = try only(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n" + coded)
        #expect(request.body == Array(body.utf8))
        #expect(request.fields.count == 2)
    }

    @Test("reads pipelined requests one by one")
    func pipelined() {
        let one = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
        let two = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
        let three =
            "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n"
        let stream = ParsedStream(one + two + three + two + "GE")
        #expect(stream.refusal == nil)
        #expect(stream.requests.map(\.target) == ["/1", "/2", "/3", "/2"])
        #expect(stream.requests.map(\.body) == [[0x61, 0x62], [], [0x63], []])
        #expect(stream.phase == .head)
    }

    @Test("says how far a request has come")
    func phases() {
        #expect(ParsedStream("").phase == .idle)
        #expect(ParsedStream("P").phase == .head)
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
        #expect(ParsedStream(String(head.dropLast())).phase == .head)
        #expect(ParsedStream(head).phase == .body)
        #expect(ParsedStream(head + "a").phase == .body)
        #expect(ParsedStream(head + "ab").phase == .idle)
    }

    @Test(
        "asks for a 100 once, and only while the client waits",
        arguments: [
            ("HTTP/1.1", "Content-Length: 2", "", true),
            ("HTTP/1.1", "Content-Length: 2", "a", false),
            ("HTTP/1.1", "Content-Length: 2", "ab", false),
            ("HTTP/1.1", "Content-Length: 0", "", false),
            ("HTTP/1.1", "Transfer-Encoding: chunked", "", true),
            ("HTTP/1.1", "Transfer-Encoding: chunked", "1", false),
            ("HTTP/1.1", "X: y", "", false), ("HTTP/1.0", "Content-Length: 2", "", false),
        ])
    func continues(version: String, field: String, body: String, isDue: Bool) throws {
        let head = "POST / \(version)\r\nHost: a\r\nExpect: 100-Continue\r\n\(field)\r\n\r\n"
        var parser = RequestParser(limits: HTTPLimits())
        var request = Request()
        var offset = 0
        _ = try parser.parse(Array((head + body).utf8), from: &offset, into: &request)
        let first = parser.takeContinue()
        let second = parser.takeContinue()
        #expect(first == isDue)
        #expect(!second)
    }

    @Test("throws the same refusal again after the first")
    func refusalIsFinal() {
        var parser = RequestParser(limits: HTTPLimits())
        var request = Request()
        for text in ["\u{16}\u{3}\u{1}", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
            var offset = 0
            #expect(throws: HTTPRefusal(.malformedRequestLine)) {
                _ = try parser.parse(Array(text.utf8), from: &offset, into: &request)
            }
        }
    }

    @Test("gives the memory of a large body back")
    func memory() throws {
        let large =
            Array(
                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n".utf8)
            + [UInt8](repeating: 0x61, count: 500_000) + Array("GET".utf8)
        var parser = RequestParser(limits: HTTPLimits())
        var request = Request()
        var offset = 0
        _ = try parser.parse(large, from: &offset, into: &request)
        #expect(request.body.count == 500_000)
        _ = try parser.parse(large, from: &offset, into: &request)
        #expect(request.bytes.capacity < 65536)
    }
}
