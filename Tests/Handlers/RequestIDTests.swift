import Foundation
import SignetHandlers
import Synchronization
import Testing

/// The ids by which an answer, and what is told of its request elsewhere, belong together.
@Suite("Ids of requests")
struct RequestIDTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "traceparent: 00-\(trace)-b7ad6b7169203331-01"

    /// A refusal in each dialect, and outside of all.
    private static let refusals = [
        ("GET", "/root/list"), ("POST", "/app/x/sign"), ("DELETE", "/ping"),
        ("POST", "/oauth/token"), ("GET", "/auth/check"), ("GET", "/api/v1alpha/token"),
        ("POST", "/api/rest/signin"), ("GET", "/frontend/api/v1/auth/session"),
        ("GET", "/nothing"),
    ]

    private static func isOurs(_ id: String) -> Bool {
        id.wholeMatch(of: /[0-9a-f]{32}/) != nil && id != String(repeating: "0", count: 32)
    }

    @Test("every error has one, each another, and no trace that nobody has begun")
    func errors() async throws {
        let server = try await TestServer.shared.value
        var seen: Set<String> = []
        for refusal in Self.refusals {
            let answer = try await server.call(refusal.0, refusal.1)
            #expect(answer.status >= 400, "\(refusal)")
            let ids = answer.field("x-request-id")
            #expect(ids.count == 1 && Self.isOurs(ids.first ?? ""), "\(refusal): \(ids)")
            #expect(answer.field("traceparent").isEmpty, "\(refusal)")
            seen.formUnion(ids)
        }
        #expect(seen.count == Self.refusals.count)
    }

    @Test("an error tells the trace that its request belongs to, and is another part of it")
    func traces() async throws {
        let server = try await TestServer.shared.value
        var parts: Set<String> = []
        for refusal in Self.refusals {
            let answer = try await server.call(
                refusal.0, refusal.1, fields: [Self.parent])
            let field = try #require(answer.field("traceparent").first, "\(refusal)")
            let match = try #require(
                field.wholeMatch(of: /00-([0-9a-f]{32})-([0-9a-f]{16})-01/), "\(field)")
            #expect(String(match.1) == Self.trace)
            parts.insert(String(match.2))
            // Without an id of its own, the request has the trace's.
            #expect(answer.field("x-request-id") == [Self.trace])
        }
        #expect(parts.count == Self.refusals.count)
        #expect(!parts.contains("b7ad6b7169203331") && !parts.contains("0000000000000000"))
    }

    @Test("a trace that is not as it should be is none")
    func badTrace() async throws {
        let server = try await TestServer.shared.value
        // Capital letters.
        let field = "traceparent: 00-\(Self.trace.uppercased())-b7ad6b7169203331-01"
        let answer = try await server.call("GET", "/root/list", fields: [field])
        #expect(answer.field("traceparent").isEmpty)
        let id = try #require(answer.field("x-request-id").first)
        #expect(Self.isOurs(id) && id != Self.trace)
    }

    @Test("the request's own is repeated by every answer, also a good one")
    func given() async throws {
        let server = try await TestServer.shared.value
        for path in ["/ping", "/root/list", "/nothing"] {
            let answer = try await server.call(
                "GET", path, fields: ["X-Request-Id: order-17/3", Self.parent])
            #expect(answer.field("x-request-id") == ["order-17/3"])
            #expect(answer.field("traceparent").isEmpty == (answer.status == 200))
        }
    }

    @Test("an error tells who brought an id alone what trace it has in the audit log")
    func givenAlone() async throws {
        let server = try await TestServer.shared.value
        let fields = ["X-Request-Id: order-17/3"]
        let answer = try await server.call("GET", "/root/list", fields: fields)
        #expect(answer.field("x-request-id") == ["order-17/3"])
        let field = try #require(answer.field("traceparent").first)
        let match = try #require(
            field.wholeMatch(of: /00-([0-9a-f]{32})-([0-9a-f]{16})-00/), "\(field)")
        #expect(Self.isOurs(String(match.1)))
        #expect(String(match.2) != "0000000000000000")
        let ping = try await server.call("GET", "/ping", fields: fields)
        #expect(ping.status == 200)
        #expect(ping.field("traceparent").isEmpty)
    }

    @Test("one that a log could not take is replaced", arguments: ["a b", "x\"y", "a=b", ""])
    func refused(_ id: String) async throws {
        let server = try await TestServer.shared.value
        let answer = try await server.call("GET", "/ping", fields: ["X-Request-Id: \(id)"])
        #expect(answer.status == 200)
        let ids = answer.field("x-request-id")
        #expect(ids.count == 1 && Self.isOurs(ids.first ?? ""), "\(ids)")
    }

    @Test("a good answer to a request without one has none")
    func none() async throws {
        let server = try await TestServer.shared.value
        let answer = try await server.call("GET", "/ping", fields: [Self.parent])
        #expect(answer.status == 200)
        #expect(answer.field("x-request-id").isEmpty)
        #expect(answer.field("traceparent").isEmpty)
    }

    @Test("bytes that are no request are answered with one, too")
    func malformed() async throws {
        let server = try await TestServer.shared.value
        let answer = try await server.exchange(
            Array("GET /ping HTTP/1.1\r\nX-Request-Id: a1\r\nHost: a\r\nHost: b\r\n\r\n".utf8))
        #expect(answer.status == 400)
        #expect(answer.field("x-request-id") == ["a1"])
        let other = try await server.exchange(Array("GET  HTTP/1.1\r\n\r\n".utf8))
        #expect(other.status == 400)
        #expect(Self.isOurs(other.field("x-request-id").first ?? ""))
    }
}

