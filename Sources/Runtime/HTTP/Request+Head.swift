/// Reading of the head: the request line, then the field lines (RFC 9112 sections 3 and 5).
extension Request {
    /// Reads the head that fills `bytes`, up to and including its empty line, and returns how the
    /// end of the body is found.
    mutating func readHead(limits: HTTPLimits) throws(HTTPRefusal) -> MessageFraming.Body {
        var framing = MessageFraming(bodyBytesMax: limits.bodyBytesMax)
        try readLines(countMax: limits.headerFieldsMax, framing: &framing)
        let body = try framing.body(minorVersion: minorVersion)

        isKeepAlive = framing.isKeepAlive(minorVersion: minorVersion)
        // RFC 9110 section 10.1.1: an HTTP/1.0 client does not know the answer 100.
        expectsContinue = framing.expectsContinue && minorVersion > 0
        try decodePath()
        return body
    }

    /// Reads no more than the request line, of a head that is refused for its length: the refusal has the
    /// shape of those whom the request was for. `bytes` hold the whole line.
    mutating func readTarget() {
        var text: [UInt8] = []
        swap(&text, &bytes)
        let end = try? readRequestLine(text.span)
        swap(&text, &bytes)
        // What is malformed, too, was for nobody.
        guard end != nil, (try? decodePath()) != nil else { return path = 0..<0 }
    }

    private mutating func readLines(
        countMax: Int, framing: inout MessageFraming
    ) throws(HTTPRefusal) {
        // The bytes are taken out while spans look at them and the other properties change.
        var text: [UInt8] = []
        swap(&text, &bytes)
        defer { swap(&text, &bytes) }
        let fieldsStart = try readRequestLine(text.span)
        var head = text.mutableSpan
        try readFields(&head, from: fieldsStart, countMax: countMax, framing: &framing)
    }

    private mutating func readFields(
        _ head: inout MutableSpan<UInt8>, from start: Int, countMax: Int,
        framing: inout MessageFraming
    ) throws(HTTPRefusal) {
        var index = start
        // The parser found the end of the head at the first empty line, so that a line that begins
        // with CR LF is that one.
        while head[index] != ASCII.carriageReturn {
            guard fields.count < countMax else { throw HTTPRefusal(.tooManyFields) }
            let nameEnd = head.span.endOfToken(from: index)
            // An empty name, a folded line (obs-fold) and white space before the colon end here.
            guard nameEnd > index, head[nameEnd] == ASCII.colon else {
                throw HTTPRefusal(.malformedField)
            }
            let name = index..<nameEnd
            let (value, valueEnd) = try Self.readValue(from: nameEnd + 1, in: head.span)
            // After the value was read: a load that overlaps a store in part waits for it.
            head.lowercase(name)
            let text = head.span
            fields.append(Field(name: name, value: value))
            index = valueEnd + 2

            switch name.count {
            case 4 where text.matches("host", in: name):
                try framing.readHost(value, in: text)
                if !hasAuthority { host = value }
            case 6 where text.matches("expect", in: name):
                try framing.readExpect(value, in: text)
            case 10 where text.matches("connection", in: name):
                framing.readConnection(value, in: text)
            case 11 where text.matches("traceparent", in: name):
                traceParentField = traceParentField == nil ? value : 0..<0
            case 12 where text.matches("x-request-id", in: name):
                requestIDField = requestIDField == nil ? value : 0..<0
            case 12 where text.matches("content-type", in: name):
                contentType = contentType ?? value
            case 13 where text.matches("authorization", in: name):
                hasRepeatedAuthorization = authorization != nil
                authorization = authorization ?? value
            case 14 where text.matches("content-length", in: name):
                try framing.readContentLength(value, in: text)
            case 17 where text.matches("transfer-encoding", in: name):
                try framing.readTransferEncoding(value, in: text)
            default: break
            }
        }
        guard head[index + 1] == ASCII.lineFeed else { throw HTTPRefusal(.bareCarriageReturn) }
    }

    /// Reads a value and the end of its line. Returns it without the white space around it, and
    /// where the line's CR is.
    private static func readValue(
        from start: Int, in head: Span<UInt8>
    ) throws(HTTPRefusal) -> (value: Range<Int>, end: Int) {
        let valueStart = head.endOfWhitespace(from: start)
        let valueEnd = head.endOfFieldText(from: valueStart)
        guard head[valueEnd] == ASCII.carriageReturn else { throw HTTPRefusal(.malformedField) }
        guard head[valueEnd + 1] == ASCII.lineFeed else { throw HTTPRefusal(.bareCarriageReturn) }
        var end = valueEnd
        while end > valueStart, head[end - 1] == ASCII.space || head[end - 1] == ASCII.tab {
            end -= 1
        }
        return (valueStart..<end, valueEnd)
    }
}
