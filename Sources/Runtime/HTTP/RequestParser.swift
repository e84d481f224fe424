internal import Glibc

/// Takes the requests of one connection out of its bytes (RFC 9112), in pieces of any size. A state
/// machine without socket or clock; each byte is looked at once however the pieces are cut.
package struct RequestParser {
    /// What a call of `parse` came to.
    package enum Outcome: Sendable, Equatable {
        /// All input is used up and the request is not whole.
        case needsMore
        /// The request is whole. What follows it in the input belongs to the next one.
        case complete
    }

    /// How far the current request has come, for the choice of the time-out.
    package enum Phase: Sendable, Equatable {
        /// Nothing of a request is here yet.
        case idle
        /// The head has begun.
        case head
        /// The head is complete.
        case body
    }

    private enum State {
        case idle
        /// The carriage return of an empty line before the request line was read.
        case leadingLineFeed
        /// The one empty line that is tolerated (RFC 9112 section 2.2) was read.
        case idleAfterEmptyLine
        case head
        case fixedBody(remaining: Int)
        case chunkedBody
        case refused(HTTPRefusal)
    }

    private let limits: HTTPLimits
    private var state = State.idle
    /// Bytes of the current head line so far.
    private var lineCount = 0
    private var isInRequestLine = true
    private var continueIsDue = false
    private var chunks: ChunkedDecoder
    private var bodyStart = 0
    private var known = KnownHead()

    package init(limits: HTTPLimits) {
        self.limits = limits
        chunks = ChunkedDecoder(limits: limits)
    }

    /// Reads `input` from `offset` on into `request`, which is emptied first when a new request
    /// begins, and moves `offset` after what it has read. `input` may be reused after the call.
    ///
    /// A refusal is final: the connection must be closed, and further calls throw it again.
    package mutating func parse(
        _ input: UnsafeRawBufferPointer, from offset: inout Int, into request: inout Request
    ) throws(HTTPRefusal) -> Outcome {
        do throws(HTTPRefusal) {
            return try advance(input, from: &offset, into: &request)
        } catch {
            state = .refused(error)
            throw error
        }
    }

    /// How far the current request has come.
    package var phase: Phase {
        switch state {
        case .idle, .leadingLineFeed, .idleAfterEmptyLine: .idle
        case .head: .head
        case .fixedBody, .chunkedBody, .refused: .body
        }
    }

    /// True once for each request whose client waits for "HTTP/1.1 100 Continue" before it sends
    /// the body (RFC 9110 section 10.1.1); to be asked after `.needsMore`.
    package mutating func takeContinue() -> Bool {
        defer { continueIsDue = false }
        return continueIsDue
    }

    private mutating func advance(
        _ input: UnsafeRawBufferPointer, from offset: inout Int, into request: inout Request
    ) throws(HTTPRefusal) -> Outcome {
        while true {
            switch state {
            case .idle, .leadingLineFeed, .idleAfterEmptyLine:
                guard offset < input.count else { return .needsMore }
                try begin(with: input[offset], at: &offset, request: &request)
            case .head:
                guard try readHead(input, from: &offset, into: &request) else { return .needsMore }
            case .fixedBody(let remaining):
                let count = min(remaining, input.count - offset)
                append(input, from: &offset, to: offset + count, into: &request)
                guard count == remaining else {
                    state = .fixedBody(remaining: remaining - count)
                    continueIsDue = continueIsDue && count == 0
                    return .needsMore
                }
                return complete(&request)
            case .chunkedBody:
                continueIsDue = continueIsDue && offset == input.count
                guard try chunks.decode(input, from: &offset, into: &request.bytes) else {
                    return .needsMore
                }
                return complete(&request)
            case .refused(let refusal):
                throw refusal
            }
        }
    }

    /// Looks at the first byte of a request, or of the empty line before it.
    private mutating func begin(
        with byte: UInt8, at offset: inout Int, request: inout Request
    ) throws(HTTPRefusal) {
        switch state {
        case .idle where byte == ASCII.carriageReturn:
            state = .leadingLineFeed
            offset += 1
        case .leadingLineFeed:
            guard byte == ASCII.lineFeed else { throw HTTPRefusal(.bareCarriageReturn) }
            state = .idleAfterEmptyLine
            offset += 1
        default:
            // What is no HTTP at all, such as a TLS handshake, is refused before it sends a line.
            guard ASCII.isToken(byte) else { throw HTTPRefusal(.malformedRequestLine) }
            request.reset()
            lineCount = 0
            isInRequestLine = true
            state = .head
        }
    }

    /// Copies the head into `request` up to its empty line and, once it is whole, reads it. Returns
    /// false when all input is used up before that.
    private mutating func readHead(
        _ input: UnsafeRawBufferPointer, from offset: inout Int, into request: inout Request
    ) throws(HTTPRefusal) -> Bool {
        let isNew = request.bytes.isEmpty
        if isNew, let count = known.read(input[offset...], into: &request) {
            offset += count
            bodyStart = request.bytes.count
            state = .fixedBody(remaining: known.bodyLength)
            return true
        }
        let start = offset
        let limit = min(input.count, offset + limits.headBytesMax - request.bytes.count)
        guard let end = try endOfHead(input, offset..<limit, after: request.bytes.last) else {
            append(input, from: &offset, to: limit, into: &request)
            guard offset == input.count else {
                guard !isInRequestLine else { throw HTTPRefusal(.requestLineTooLong) }
                request.readTarget()
                throw HTTPRefusal(.headTooLong)
            }
            return false
        }
        append(input, from: &offset, to: end, into: &request)

        let body = try request.readHead(limits: limits)
        bodyStart = request.bytes.count
        switch body {
        case .length(let length):
            state = .fixedBody(remaining: length)
            continueIsDue = request.expectsContinue && length > 0
            if isNew && !request.expectsContinue {
                let head = UnsafeRawBufferPointer(rebasing: input[start..<end])
                known.keep(head, &request, bodyLength: length)
            }
        case .chunked:
            state = .chunkedBody
            chunks = ChunkedDecoder(limits: limits)
            continueIsDue = request.expectsContinue
        }
        return true
    }

    /// Where the first empty line of `range` ends; nil when there is none. `previous` is the byte
    /// before the range.
    private mutating func endOfHead(
        _ input: UnsafeRawBufferPointer, _ range: Range<Int>, after previous: UInt8?
    ) throws(HTTPRefusal) -> Int? {
        var index = range.lowerBound
        while let lineFeed = input.firstLineFeed(in: index..<range.upperBound) {
            lineCount += lineFeed - index
            let before = lineFeed > range.lowerBound ? input[lineFeed - 1] : previous
            guard before == ASCII.carriageReturn else { throw HTTPRefusal(.bareLineFeed) }
            index = lineFeed + 1
            if lineCount == 1 { return index }
            lineCount = 0
            isInRequestLine = false
        }
        lineCount += range.upperBound - index
        return nil
    }

    private func append(
        _ input: UnsafeRawBufferPointer, from offset: inout Int, to end: Int,
        into request: inout Request
    ) {
        guard end > offset else { return }
        request.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[offset..<end]))
        offset = end
    }

    private mutating func complete(_ request: inout Request) -> Outcome {
        request.body = bodyStart..<request.bytes.count
        continueIsDue = false
        state = .idle
        return .complete
    }
}

extension UnsafeRawBufferPointer {
    /// The index of the first line feed in `range`, found by the C library's vector code.
    fileprivate func firstLineFeed(in range: Range<Int>) -> Int? {
        guard let baseAddress, !range.isEmpty else { return nil }
        // `range` lies inside the buffer: it is a part of what `parse` was given.
        let found = memchr(baseAddress + range.lowerBound, Int32(ASCII.lineFeed), range.count)
        return found.map { UnsafeRawPointer($0) - baseAddress }
    }
}
