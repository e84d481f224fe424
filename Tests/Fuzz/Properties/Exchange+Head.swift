@testable import SignetRuntime

extension Exchange {
    /// Fills its request with a head of these field lines; false when the server refuses that.
    func read(_ lines: [[UInt8]]) -> Bool {
        var head = Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8)
        for line in lines { head += line + [0x0D, 0x0A] }
        head += [0x0D, 0x0A]
        var parser = RequestParser(limits: HTTPLimits(headBytesMax: 65_536))
        var offset = 0
        let outcome = head.withUnsafeBytes { bytes in
            try? parser.parse(bytes, from: &offset, into: &request)
        }
        // A carriage return could have ended the head early; what follows would be another request.
        return outcome == .complete && offset == head.count
    }
}
