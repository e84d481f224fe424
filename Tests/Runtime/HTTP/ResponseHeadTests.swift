import Foundation
import SignetRuntime
import TestSupport
import Testing

@Suite("ResponseHead")
struct ResponseHeadTests {
    private let date = HTTPDate(unixSeconds: 784_111_777)

    private func text(_ head: ResponseHead) -> String {
        var output: [UInt8] = Array("before".utf8)
        head.append(to: &output, date: date)
        #expect(output.starts(with: "before".utf8))
        return String(decoding: output.dropFirst(6), as: UTF8.self)
    }

    @Test("writes a head byte for byte")
    func plain() {
        let head = ResponseHead(.ok, contentType: "application/json", contentLength: 1234)
        #expect(
            text(head)
                == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "Content-Type: application/json\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 1234\r\n\r\n"
        )
    }

    @Test("writes every field there is")
    func full() throws {
        let value = try #require(ResponseField("Location", bytes: Array("/x".utf8)))
        let head = ResponseHead(
            .unauthorized, contentLength: 0, connection: .close, isUncacheable: true,
            extraFields: [ResponseField("WWW-Authenticate", "Bearer"), value])
        #expect(
            text(head)
                == "HTTP/1.1 401 Unauthorized\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "Content-Length: 0\r\nCache-Control: no-store\r\nConnection: close\r\n"
                + "WWW-Authenticate: Bearer\r\nLocation: /x\r\n\r\n")
    }

    @Test("is read by Python's http.client, for each status and combination")
    func python() throws {
        var output: [UInt8] = []
        var count = 0
        for status in HTTPStatus.allCases {
            for connection in [ResponseHead.Connection.persistent, .close, .keepAlive] {
                for body in [0, 1, 9, 10, 99, 100, 12345].map({ [UInt8](repeating: 97, count: $0) })
                {
                    let head = ResponseHead(
                        status, contentType: "text/plain", connection: connection,
                        isUncacheable: body.count == 9)
                    head.append(to: &output, date: date, body: body, for: .get)
                    count += 1
                }
            }
        }
        // http.client reads one answer after the other from one stream, so that a wrong length
        // puts it out of step.
        let script = """
            import sys, io, http.client, http
            stream = io.BufferedReader(sys.stdin.buffer)
            class Socket:
                def makefile(self, *a): return Keep(stream)
            class Keep:
                def __init__(self, s): self.s = s
                def __getattr__(self, n): return getattr(self.s, n)
                def close(self): pass
            n = 0
            while stream.peek(1):
                r = http.client.HTTPResponse(Socket()); r.begin()
                body = r.read()
                assert body == b'a' * len(body)
                if r.status not in (204, 304):
                    assert len(body) == int(r.headers['content-length'])
                else:
                    assert r.headers['content-length'] is None and body == b''
                assert r.headers['date'] == 'Sun, 06 Nov 1994 08:49:37 GMT'
                assert r.headers['content-type'] == 'text/plain'
                assert (r.headers['cache-control'] == 'no-store') == (len(body) == 9) \
                    or r.status in (204, 304)
                assert r.headers['connection'] == (None, 'close', 'keep-alive')[n // 7 % 3]
                names = {413: 'Content Too Large', 414: 'URI Too Long',
                         422: 'Unprocessable Content'}
                assert r.reason == names.get(r.status, http.HTTPStatus(r.status).phrase), r.reason
                n += 1
            print(n)
            """
        let read = String(
            decoding: try Python.run(script, input: Data(output)), as: UTF8.self)
        #expect(Int(read.trimmingCharacters(in: .whitespacesAndNewlines)) == count)
    }

    @Test("sends the length without the body for HEAD")
    func head() {
        var output: [UInt8] = []
        ResponseHead(.ok).append(
            to: &output, date: date, body: Array("hello".utf8), for: .head)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.hasSuffix("Content-Length: 5\r\n\r\n"))
    }

    @Test(
        "has no length for statuses without a body",
        arguments: [
            HTTPStatus.noContent, .notModified,
        ])
    func noBody(status: HTTPStatus) {
        var output: [UInt8] = []
        ResponseHead(status).append(to: &output, date: date, body: [0x61], for: .get)
        let text = String(decoding: output, as: UTF8.self)
        #expect(!text.contains("Content-Length"))
        #expect(text.hasSuffix("GMT\r\n\r\n"))
    }

    @Test("makes no field of a value that could split the answer")
    func splitting() async {
        for text in ["a\r\nSet-Cookie: b", "a\n", "a\r", "\0", "0123456789\u{7F}", "a\u{1}"] {
            #expect(ResponseField("X", bytes: Array(text.utf8)) == nil)
        }
        #expect(ResponseField("X", bytes: Array("a\tb ä".utf8)) != nil)
        await #expect(processExitsWith: .failure) { _ = ResponseField("X", "a\r\nB: c") }
        await #expect(processExitsWith: .failure) { _ = ResponseField("X:", "a") }
        await #expect(processExitsWith: .failure) { _ = ResponseField("", "a") }
    }

    @Test(
        "tells an HTTP/1.0 client that its connection stays",
        arguments: [
            ("1.1", "X: y", ResponseHead.Connection.persistent),
            ("1.1", "Connection: close", .close),
            ("1.0", "X: y", .close), ("1.0", "Connection: keep-alive", .keepAlive),
        ])
    func connection(version: String, field: String, connection: ResponseHead.Connection) throws {
        var parser = RequestParser(limits: HTTPLimits())
        var request = Request()
        var offset = 0
        let input = Array("GET / HTTP/\(version)\r\nHost: a\r\n\(field)\r\n\r\n".utf8)
        _ = try parser.parse(input, from: &offset, into: &request)
        #expect(request.answerConnection == connection)
    }
}
