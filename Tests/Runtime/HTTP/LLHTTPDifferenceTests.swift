import Foundation
import SignetRuntime
import TestSupport
import Testing

/// Compares the parser with llhttp, Node's, over mutated requests: a request that we accept must be
/// accepted there with the same meaning, or a proxy built on it and we could be made to disagree.
@Suite("RequestParser compared with llhttp")
struct LLHTTPDifferenceTests {
    /// What both sides say of one request.
    private struct Message: Codable, Equatable {
        var method: String
        var target: String
        var fields: [String]
        var body: String
        var keepAlive: Bool
    }

    private struct Verdict: Codable {
        var messages: [Message]
        var error: String?
    }

    private static let seeds = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /sign?x=%20y HTTP/1.1\r\nHost: example.org:80\r\nContent-Type: application/json\r\n"
            + "Content-Length: 11\r\n\r\n{\"a\":12345}GET /n HTTP/1.1\r\nHost: b\r\n\r\n",
        "PUT /a%2Fb HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\nA;x=y;z=\"q\"\r\n0123456789\r\n0\r\nT: u\r\n\r\n"
            + "DELETE /d HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n",
        "GET http://example.org/p?q HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X\r\n\r\n",
        "\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\nX:\t \r\nY: a\tb  \r\n\r\n",
        "HEAD /h HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nPATCH /p HTTP/1.0\r\n"
            + "Content-Length: 3\r\n\r\nabc",
    ]

    private static let pieces = [
        "\r", "\n", "\r\n", " ", "\t", ":", ";", ",", "=", "\"", "\\", "%", "0", "1", "5", "a", "F",
        "\0", "\u{1}", "\u{7F}", "é", "#", "?", "/", "@", "[", "chunked", "Content-Length: 5\r\n",
        "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "transfer-encoding: gzip\r\n",
        "Host: c\r\n", "Connection: close\r\n", "connection: keep-alive\r\n", "X: y\r\n", " X: y",
        "HTTP/1.1", "HTTP/1.0", "GET ", "0\r\n\r\n", "5\r\nhello\r\n", "\r\n\r\n", "+", "-", "0x",
    ].map { Array($0.utf8) }

    private static func mutated(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(seeds.randomElement(using: &generator)!.utf8)
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let index = Int.random(in: 0..<max(bytes.count, 1), using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where index < bytes.count:
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            case 1 where index < bytes.count:
                bytes.remove(at: index)
            case 2 where index < bytes.count:
                let end = min(bytes.count, index + Int.random(in: 1...20, using: &generator))
                bytes.insert(contentsOf: bytes[index..<end], at: index)
            default:
                let piece = pieces.randomElement(using: &generator)!
                bytes.insert(contentsOf: piece, at: min(index, bytes.count))
            }
        }
        return bytes
    }

    private static let script = """
        import sys, json, base64, httptools
        class Protocol:
            def __init__(self): self.messages = []
            def on_message_begin(self):
                self.url = b''; self.fields = []; self.body = b''; self.headed = False
            def on_url(self, url): self.url += url
            def on_header(self, name, value):
                if not self.headed: self.fields.append((name, value))
            def on_headers_complete(self):
                self.headed = True; self.keep = parser.should_keep_alive()
            def on_body(self, body): self.body += body
            def on_message_complete(self):
                line = lambda n, v: n.decode('latin-1').lower() + ': ' + v.decode('latin-1').strip(' \\t')
                self.messages.append({
                    'method': parser.get_method().decode(), 'target': self.url.decode('latin-1'),
                    'fields': [line(n, v) for n, v in self.fields], 'body': self.body.hex(),
                    'keepAlive': self.keep})
        for line in sys.stdin:
            protocol = Protocol()
            parser = httptools.HttpRequestParser(protocol)
            error = None
            try: parser.feed_data(base64.b64decode(line))
            except Exception as e: error = repr(e)
            print(json.dumps({'messages': protocol.messages, 'error': error}))
        """

    @Test("accepts nothing that llhttp refuses or reads otherwise")
    func accepts() throws {
        let seed =
            ProcessInfo.processInfo.environment["SIGNET_SEED"].flatMap(UInt64.init)
            ?? UInt64.random(in: 0...UInt64.max)
        print("LLHTTPDifferenceTests: SIGNET_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        let inputs = (0..<20_000).map { _ in Self.mutated(&generator) }

        let lines = inputs.map { Data($0).base64EncodedString() }.joined(separator: "\n")
        let output = try Python.run(Self.script, input: Data(lines.utf8))
        let verdicts = try output.split(separator: 0x0A).map {
            try JSONDecoder().decode(Verdict.self, from: $0)
        }
        try #require(verdicts.count == inputs.count)

        var compared = 0
        var refused = 0
        var differences = 0
        for (input, verdict) in zip(inputs, verdicts) {
            let ours = Self.messages(input)
            if ours.isRefused { refused += 1 }
            compared += ours.messages.count
            guard !Self.agrees(verdict.messages, with: ours.messages) else { continue }
            differences += 1
            if differences <= 5 {
                Issue.record(
                    """
                    SIGNET_SEED=\(seed)
                    \(String(decoding: input, as: UTF8.self).debugDescription)
                    ours: \(ours.messages)
                    llhttp: \(verdict)
                    """)
            }
        }
        #expect(differences == 0)
        // The comparison is worth something only when both happen often.
        #expect(compared > inputs.count / 4)
        #expect(refused > inputs.count / 4)
    }

    /// Whether llhttp's messages begin with ours. Closing where llhttp does not is no disagreement:
    /// it lets "keep-alive" win over "close" in HTTP/1.0, against RFC 9112 section 9.3.
    private static func agrees(_ theirs: [Message], with ours: [Message]) -> Bool {
        theirs.starts(with: ours) { theirs, ours in
            var theirs = theirs
            theirs.keepAlive = theirs.keepAlive && ours.keepAlive
            return theirs == ours
        }
    }

    /// Our messages up to the first refusal, the first that closes the connection, or the first
    /// that llhttp cannot know: another method, or HTTP/1.2 to 1.9.
    private static func messages(_ input: [UInt8]) -> (messages: [Message], isRefused: Bool) {
        var parser = RequestParser(limits: HTTPLimits())
        var request = Request()
        var messages: [Message] = []
        do throws(HTTPRefusal) {
            var offset = 0
            while try parser.parse(input, from: &offset, into: &request) == .complete {
                let version = request.bytes[request.target.upperBound + 8]
                guard request.method != .other, version == 0x30 || version == 0x31 else { break }
                func text(_ range: Range<Int>) -> String {
                    String(
                        String.UnicodeScalarView(
                            request.bytes[range].map { Unicode.Scalar($0) }))
                }
                messages.append(
                    Message(
                        method: text(request.methodName), target: text(request.target),
                        fields: request.fields.map { "\(text($0.name)): \(text($0.value))" },
                        body: request.bytes[request.body].map { byte in
                            let digits = String(byte, radix: 16)
                            return digits.count == 1 ? "0" + digits : digits
                        }.joined(),
                        keepAlive: request.isKeepAlive))
                guard request.isKeepAlive else { break }
            }
        } catch {
            return (messages, true)
        }
        return (messages, false)
    }
}
