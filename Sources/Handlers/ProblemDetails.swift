internal import SignetJSON
internal import SignetRuntime

/// Errors outside of every dialect: `application/problem+json` (RFC 9457).
enum ProblemDetails {
    /// Makes `response` say `status`, with a sentence for humans.
    static func write(_ status: HTTPStatus, _ detail: StaticString, to response: inout Response) {
        response.status = status
        response.contentType = "application/problem+json"
        response.body.removeAll(keepingCapacity: true)
        response.body.append(literal: "{\"type\":\"about:blank\",\"status\":")
        response.body.append(decimal: Int64(status.rawValue))
        response.body.append(literal: ",\"detail\":\"")
        response.body.append(literal: detail)
        response.body.append(literal: "\"}")
    }
}
