import SignetRuntime
import Testing

@Suite("RequestParser with input in pieces")
struct SplittingTests {
    static let streams = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nPOST /%41?b HTTP/1.1\r\nHost: a\r\nX-Long-Name: some value\r\nContent-Length: 5\r\n\r\n"
            + "hello\r\nGET /2 HTTP/1.0\r\n\r\nGET /3",
        "POST http://b/c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue"
            + "\r\n\r\n5;a=b;c=\"d\\\"\"\r\nhel\r\n\r\n0b\r\n01234567890\r\n0\r\nX: y\r\n\r\nOPTIONS *"
            + " HTTP/1.1\r\nHost: a\r\n\r\n",
    ]

    @Test("gives the same result however the bytes are cut in two", arguments: streams)
    func cutInTwo(text: String) {
        let bytes = Array(text.utf8)
        let whole = ParsedStream(bytes)
        #expect(!whole.requests.isEmpty && whole.refusal == nil)
        for cut in 0...bytes.count {
            #expect(ParsedStream(bytes, cuts: [cut]) == whole, "cut at \(cut)")
        }
    }

    @Test("gives the same result byte by byte", arguments: streams)
    func byteByByte(text: String) {
        let bytes = Array(text.utf8)
        #expect(ParsedStream(bytes, cuts: Array(0..<bytes.count)) == ParsedStream(bytes))
    }

    @Test("refuses alike however the bytes are cut", arguments: Refusal.all)
    func refusals(_ refusal: Refusal) {
        let whole = ParsedStream(refusal.bytes, limits: refusal.limits)
        let count = refusal.bytes.count
        let cuts = count < 400 ? Array(0...count) : [1, count / 2, count - 1]
        for cut in cuts {
            let parts = ParsedStream(refusal.bytes, cuts: [cut], limits: refusal.limits)
            #expect(parts.refusal == whole.refusal, "cut at \(cut)")
        }
        let drip = ParsedStream(
            refusal.bytes, cuts: Array(0..<count), limits: refusal.limits)
        #expect(drip.refusal == whole.refusal)
    }
}
