/// Reading of the request line (RFC 9112 section 3).
extension Request {
    /// Reads the request line at the start of `head`, which is a whole head, and returns where the
    /// field lines begin.
    mutating func readRequestLine(_ head: Span<UInt8>) throws(HTTPRefusal) -> Int {
        let methodEnd = head.endOfToken(from: 0)
        guard methodEnd > 0, head[methodEnd] == ASCII.space else {
            throw HTTPRefusal(.malformedRequestLine)
        }
        methodName = 0..<methodEnd
        method = Self.method(named: methodName, in: head)
        guard method != .other || !head.matches("CONNECT", in: methodName) else {
            throw HTTPRefusal(.unsupportedMethod)
        }

        let parts = try Self.readTarget(from: methodEnd + 1, in: head, method: method)
        target = methodEnd + 1..<parts.end
        path = parts.path
        query = parts.query
        host = parts.host ?? 0..<0
        hasAuthority = parts.host != nil
        pathIsEscaped = parts.pathIsEscaped

        guard head[parts.end] == ASCII.space else { throw HTTPRefusal(.malformedTarget) }
        return try readVersion(from: parts.end + 1, in: head)
    }

    private static func method(named name: Range<Int>, in head: Span<UInt8>) -> HTTPMethod {
        switch name.count {
        case 3 where head.matches("GET", in: name): .get
        case 3 where head.matches("PUT", in: name): .put
        case 4 where head.matches("POST", in: name): .post
        case 4 where head.matches("HEAD", in: name): .head
        case 5 where head.matches("PATCH", in: name): .patch
        case 6 where head.matches("DELETE", in: name): .delete
        case 7 where head.matches("OPTIONS", in: name): .options
        default: .other
        }
    }

    /// The parts of a request target; `end` is the index of the byte after it.
    private struct TargetParts {
        var host: Range<Int>?
        var path: Range<Int>
        var pathIsEscaped = false
        var query: Range<Int>?
        var end: Int
    }

    private static func readTarget(
        from start: Int, in head: Span<UInt8>, method: HTTPMethod
    ) throws(HTTPRefusal) -> TargetParts {
        switch head[start] {
        case ASCII.slash:
            return readPath(from: start, in: head)
        case ASCII.asterisk where method == .options:
            return TargetParts(path: start..<start + 1, end: start + 1)
        default:
            let hostStart = try endOfScheme(from: start, in: head)
            var hostEnd = hostStart
            while !isHostEnd(head[hostEnd]) { hostEnd += 1 }
            let host = hostStart..<hostEnd
            // RFC 9110 section 4.2.1: an http URI with an empty host is invalid.
            guard try HostField.check(host, in: head) > 0 else { throw HTTPRefusal(.malformedHost) }
            var parts = readPath(from: hostEnd, in: head)
            parts.host = host
            return parts
        }
    }

    /// A head always ends with CR LF, so that this stops inside it.
    private static func isHostEnd(_ byte: UInt8) -> Bool {
        byte == ASCII.slash || byte == ASCII.question || byte <= ASCII.space
    }

    private static func endOfScheme(
        from start: Int, in head: Span<UInt8>
    ) throws(HTTPRefusal) -> Int {
        for scheme: StaticString in ["http://", "https://"] {
            let end = start + scheme.utf8CodeUnitCount
            if end < head.count, head.matchesIgnoringCase(scheme, in: start..<end) { return end }
        }
        throw HTTPRefusal(.malformedTarget)
    }

    private static func readPath(from start: Int, in head: Span<UInt8>) -> TargetParts {
        var (index, isEscaped) = head.endOfPath(from: start)
        var parts = TargetParts(path: start..<index, pathIsEscaped: isEscaped, end: index)
        guard index < head.count, head[index] == ASCII.question else { return parts }
        let queryStart = index + 1
        index = queryStart
        while index < head.count, ASCII.isQuery(head[index]) { index += 1 }
        parts.query = queryStart..<index
        parts.end = index
        return parts
    }

    /// Reads "HTTP/1.x" and the end of the line, and returns the index after it.
    private mutating func readVersion(
        from start: Int, in head: Span<UInt8>
    ) throws(HTTPRefusal) -> Int {
        let end = start + 8
        guard end + 2 <= head.count, head.matches("HTTP/", in: start..<start + 5),
            ASCII.isDigit(head[start + 5]), head[start + 6] == 0x2E, ASCII.isDigit(head[start + 7])
        else { throw HTTPRefusal(.malformedRequestLine) }
        guard head[end] == ASCII.carriageReturn, head[end + 1] == ASCII.lineFeed else {
            throw HTTPRefusal(.malformedRequestLine)
        }
        guard head[start + 5] == ASCII.zero + 1 else { throw HTTPRefusal(.unsupportedVersion) }
        minorVersion = head[start + 7] == ASCII.zero ? 0 : 1
        return end + 2
    }

    /// Gives an absolute target without a path the path "/" (RFC 9110 section 4.2.3), and appends
    /// the decoded path to `bytes` when it has escapes (RFC 3986 section 2.1).
    mutating func decodePath() throws(HTTPRefusal) {
        if path.isEmpty {
            path = bytes.count..<bytes.count + 1
            bytes.append(ASCII.slash)
        }
        guard pathIsEscaped else { return }
        let start = bytes.count
        var index = path.lowerBound
        while index < path.upperBound {
            var byte = bytes[index]
            index += 1
            if byte == ASCII.percent {
                guard index + 2 <= path.upperBound, let high = ASCII.hexValue(bytes[index]),
                    let low = ASCII.hexValue(bytes[index + 1]), high | low != 0
                else { throw HTTPRefusal(.malformedTarget) }
                byte = high << 4 | low
                index += 2
            }
            bytes.append(byte)
        }
        path = start..<bytes.count
    }
}
