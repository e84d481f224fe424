@testable import SignetRuntime

/// HTTP heads and the framing of bodies: a stream means the same however it is cut, and a request that was
/// taken means the same when it is written plainly.
enum HTTPProperties {
    /// A request as values.
    struct Message: Equatable {
        var method: [UInt8]
        var target: [UInt8]
        var path: [UInt8]
        var host: [UInt8]
        var minorVersion: Int
        var fields: [[[UInt8]]]
        var body: [UInt8]
        var isKeepAlive: Bool

        init(_ request: Request) {
            func bytes(_ range: Range<Int>) -> [UInt8] { Array(request.bytes[range]) }
            method = bytes(request.methodName)
            target = bytes(request.target)
            path = bytes(request.path)
            host = bytes(request.host)
            minorVersion = request.minorVersion
            fields = request.fields.map { [bytes($0.name), bytes($0.value)] }
            body = bytes(request.body)
            isKeepAlive = request.isKeepAlive
        }

        private static let framing = ["content-length", "transfer-encoding"].map { Array($0.utf8) }

        /// All but the fields that say how the body is framed.
        var unframed: Message {
            var message = self
            message.fields.removeAll { Self.framing.contains($0[0]) }
            return message
        }

        /// The same request with a Content-Length and nothing that could be left out.
        var plain: [UInt8] {
            var text = method + [0x20] + target + Array(" HTTP/1.\(minorVersion)\r\n".utf8)
            for field in unframed.fields {
                text += field[0] + Array(": ".utf8) + field[1] + Array("\r\n".utf8)
            }
            return text + Array("content-length: \(body.count)\r\n\r\n".utf8) + body
        }
    }

    /// What a stream came to.
    struct Stream: Equatable {
        var messages: [Message] = []
        var refusal: HTTPRefusal?
        var phase = RequestParser.Phase.idle
    }

    static let limits = HTTPLimits(headBytesMax: 512, bodyBytesMax: 2048, headerFieldsMax: 12)

    /// What the parser makes of `input` in pieces of at most `pieceBytes`.
    static func read(
        _ input: UnsafeRawBufferPointer, pieceBytes: Int, limits: HTTPLimits = limits
    ) throws -> Stream {
        var parser = RequestParser(limits: limits)
        var request = Request()
        var stream = Stream()
        var start = 0
        while start < input.count {
            let end = min(start + pieceBytes, input.count)
            // A copy of its own, so that what is read beyond it is seen.
            let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: end - start, alignment: 1)
            defer { piece.deallocate() }
            piece.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[start..<end]))
            var offset = 0
            do throws(HTTPRefusal) {
                while try parser.parse(UnsafeRawBufferPointer(piece), from: &offset, into: &request)
                    == .complete
                {
                    stream.messages.append(Message(request))
                }
            } catch {
                stream.refusal = error
                return stream
            }
            try require(offset == piece.count, "input was left over")
            start = end
        }
        stream.phase = parser.phase
        return stream
    }

    static func check(_ input: UnsafeRawBufferPointer) throws {
        let whole = try read(input, pieceBytes: max(1, input.count))
        for pieceBytes in [1, 2, 7, 61] {
            let pieces = try read(input, pieceBytes: pieceBytes)
            try require(
                pieces == whole, "in pieces of \(pieceBytes): \(pieces), in one: \(whole)")
        }
        // A little more than the limits above let through.
        let roomy = HTTPLimits(headBytesMax: 4096, bodyBytesMax: 2048, headerFieldsMax: 16)
        for message in whole.messages {
            let plain = message.plain
            let again = try plain.withUnsafeBytes { bytes in
                try read(bytes, pieceBytes: bytes.count, limits: roomy)
            }
            try require(
                again.refusal == nil && again.messages.map(\.unframed) == [message.unframed],
                "written plainly \(message) is \(again)")
        }
    }
}
