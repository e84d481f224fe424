import Testing

@testable import SignetRuntime

/// The rules are those of W3C Trace Context, section 3.2 (https://www.w3.org/TR/trace-context-2/), whose examples the ids
/// are from; its own test suite asks for the same.
@Suite("Trace context")
struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let sender = "b7ad6b7169203331"

    private func parent(_ text: String) -> TraceParent? {
        Array(text.utf8).withUnsafeBytes { TraceParent($0) }
    }

    @Test(
        "is read from a field of version 00, and from what a later one has added",
        arguments: [
            "00-\(trace)-\(sender)-01", "00-\(trace)-\(sender)-00", "00-\(trace)-\(sender)-ff",
            "cc-\(trace)-\(sender)-01", "cc-\(trace)-\(sender)-01-",
            "01-\(trace)-\(sender)-01-what-the-future-brings",
        ])
    func good(_ text: String) throws {
        let parent = try #require(self.parent(text))
        #expect(String(decoding: parent.trace.text, as: UTF8.self) == Self.trace)
    }

    @Test(
        "is none when the field is not as it should be",
        arguments: [
            "", "00", "00-\(trace)-\(sender)", "00-\(trace)-\(sender)-", "00-\(trace)-\(sender)-0",
            // Of version 00 there is no more, and of a later one only behind a dash.
            "00-\(trace)-\(sender)-01-", "00-\(trace)-\(sender)-01-more",
            "00-\(trace)-\(sender)-01.", "00-\(trace)-\(sender)-011",
            "cc-\(trace)-\(sender)-01.more", "cc-\(trace)-\(sender)-011",
            // ff is no version.
            "ff-\(trace)-\(sender)-01", "ff-\(trace)-\(sender)-01-more", "FF-\(trace)-\(sender)-01",
            ".0-\(trace)-\(sender)-01", "0.-\(trace)-\(sender)-01", "0-\(trace)-\(sender)-01",
            "000-\(trace)-\(sender)-01", " 00-\(trace)-\(sender)-01",
            // Zero names nothing.
            "00-00000000000000000000000000000000-\(sender)-01", "00-\(trace)-0000000000000000-01",
            // Small letters alone.
            "00-0AF7651916CD43DD8448EB211C80319C-\(sender)-01", "00-\(trace)-B7AD6B7169203331-01",
            "00-\(trace)-\(sender)-0A",
            "00-.\(trace.dropFirst())-\(sender)-01", "00-\(trace.dropLast())g-\(sender)-01",
            "00-\(trace.dropLast())-\(sender)-01", "00-\(trace)0-\(sender)-01",
            "00-\(trace)-\(sender.dropLast())-01", "00-\(trace)-\(sender)0-01",
            "00-\(trace)-\(sender.dropLast()).-01", "00-\(trace)-\(sender)-.0",
            "00_\(trace)-\(sender)-01", "00-\(trace)_\(sender)-01", "00-\(trace)-\(sender)_01",
        ])
    func bad(_ text: String) {
        #expect(parent(text) == nil)
    }

    @Test("is answered with the same trace, another part, and the flags that version 00 knows")
    func answer() throws {
        let parent = try #require(self.parent("cc-\(Self.trace)-\(Self.sender)-fd-more"))
        #expect(
            String(decoding: parent.text(of: 0xFF), as: UTF8.self)
                == "00-\(Self.trace)-00000000000000ff-01")
    }

    @Test("an id has one bit at least")
    func zero() {
        #expect(TraceID(high: 0, low: 0) == nil)
        #expect(
            TraceID(high: 1, low: 0).map { String(decoding: $0.text, as: UTF8.self) }
                == "00000000000000010000000000000000")
    }

    /// The last of the requests in a stream.
    private func last(_ stream: String) throws -> Request {
        var parser = RequestParser(limits: HTTPLimits())
        var request = Request()
        var offset = 0
        let bytes = Array(stream.utf8)
        try bytes.withUnsafeBytes { bytes in
            while offset < bytes.count {
                _ = try parser.parse(bytes, from: &offset, into: &request)
            }
        }
        return request
    }

    private func head(_ fields: String...) -> String {
        "GET / HTTP/1.1\r\nHost: a\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n"
    }

    @Test("the fields are found whatever their letter case, also in a head that was known")
    func fields() throws {
        let id = "a.B_c-1:2/3+4@5~"
        let text = head(
            "TraceParent: 00-\(Self.trace)-\(Self.sender)-01", "x-ReQuest-ID: \(id)")
        for count in 1...3 {
            let request = try last(String(repeating: text, count: count))
            #expect(request.traceParent != nil)
            #expect(request.givenID == Array(id.utf8))
        }
        // Nothing is left over from one request to the next.
        let request = try last(text + head())
        #expect(request.traceParent == nil)
        #expect(request.givenID == nil)
    }

    @Test("a field that comes twice says nothing")
    func repeated() throws {
        let line = "traceparent: 00-\(Self.trace)-\(Self.sender)-01"
        for count in 2...4 {
            let request = try last(
                head(Array(repeating: line, count: count).joined(separator: "\r\n")))
            #expect(request.traceParent == nil)
        }
        #expect(try last(head("X-Request-Id: a", "X-Request-Id: a")).givenID == nil)
    }

    @Test(
        "an id that a log could not take is none",
        arguments: [
            "", "a b", "a\"", "a=b", "a\\", "a;b", "a,b", "ä", "a\tb", "<a>", "{}", "a%20b",
            String(repeating: "a", count: 65),
        ])
    func badID(_ text: String) throws {
        #expect(try last(head("X-Request-Id: \(text)")).givenID == nil)
    }

    @Test("an id may have 64 characters")
    func longID() throws {
        let id = String(repeating: "a", count: 64)
        #expect(try last(head("X-Request-Id: \(id)")).givenID == Array(id.utf8))
    }
}
