import SignetRuntime
import Testing

/// One thing that must be refused, by name.
struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let reason: HTTPRefusal.Reason
    let status: Int
    var limits = HTTPLimits()

    init(
        _ name: String, _ text: String, _ reason: HTTPRefusal.Reason, _ status: Int = 400,
        limits: HTTPLimits = HTTPLimits()
    ) {
        self.init(name, Array(text.utf8), reason, status, limits: limits)
    }

    init(
        _ name: String, _ bytes: [UInt8], _ reason: HTTPRefusal.Reason, _ status: Int = 400,
        limits: HTTPLimits = HTTPLimits()
    ) {
        self.name = name
        self.bytes = bytes
        self.reason = reason
        self.status = status
        self.limits = limits
    }

    var testDescription: String { name }
}

extension Refusal {
    static let all = requestLines + targets + fields + hosts + framing + chunks + limits

    private static func line(
        _ name: String, _ line: String, _ reason: HTTPRefusal.Reason, _ status: Int = 400
    ) -> Refusal {
        Refusal(name, "\(line)\r\nHost: a\r\n\r\n", reason, status)
    }

    private static func field(
        _ name: String, _ field: String, _ reason: HTTPRefusal.Reason, _ status: Int = 400,
        version: String = "1.1"
    ) -> Refusal {
        Refusal(name, "POST / HTTP/\(version)\r\nHost: a\r\n\(field)\r\n\r\n", reason, status)
    }

    private static func chunk(
        _ name: String, _ coded: String, _ reason: HTTPRefusal.Reason = .malformedChunk,
        _ status: Int = 400, limits: HTTPLimits = HTTPLimits()
    ) -> Refusal {
        Refusal(
            name, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(coded)",
            reason, status, limits: limits)
    }

