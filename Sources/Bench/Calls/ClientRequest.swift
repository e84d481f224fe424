/// A request that the load generator sends, before it is bytes.
package struct ClientRequest: Sendable, Equatable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    package let method: Method
    /// The path, with a query if there is one: printable ASCII without spaces.
    package let path: String
    /// The value of Authorization, or nil for none.
    package let authorization: String?
    /// What POST sends.
    package let body: String
    /// The media type of the body.
    package let contentType: String

    package init(
        _ method: Method, _ path: String, authorization: String? = nil, body: String = "",
        contentType: String = "application/json"
    ) {
        // A line end in one of them would smuggle in a field, or another request.
        precondition(path.utf8.allSatisfy { (0x21...0x7E).contains($0) })
        precondition((authorization ?? "").utf8.allSatisfy { (0x20...0x7E).contains($0) })
        precondition(contentType.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        self.method = method
        self.path = path
        self.authorization = authorization
        self.body = body
        self.contentType = contentType
    }

    /// The request as it is sent (RFC 9112). `host` is the value of the Host field.
    func bytes(host: String) -> [UInt8] {
        Array((head(host: host, bodyCount: body.utf8.count) + body).utf8)
    }

    /// The head up to its empty line, for a body of `bodyCount` bytes.
    func head(host: String, bodyCount: Int) -> String {
        var head = "\(method.rawValue) \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        if let authorization { head += "Authorization: \(authorization)\r\n" }
        if method == .post {
            head += "Content-Type: \(contentType)\r\nContent-Length: \(bodyCount)\r\n"
        }
        return head + "\r\n"
    }
}
