/// Refresh tokens that wait to be renewed, oldest first, and the request around them.
struct RenewalSource {
    private static let bodyStart = #"{"refresh_token":""#
    private static let bodyEnd = #"","ip":"1.1.1.1","useragent":"my-user-agent"}"#

    private let app: BenchApp
    private let host: String
    private var tokens: [[UInt8]] = []
    /// Tokens before this one have been taken.
    private var first = 0
    /// The head for tokens of the last one's length: those of one key have mostly the same.
    private var head: (tokenCount: Int, bytes: [UInt8]) = (0, [])

    init(_ app: BenchApp, host: String) {
        self.app = app
        self.host = host
    }

    mutating func keep(_ token: UnsafeRawBufferPointer) {
        tokens.append(Array(token))
    }

    /// Appends a renewal of the oldest token; false when there is none.
    mutating func append(to output: inout [UInt8]) -> Bool {
        guard first < tokens.count else { return false }
        let token = tokens[first]
        first += 1
        if first * 2 > tokens.count, first > 1024 || first == tokens.count {
            tokens.removeFirst(first)
            first = 0
        }
        if head.tokenCount != token.count { head = (token.count, makeHead(token.count)) }
        output.append(contentsOf: head.bytes)
        output.append(contentsOf: token)
        output.append(contentsOf: Self.bodyEnd.utf8)
        return true
    }

    private func makeHead(_ tokenCount: Int) -> [UInt8] {
        let request = ClientRequest(.post, "/app/\(app.id)/renew", authorization: app.key)
        let count = Self.bodyStart.utf8.count + tokenCount + Self.bodyEnd.utf8.count
        return Array((request.head(host: host, bodyCount: count) + Self.bodyStart).utf8)
    }
}
