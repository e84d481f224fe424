/// A request to another server.
package struct WebRequest: Sendable {
    package enum Method: Sendable {
        case get
        /// With a body of `application/x-www-form-urlencoded`.
        case post(form: [UInt8])
    }

    package var url: String
    package var method = Method.get
    /// Shown as `Authorization: Bearer` (RFC 6750 section 2.1).
    package var bearer: [UInt8]?
    /// A larger body ends the transfer.
    package var bodyBytesMax: Int

    package init(_ url: String, bodyBytesMax: Int) {
        self.url = url
        self.bodyBytesMax = bodyBytesMax
    }

    /// Whether the token can stand in a header field.
    var hasPlainBearer: Bool {
        bearer?.allSatisfy { (0x21...0x7E).contains($0) } ?? true
    }
}

/// What another server answered, whatever its status.
package struct WebAnswer: Sendable {
    package let status: Int
    /// The first `Cache-Control`; empty when there is none.
    package let cacheControl: String
    package let body: [UInt8]
}
