internal import SignetAuthority
internal import SignetRuntime

extension Response {
    /// Appends the fields of an answer that a limit refuses (RFC 9110 section 10.2.3,
    /// draft-ietf-httpapi-ratelimit-headers-11 sections 3 and 4).
    mutating func append(_ refusal: RateLimiter.Refusal) {
        let (name, limit, seconds) = (refusal.by.name, refusal.limit, refusal.retryAfterSeconds)
        append("Retry-After", "\(seconds)")
        append("RateLimit-Policy", "\"\(name)\";q=\(limit.quota);w=\(limit.periodSeconds)")
        append("RateLimit", "\"\(name)\";r=0;t=\(seconds)")
    }

    private mutating func append(_ name: StaticString, _ value: String) {
        if let field = ResponseField(name, bytes: Array(value.utf8)) { fields.append(field) }
    }
}
