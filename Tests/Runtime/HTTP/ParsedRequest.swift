import SignetRuntime

/// A request as values, so that two ways of reading it can be compared.
struct ParsedRequest: Equatable {
    var method: String
    var target: String
    var path: [UInt8]
    var query: String?
    var host: String
    var minorVersion: Int
    var fields: [String]
    var body: [UInt8]
    var isKeepAlive: Bool
    var expectsContinue: Bool
    var authorization: String?
    var hasRepeatedAuthorization: Bool
    var contentType: String?
    var traceParent: TraceParent?
    var givenID: [UInt8]?

    init(_ request: Request) {
        func text(_ range: Range<Int>) -> String {
            String(decoding: request.bytes[range], as: UTF8.self)
        }
        method = text(request.methodName)
        target = text(request.target)
        path = Array(request.bytes[request.path])
        query = request.query.map(text)
        host = text(request.host)
        minorVersion = request.minorVersion
        fields = request.fields.map { "\(text($0.name)): \(text($0.value))" }
        body = Array(request.bytes[request.body])
        isKeepAlive = request.isKeepAlive
        expectsContinue = request.expectsContinue
        authorization = request.authorization.map(text)
        hasRepeatedAuthorization = request.hasRepeatedAuthorization
        contentType = request.contentType.map(text)
        traceParent = request.traceParent
        givenID = request.givenID
    }
}

/// What a whole stream of bytes came to.
struct ParsedStream: Equatable {
    var requests: [ParsedRequest] = []
    var refusal: HTTPRefusal?
    /// Where the parser stood at the end.
    var phase = RequestParser.Phase.idle

    /// Feeds `bytes` to one parser, cut into pieces at `cuts`.
    init(_ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) {
        var parser = RequestParser(limits: limits)
        var request = Request()
        var start = 0
        for end in cuts + [bytes.count] {
            // A copy for each piece, so that reading outside of it is caught by address sanitizers.
            let piece = Array(bytes[start..<end])
            start = end
            do throws(HTTPRefusal) {
                var offset = 0
                while try parser.parse(piece, from: &offset, into: &request) == .complete {
                    requests.append(ParsedRequest(request))
                }
                precondition(offset == piece.count, "input left over")
            } catch {
                refusal = error
                return
            }
        }
        phase = parser.phase
    }

    init(_ text: String, cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) {
        self.init(Array(text.utf8), cuts: cuts, limits: limits)
    }
}