    static let requestLines = [
        line("leading space", " GET / HTTP/1.1", .malformedRequestLine),
        line("two spaces after the method", "GET  / HTTP/1.1", .malformedTarget),
        line("two spaces after the target", "GET /  HTTP/1.1", .malformedRequestLine),
        line("tab instead of a space", "GET\t/ HTTP/1.1", .malformedRequestLine),
        line("trailing space", "GET / HTTP/1.1 ", .malformedRequestLine),
        line("no version", "GET /", .malformedTarget),
        line("no target", "GET HTTP/1.1", .malformedTarget),
        line("no method", "/ HTTP/1.1", .malformedRequestLine),
        line("bad byte in the method", "G@T / HTTP/1.1", .malformedRequestLine),
        line("small http", "GET / http/1.1", .malformedRequestLine),
        line("version of one number", "GET / HTTP/1", .malformedRequestLine),
        line("long version", "GET / HTTP/1.10", .malformedRequestLine),
        line("version with a comma", "GET / HTTP/1,1", .malformedRequestLine),
        line("HTTP/2.0", "GET / HTTP/2.0", .unsupportedVersion, 505),
        line("HTTP/0.9", "GET / HTTP/0.9", .unsupportedVersion, 505),
        Refusal(
            "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .malformedTarget),
        Refusal("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n", .malformedRequestLine),
        Refusal("empty line with a bare LF first", "\nGET / HTTP/1.1\r\n", .malformedRequestLine),
        Refusal("bare CR first", "\rGET / HTTP/1.1\r\n", .bareCarriageReturn),
        Refusal("request line with a bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
        line("bare CR in the request line", "GET /\r HTTP/1.1", .malformedTarget),
        line("CR CR LF", "GET / HTTP/1.1\r", .malformedRequestLine),
    ]

    static let targets = [
        line("relative target", "GET a HTTP/1.1", .malformedTarget),
        line("asterisk outside of OPTIONS", "GET * HTTP/1.1", .malformedTarget),
        line("asterisk with more", "OPTIONS *x HTTP/1.1", .malformedTarget),
        line("authority without CONNECT", "GET example.org:80 HTTP/1.1", .malformedTarget),
        line("CONNECT", "CONNECT example.org:80 HTTP/1.1", .unsupportedMethod, 501),
        line("another scheme", "GET ftp://example.org/ HTTP/1.1", .malformedTarget),
        line("absolute target without a host", "GET http:///x HTTP/1.1", .malformedHost),
        line("absolute target with a port only", "GET http://:80/x HTTP/1.1", .malformedHost),
        line("user information", "GET http://u:p@example.org/ HTTP/1.1", .malformedHost),
        line("fragment", "GET /a#b HTTP/1.1", .malformedTarget),
        line("fragment in the query", "GET /a?b#c HTTP/1.1", .malformedTarget),
        line("quote in the path", "GET /\" HTTP/1.1", .malformedTarget),
        line("angle bracket in the query", "GET /?<script> HTTP/1.1", .malformedTarget),
        line("raw UTF-8 in the path", "GET /ä HTTP/1.1", .malformedTarget),
        line("control in the path", "GET /\u{1} HTTP/1.1", .malformedTarget),
        line("escape without digits", "GET /% HTTP/1.1", .malformedTarget),
        line("escape of one digit", "GET /%4 HTTP/1.1", .malformedTarget),
        line("escape cut off by the query", "GET /%4?1 HTTP/1.1", .malformedTarget),
        line("escape without hexadecimal digits", "GET /%4g HTTP/1.1", .malformedTarget),
        line("escaped NUL", "GET /%00 HTTP/1.1", .malformedTarget),
    ]

    static let fields = [
        Refusal("folded line", "GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n", .malformedField),
        field("folded line with a tab", "A: b\r\n\tc: d", .malformedField),
        Refusal(
            "white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            .malformedField),
        field("space before the colon", "A : b", .malformedField),
        field("tab before the colon", "Content-Length\t: 5", .malformedField),
        field("empty name", ": b", .malformedField),
        field("no colon", "A", .malformedField),
        field("space in the name", "A b: c", .malformedField),
        field("control in the name", "A\u{7F}: c", .malformedField),
        field("non-ASCII name", "Ä: c", .malformedField),
        field("non-ASCII long name", "Content-Lengthä: c", .malformedField),
        field("NUL in the value", "A: b\0c", .malformedField),
        field("control in the value", "A: b\u{1}", .malformedField),
        field("escape in the value", "A: 0123456789\u{1B}[0m", .malformedField),
        field("DEL in the value", "A: 0123456789abcdef\u{7F}g", .malformedField),
        field("bare LF in the value", "A: b\nC: d", .bareLineFeed),
        field("bare CR in the value", "A: b\rC: d", .bareCarriageReturn),
        field("bare CR at the end of a value", "A: b\r", .bareCarriageReturn),
        field("bare CR before a name", "A: b\r\n\rC: d", .bareCarriageReturn),
        Refusal("head ended by bare LF", "GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
    ]

    static let hosts =
        [
            Refusal("no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", .missingHost),
            Refusal(
                "absolute target without Host", "GET http://a/ HTTP/1.1\r\n\r\n", .missingHost),
            field("second Host", "Host: a", .repeatedHost),
            field("second Host in HTTP/1.0", "host: a", .repeatedHost, version: "1.0"),
        ]
        + [
            "a b", "a/b", "a@b", "a:8x", "a:1:2", "ä", "a%4", "a%zz", "[::1", "[]", "[g]", "[::1]a",
            "a\\b", "a?b", "a#b", "a, b", "<a>",
        ].map { Refusal("Host \($0)", "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n", .malformedHost) }

    static let framing =
        [
            field(
                "Content-Length and Transfer-Encoding",
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                .contentLengthWithTransferEncoding),
            field(
                "Transfer-Encoding and Content-Length",
                "Transfer-Encoding: chunked\r\nContent-Length: 0",
                .contentLengthWithTransferEncoding),
            field(
                "two Content-Lengths", "Content-Length: 5\r\nContent-Length: 6",
                .repeatedContentLength),
            field(
                "two equal Content-Lengths", "Content-Length: 5\r\nContent-Length: 5",
                .repeatedContentLength),
            field(
                "two codings", "Transfer-Encoding: gzip, chunked", .unsupportedTransferEncoding, 501
            ),
            field(
                "coding that does not end", "Transfer-Encoding: gzip", .malformedTransferEncoding),
            field("identity", "Transfer-Encoding: identity", .malformedTransferEncoding),
            field(
                "chunked not last", "Transfer-Encoding: chunked, gzip", .malformedTransferEncoding),
            field(
                "chunked twice", "Transfer-Encoding: chunked, chunked", .malformedTransferEncoding),
            field("tab after chunked", "Transfer-Encoding: chunked\t", .malformedTransferEncoding),
            field(
                "chunked with a parameter", "Transfer-Encoding: chunked;a=b",
                .malformedTransferEncoding),
            field("chunked misspelt", "Transfer-Encoding: xchunked", .malformedTransferEncoding),
            field(
                "chunked in quotes", "Transfer-Encoding: \"chunked\"", .malformedTransferEncoding),
            field(
                "chunked after a vertical tab", "Transfer-Encoding: \u{B}chunked", .malformedField),
            field("empty coding", "Transfer-Encoding:", .malformedTransferEncoding),
            field(
                "two Transfer-Encodings",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                .malformedTransferEncoding),
            field(
                "Transfer-Encoding in HTTP/1.0", "Transfer-Encoding: chunked",
                .malformedTransferEncoding, version: "1.0"),
            field("other expectation", "Expect: 200-ok", .unsupportedExpectation, 417),
            field("empty expectation", "Expect:", .unsupportedExpectation, 417),
        ]
        + ["5 ", "5\t", "+5", "-5", "5, 5", "5, 6", "0x5", "5.0", "5 5", "", "٥", "five", "5;"].map
    {
        field("Content-Length \($0)", "Content-Length: \($0)", .malformedContentLength)
    }

    static let chunks = [
        chunk("no size", "\r\n"), chunk("size with 0x", "0x5\r\nhello\r\n"),
        chunk("negative size", "-5\r\n"), chunk("size with a plus", "+5\r\n"),
        chunk("space before the size", " 5\r\nhello\r\n"),
        chunk("space after the size", "5 \r\nhello\r\n"),
        chunk("space before the extension", "5 ;a\r\nhello\r\n"),
        chunk("tab after the size", "5\t\r\nhello\r\n"),
        chunk("size ended by a bare LF", "5\nhello\r\n"),
        chunk("size ended by a bare CR", "5\rhello\r\n"),
        chunk("data longer than the size", "5\r\nhelloo\r\n"),
        chunk("data ended by a bare LF", "5\r\nhello\n0\r\n\r\n"),
        chunk("data ended by CR CR", "5\r\nhello\r\r0\r\n\r\n"),
        chunk("data not ended", "5\r\nhello0\r\n\r\n"),
        chunk("bare LF in an extension", "5;a\nhello\r\n"),
        chunk("bare CR in an extension", "5;a\rb\r\nhello\r\n"),
        chunk("control in an extension", "5;a\u{1}\r\nhello\r\n"),
        chunk("NUL in a quoted extension", "5;a=\"\0\"\r\nhello\r\n"),
        chunk("bare LF in a quoted extension", "5;a=\"\n\"\r\nhello\r\n"),
        chunk("extension without a name", "5;\r\nhello\r\n"),
        chunk("extension without a value", "5;a=\r\nhello\r\n"),
        chunk("extension value without a name", "5;=a\r\nhello\r\n"),
        chunk("text after a quoted value", "5;a=\"b\"c\r\nhello\r\n"),
        chunk("long extensions", "5;\(String(repeating: "a", count: 1024))\r\nhello\r\n"),
        chunk(
            "long extensions over many chunks",
            String(repeating: "1;\(String(repeating: "a", count: 100))\r\nb\r\n", count: 11)),
        chunk("size of many zeros", String(repeating: "0", count: 17)),
        chunk("size that overflows 64 bits", "10000000000000005\r\nhello\r\n", .bodyTooLong, 413),
        chunk("size that overflows a sign", "8000000000000000\r\n", .bodyTooLong, 413),
        chunk("trailer without a name", "0\r\n: a\r\n\r\n", .malformedTrailer),
        chunk("Content-Length as a trailer", "0\r\nContent-LENGTH: 5\r\n\r\n", .malformedTrailer),
        chunk(
            "Transfer-Encoding as a trailer", "0\r\ntransfer-encoding: chunked\r\n\r\n",
            .malformedTrailer),
        chunk(
            "Connection as a trailer", "0\r\nA: b\r\nConnection: close\r\n\r\n", .malformedTrailer),
        chunk("trailer without a colon", "0\r\na\r\n\r\n", .malformedTrailer),
        chunk("folded trailer", "0\r\na: b\r\n c\r\n\r\n", .malformedTrailer),
        chunk("space before the colon of a trailer", "0\r\na : b\r\n\r\n", .malformedTrailer),
        chunk("control in a trailer", "0\r\na: \u{1}\r\n\r\n", .malformedTrailer),
        chunk("trailer ended by a bare LF", "0\r\na: b\n\r\n", .malformedTrailer),
        chunk("trailer with a bare CR", "0\r\na: b\rc\r\n\r\n", .malformedTrailer),
        chunk("trailers ended by CR x", "0\r\n\rx", .malformedTrailer),
        chunk("body ended by a bare LF", "0\r\n\n", .malformedTrailer),
    ]

    static let limits = [
        Refusal(
            "long request line", "GET /" + String(repeating: "a", count: 16384),
            .requestLineTooLong, 414),
        field("long head", "A: " + String(repeating: "a", count: 16384), .headTooLong, 431),
        field(
            "101 fields", String(repeating: "A: b\r\n", count: 99) + "A: b", .tooManyFields, 431),
        field("long body", "Content-Length: 1048577", .bodyTooLong, 413),
        field(
            "length that overflows 64 bits", "Content-Length: 18446744073709551621",
            .bodyTooLong, 413),
        field(
            "length of many digits", "Content-Length: " + String(repeating: "9", count: 400),
            .bodyTooLong, 413),
        chunk("long chunk", "100001\r\n", .bodyTooLong, 413),
        chunk(
            "many chunks", "5\r\nhello\r\n6\r\n", .bodyTooLong, 413,
            limits: HTTPLimits(bodyBytesMax: 10)),
        chunk(
            "long trailers", "0\r\n" + String(repeating: "a: b\r\n", count: 20), .trailersTooLong,
            431, limits: HTTPLimits(headBytesMax: 80)),
        chunk(
            "101 trailers", "0\r\n" + String(repeating: "a: b\r\n", count: 101), .tooManyFields,
            431),
    ]
}

@Suite("What RequestParser refuses")
struct RequestRefusalTests {
    @Test("refuses", arguments: Refusal.all)
    func refuses(_ refusal: Refusal) throws {
        let stream = ParsedStream(refusal.bytes, limits: refusal.limits)
        #expect(stream.requests.isEmpty)
        let error = try #require(stream.refusal)
        #expect(error.reason == refusal.reason)
        #expect(error.status.rawValue == refusal.status)
    }

    @Test("every reason has a case that shows it")
    func complete() {
        // The clock refuses a slow request, not the parser.
        for reason in HTTPRefusal.Reason.allCases where reason != .requestTimedOut {
            #expect(Refusal.all.contains { $0.reason == reason }, "\(reason)")
        }
    }

    @Test("accepts what is exactly at a limit, and refuses one more")
    func exactLimits() {
        func head(_ count: Int) -> String {
            let start = "GET / HTTP/1.1\r\nHost: a\r\nA: "
            return start + String(repeating: "a", count: count - start.utf8.count - 4) + "\r\n\r\n"
        }
        #expect(ParsedStream(head(16384)).requests.count == 1)
        #expect(ParsedStream(head(16385)).refusal?.reason == .headTooLong)
        let fields = String(repeating: "A: b\r\n", count: 99)
        #expect(ParsedStream("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").requests.count == 1)
        let limits = HTTPLimits(bodyBytesMax: 5)
        let post = "POST / HTTP/1.1\r\nHost: a\r\n"
        let fixed = "\(post)Content-Length: 5\r\n\r\nhello"
        #expect(ParsedStream(fixed, limits: limits).requests.count == 1)
        let chunked = "\(post)Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
        #expect(ParsedStream(chunked, limits: limits).requests.count == 1)
        #expect(
            ParsedStream(chunked, limits: HTTPLimits(bodyBytesMax: 4)).refusal?.reason
                == .bodyTooLong)
    }

    @Test("refuses each forbidden byte in a value at each place of a word", arguments: 0..<9)
    func forbiddenBytes(place: Int) {
        for byte in (0...0x1F).map(UInt8.init) + [0x7F] where byte != 0x09 {
            for before in [UInt8(0x61), 0x20, 0x09, 0x80, 0xFF] {
                let bytes =
                    Array("GET / HTTP/1.1\r\nHost: a\r\nA: b".utf8)
                    + [UInt8](repeating: before, count: place) + [byte]
                    + Array("0123456789abcdef\r\n\r\n".utf8)
                #expect(ParsedStream(bytes).refusal != nil, "\(byte) after \(before)")
            }
        }
    }

    @Test("refuses each byte that is no token in a name at each place of a word", arguments: 1..<10)
    func forbiddenNameBytes(place: Int) {
        // RFC 9110 section 5.6.2.
        let tokens = Set(
            "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max where byte != 0x3A {
            let bytes =
                Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8)
                + [UInt8](repeating: 0x42, count: place) + [byte]
                + Array("bcdefghijk: 0123456789abcdef\r\n\r\n".utf8)
            #expect((ParsedStream(bytes).refusal == nil) == tokens.contains(byte), "\(byte)")
        }
    }
}
