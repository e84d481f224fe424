internal import SignetAuthority
internal import SignetRuntime

extension Response {
    /// Appends the fields of an answer that `limit` refuses (RFC 9110 section 10.2.3,
    /// draft-ietf-httpapi-ratelimit-headers sections 3 and 4).
    mutating func append(_ limit: RateLimit, retryAfterSeconds seconds: Int) {
        append("Retry-After", "\(seconds)")
        append("RateLimit-Policy", "\"default\";q=\(limit.quota);w=\(limit.windowSeconds)")
        append("RateLimit", "\"default\";r=0;t=\(seconds)")
    }

    private mutating func append(_ name: StaticString, _ value: String) {
        if let field = ResponseField(name, bytes: Array(value.utf8)) { fields.append(field) }
    }
}