/// What the access log is told.
@Suite("Lines of the access log")
struct AccessLineTests {
    /// Keeps the lines.
    private final class Sink: AccessSink {
        private let text = Mutex("")

        func take(_ lines: inout [UInt8], count: Int) {
            let taken = String(decoding: lines, as: UTF8.self)
            #expect(taken.filter { $0 == "\n" }.count == count)
            text.withLock { $0 += taken }
            lines.removeAll()
        }

        var lines: [String] { text.withLock { $0.split(separator: "\n").map(String.init) } }
    }

    @Test("one of so many requests of a loop is told of")
    func interval() async throws {
        let sink = Sink()
        let server = try await TestServer { settings in
            settings.access = AccessTerms(sink, interval: 5, isJSON: false)
        }
        // One connection, so that all are of one loop.
        let request = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
        let last = "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let bytes = try await RawClient.exchangeAll(
            Array((String(repeating: request, count: 19) + last).utf8), port: server.port)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.matches(of: /HTTP\/1.1 200 OK/).count == 20)
        #expect(text.matches(of: #/X-Request-Id: /#).count == 4)
        await server.stop()
        #expect(sink.lines.count == 4)
    }

    @Test(
        "a line has what was answered to whom, and neither path nor query",
        arguments: [false, true])
    func line(_ isJSON: Bool) async throws {
        let sink = Sink()
        let server = try await TestServer(limits: [:]) { settings in
            settings.access = AccessTerms(sink, interval: 1, isJSON: isJSON)
        }
        let answer = try await server.call(
            "GET", "/root/list?key=SECRET-one", key: "SECRET-two",
            fields: [
                "X-Request-Id: order-17", "X-Forwarded-For: 2001:db8::7",
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ])
        #expect(answer.status == 403)
        let head = try await server.call("HEAD", "/ping")
        #expect(head.status == 200)
        await server.stop()
        try #require(sink.lines.count == 2)
        #expect(!sink.lines.joined().contains("SECRET") && !sink.lines.joined().contains("root/"))
        guard isJSON else {
            let pattern =
                /[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z info request address=2001:db8::7 bytes=([0-9]+) duration=[0-9]+\.[0-9]{6} method=GET request_id=order-17 route=root_list status=403 trace=0af7651916cd43dd8448eb211c80319c/
            let match = try #require(sink.lines[0].wholeMatch(of: pattern), "\(sink.lines)")
            #expect(Int(match.1) == answer.body.count)
            #expect(sink.lines[1].contains(" bytes=0 "))
            return
        }
        let first = try Self.object(sink.lines[0])
        #expect(first.keys.sorted() == ["level", "logger", "message", "metadata", "time"])
        let data = try #require(first["metadata"] as? [String: Any])
        #expect(
            data.keys.sorted() == [
                "address", "bytes", "duration", "method", "request_id", "route", "status", "trace",
            ])
        #expect(data["address"] as? String == "2001:db8::7")
        #expect(data["bytes"] as? Int == answer.body.count)
        #expect(data["status"] as? Int == 403)
        #expect(data["request_id"] as? String == "order-17")
        #expect(data["trace"] as? String == "0af7651916cd43dd8448eb211c80319c")
        #expect((data["duration"] as? Double).map { $0 > 0 && $0 < 60 } == true)
        let second = try #require(try Self.object(sink.lines[1])["metadata"] as? [String: Any])
        #expect(second["method"] as? String == "HEAD")
        #expect(second["bytes"] as? Int == 0)
        // The answer had the id that the line has.
        #expect(head.field("x-request-id") == [second["request_id"] as? String])
    }

    private static func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
}
