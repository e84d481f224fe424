/// The method of a request (RFC 9110 section 9.3, RFC 5789). Methods are case-sensitive.
package enum HTTPMethod: Sendable, Equatable {
    case get, head, post, put, patch, delete, options
    /// Any other valid token; its text is in `Request.methodName`.
    case other
}
