import Testing

@testable import SignetBench

@Suite struct AnswerHeadTests {
    private static let answer =
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
        + "CONTENT-LENGTH: \t 12 \r\nConnection: keep-alive\r\nServer: x\r\n\r\n"

    private func read(_ text: String) -> AnswerHead.Outcome {
        Array(text.utf8).withUnsafeBytes { AnswerHead.read($0) }
    }

    @Test("reads status, lengths and persistence")
    func reads() {
        let head = AnswerHead(
            status: 200, headCount: Self.answer.utf8.count, bodyCount: 12, closes: false)
        #expect(read(Self.answer) == .head(head))
        #expect(read(Self.answer + "Hello world.HTTP/1.1") == .head(head))
    }

    @Test("waits for more after every proper prefix")
    func prefixes() {
        let bytes = Array(Self.answer.utf8)
        for count in 0..<bytes.count {
            #expect(bytes[..<count].withUnsafeBytes { AnswerHead.read($0) } == .incomplete)
        }
    }

    @Test("knows that 204 and 304 have no body (RFC 9110 section 8.6)")
    func bodiless() {
        for status in [204, 304] {
            let text = "HTTP/1.1 \(status) \r\n\r\n"
            let head = AnswerHead(
                status: status, headCount: text.utf8.count, bodyCount: 0, closes: false)
            #expect(read(text) == .head(head))
        }
    }

    @Test("does not wait for an end of a head that has none")
    func endless() {
        #expect(read(String(repeating: "a", count: 20_000)) == .malformed)
        let line = "X: " + String(repeating: "a", count: 100) + "\r\n"
        let head = "HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 200)
        #expect(read(head + "Content-Length: 0\r\n\r\n") == .malformed)
    }

    @Test(
        "refuses what it can't frame",
        arguments: [
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n", "http/1.1 200 OK\r\n", "HTTP/1.1 200OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000000\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n", "\r\n",
        ])
    func refuses(text: String) {
        #expect(read(text) == .malformed)
    }
}
