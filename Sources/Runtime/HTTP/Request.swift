/// One parsed HTTP/1.1 request (RFC 9112). It owns its bytes in one reusable array; everything else
/// is a range of that array. A `RequestParser` fills it, and empties it when the next one begins.
package struct Request: Sendable {
    /// One field line (RFC 9110 section 5).
    package struct Field: Sendable, Equatable {
        /// The name, in small letters.
        package let name: Range<Int>
        /// The value, without the white space around it.
        package let value: Range<Int>
    }

    /// The head as it came, but for the small letters of the field names; then the decoded path
    /// when the target had escapes; then the body.
    package internal(set) var bytes: [UInt8] = []

    package internal(set) var method: HTTPMethod = .get
    package internal(set) var methodName = 0..<0
    /// The request target as it came (RFC 9112 section 3.2).
    package internal(set) var target = 0..<0
    /// The path with its escapes decoded. It begins with a slash, or is "*" (OPTIONS only). Dot
    /// segments are left as they are.
    package internal(set) var path = 0..<0
    /// What follows the question mark, escapes and all; nil when there is none.
    package internal(set) var query: Range<Int>?
    /// The host and port meant: those of an absolute target, else the Host field's. May be empty.
    package internal(set) var host = 0..<0
    /// 0 for HTTP/1.0; 1 for HTTP/1.1 and any later 1.x (RFC 9110 section 2.5).
    package internal(set) var minorVersion = 1

    /// The field lines in the order they came.
    package internal(set) var fields: [Field] = []
    /// The first Authorization value.
    package internal(set) var authorization: Range<Int>?
    /// Whether there is more than one Authorization field, though RFC 9110 section 11.6.2 has one.
    package internal(set) var hasRepeatedAuthorization = false
    /// The first Content-Type value.
    package internal(set) var contentType: Range<Int>?
    /// The value of `traceparent`, and that of `X-Request-Id`. Empty when there are more of one than one.
    var traceParentField: Range<Int>?
    var requestIDField: Range<Int>?
    /// Whether the connection stays open after the answer (RFC 9112 section 9.3).
    package internal(set) var isKeepAlive = true
    /// Whether the client asked for a 100 before it sends the body (RFC 9110 section 10.1.1).
    package internal(set) var expectsContinue = false

    /// Whether `host` came from an absolute target, which outranks Host (RFC 9112 section 3.2.2).
    var hasAuthority = false
    /// Whether the path as it came has escapes.
    var pathIsEscaped = false

    /// The body, its chunks joined.
    package internal(set) var body = 0..<0

    /// What a handler found out when the same head came before on the connection, and where it leaves
    /// that; nil for a head that is not kept.
    package internal(set) var note: HeadNote?

    /// More memory than this is given back between requests, so that one large body does not stay
    /// with an idle connection.
    private static let retainedBytesMax = 64 * 1024

    package init() {}

    /// The first value of the field `name`, which is given in small letters; nil when absent.
    package func field(_ name: StaticString) -> Range<Int>? {
        let span = bytes.span
        for index in fields.indices where span.matches(name, in: fields[index].name) {
            return fields[index].value
        }
        return nil
    }

    /// How many lines the field `name`, which is given in small letters, has.
    package func fieldCount(_ name: StaticString) -> Int {
        let span = bytes.span
        var count = 0
        for index in fields.indices where span.matches(name, in: fields[index].name) { count += 1 }
        return count
    }

    /// What the answer's Connection field must say (RFC 9112 section 9.3): an HTTP/1.0 client keeps
    /// its connection only when it is told to.
    package var answerConnection: ResponseHead.Connection {
        guard isKeepAlive else { return .close }
        return minorVersion == 0 ? .keepAlive : .persistent
    }

    /// Makes the request as new, keeping its memory.
    package mutating func reset() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.retainedBytesMax)
        fields.removeAll(keepingCapacity: true)
        method = .get
        methodName = 0..<0
        target = 0..<0
        path = 0..<0
        query = nil
        host = 0..<0
        minorVersion = 1
        authorization = nil
        hasRepeatedAuthorization = false
        contentType = nil
        traceParentField = nil
        requestIDField = nil
        isKeepAlive = true
        expectsContinue = false
        hasAuthority = false
        pathIsEscaped = false
        body = 0..<0
        note = nil
    }

    /// Takes what `other` says of its head, but for the bytes and the field lines that it is about.
    mutating func takeFacts(of other: borrowing Request) {
        method = other.method
        methodName = other.methodName
        target = other.target
        path = other.path
        query = other.query
        host = other.host
        minorVersion = other.minorVersion
        authorization = other.authorization
        hasRepeatedAuthorization = other.hasRepeatedAuthorization
        contentType = other.contentType
        traceParentField = other.traceParentField
        requestIDField = other.requestIDField
        isKeepAlive = other.isKeepAlive
        expectsContinue = other.expectsContinue
        hasAuthority = other.hasAuthority
        pathIsEscaped = other.pathIsEscaped
    }
}
