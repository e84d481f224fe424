/// What the fields of a head say about the message as a whole: where its body ends, who it is for
/// and whether the connection stays open.
struct MessageFraming {
    /// How the end of a body is found (RFC 9112 section 6.3).
    enum Body: Equatable {
        case length(Int)
        case chunked
    }

    private let bodyBytesMax: Int
    private var hostCount = 0
    private var contentLength: Int?
    private var isChunked = false
    private var closes = false
    private var keepsAlive = false
    private(set) var expectsContinue = false

    init(bodyBytesMax: Int) {
        self.bodyBytesMax = bodyBytesMax
    }

    mutating func readHost(_ value: Range<Int>, in head: Span<UInt8>) throws(HTTPRefusal) {
        hostCount += 1
        guard hostCount == 1 else { throw HTTPRefusal(.repeatedHost) }
        _ = try HostField.check(value, in: head)
    }

    /// RFC 9110 section 8.6: digits and nothing else. A second Content-Length is refused even when
    /// it says the same.
    mutating func readContentLength(_ value: Range<Int>, in head: Span<UInt8>) throws(HTTPRefusal) {
        guard contentLength == nil else { throw HTTPRefusal(.repeatedContentLength) }
        guard !value.isEmpty, Self.endsLine(value, in: head) else {
            throw HTTPRefusal(.malformedContentLength)
        }
        var length = 0
        for index in value {
            guard ASCII.isDigit(head[index]) else { throw HTTPRefusal(.malformedContentLength) }
            // A length over the limit is not added up further, so that it cannot overflow.
            if length <= bodyBytesMax { length = length * 10 + Int(head[index] - ASCII.zero) }
        }
        contentLength = length
    }

    /// RFC 9112 section 6.1: a request whose last coding is not chunked has no end.
    mutating func readTransferEncoding(
        _ value: Range<Int>, in head: Span<UInt8>
    ) throws(HTTPRefusal) {
        guard !isChunked, Self.endsLine(value, in: head) else {
            throw HTTPRefusal(.malformedTransferEncoding)
        }
        isChunked = true
        if head.matchesIgnoringCase("chunked", in: value) { return }

        var lastStart = value.lowerBound
        var count = 0
        for index in value where head[index] == ASCII.comma {
            let coding = head.trimmed(lastStart..<index)
            guard !head.matchesIgnoringCase("chunked", in: coding) else {
                throw HTTPRefusal(.malformedTransferEncoding)
            }
            count += 1
            lastStart = index + 1
        }
        let last = head.trimmed(lastStart..<value.upperBound)
        let endsChunked = count > 0 && head.matchesIgnoringCase("chunked", in: last)
        throw HTTPRefusal(endsChunked ? .unsupportedTransferEncoding : .malformedTransferEncoding)
    }

    /// Whether no white space follows the value. The grammar allows some, but parsers disagree
    /// about it (llhttp refuses a tab), and two that disagree about framing can be played against
    /// each other.
    private static func endsLine(_ value: Range<Int>, in head: Span<UInt8>) -> Bool {
        head[value.upperBound] == ASCII.carriageReturn
    }

    mutating func readExpect(_ value: Range<Int>, in head: Span<UInt8>) throws(HTTPRefusal) {
        guard head.matchesIgnoringCase("100-continue", in: value) else {
            throw HTTPRefusal(.unsupportedExpectation)
        }
        expectsContinue = true
    }

    /// RFC 9110 section 7.6.1: a list of options.
    mutating func readConnection(_ value: Range<Int>, in head: Span<UInt8>) {
        var start = value.lowerBound
        while start <= value.upperBound {
            var end = start
            while end < value.upperBound, head[end] != ASCII.comma { end += 1 }
            let option = head.trimmed(start..<end)
            closes = closes || head.matchesIgnoringCase("close", in: option)
            keepsAlive = keepsAlive || head.matchesIgnoringCase("keep-alive", in: option)
            start = end + 1
        }
    }

    /// Whether the connection stays open (RFC 9112 section 9.3).
    func isKeepAlive(minorVersion: Int) -> Bool {
        !closes && (minorVersion > 0 || keepsAlive)
    }

    /// What the fields come to together, when all have been read.
    func body(minorVersion: Int) throws(HTTPRefusal) -> Body {
        guard hostCount == 1 || minorVersion == 0 else { throw HTTPRefusal(.missingHost) }
        if isChunked {
            guard contentLength == nil else {
                throw HTTPRefusal(.contentLengthWithTransferEncoding)
            }
            // RFC 9112 section 6.1: an intermediary of HTTP/1.0 may have framed it otherwise.
            guard minorVersion > 0 else { throw HTTPRefusal(.malformedTransferEncoding) }
            return .chunked
        }
        let length = contentLength ?? 0
        guard length <= bodyBytesMax else { throw HTTPRefusal(.bodyTooLong) }
        return .length(length)
    }
}
