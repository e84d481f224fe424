internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Every refusal of the OAuth endpoints: the codes of RFC 6749 section 5.2, and RFC 8707's
/// `invalid_target`.
enum OAuthError: Error {
    /// The texts are for the developer of the client. They repeat nothing of what was sent.
    case invalidRequest(StaticString)
    case unsupportedMediaType
    case invalidClient
    case invalidGrant
    case unsupportedGrantType
    case invalidScope(StaticString)
    case invalidTarget(StaticString)
    case noSuchEndpoint
    case methodNotAllowed(allow: StaticString)
    case storeUnavailable
    case overloaded
    case rateLimited(by: RateLimit, retryAfterSeconds: Int)
    case `internal`
    case framing(HTTPRefusal)

    /// What the authority could not do.
    init(_ error: AuthorityError) {
        switch error {
        case .storeUnavailable: self = .storeUnavailable
        case .overloaded: self = .overloaded
        default: self = .internal
        }
    }

    /// What is wrong with a form.
    init(_ refusal: FormRefusal) {
        self = .invalidRequest(refusal.text)
    }

    var status: HTTPStatus {
        switch self {
        case .invalidRequest, .invalidGrant, .unsupportedGrantType, .invalidScope, .invalidTarget:
            .badRequest
        // RFC 6749 leaves it open; README.md of the contract has 415 for all dialects.
        case .unsupportedMediaType: .unsupportedMediaType
        case .invalidClient: .unauthorized
        case .noSuchEndpoint: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .storeUnavailable, .overloaded: .serviceUnavailable
        case .rateLimited: .tooManyRequests
        case .internal: .internalServerError
        case .framing(let refusal): refusal.status
        }
    }

    /// Makes `response` say so, in place of whatever it said.
    func write(to response: inout Response) {
        response.status = status
        response.contentType = "application/json"
        response.isUncacheable = true
        writeFields(to: &response)
        response.body.removeAll(keepingCapacity: true)
        response.body.append(literal: #"{"error":""#)
        response.body.append(literal: code)
        response.body.append(literal: #"","error_description":""#)
        response.body.append(literal: text)
        response.body.append(literal: #""}"#)
    }

    private var code: StaticString {
        switch self {
        case .invalidRequest, .unsupportedMediaType, .noSuchEndpoint, .methodNotAllowed:
            "invalid_request"
        case .invalidClient: "invalid_client"
        case .invalidGrant: "invalid_grant"
        case .unsupportedGrantType: "unsupported_grant_type"
        case .invalidScope: "invalid_scope"
        case .invalidTarget: "invalid_target"
        // RFC 6749 has these two for the authorization endpoint only (section 4.1.2.1); clients
        // know them.
        case .storeUnavailable, .overloaded, .rateLimited: "temporarily_unavailable"
        case .internal: "server_error"
        case .framing(let refusal):
            refusal.status.rawValue < 500 ? "invalid_request" : "server_error"
        }
    }

    /// Of the characters that RFC 6749 section 5.2 allows: no quote and no backslash.
    private var text: StaticString {
        switch self {
        case .invalidRequest(let text), .invalidScope(let text), .invalidTarget(let text): text
        case .unsupportedMediaType: "The body must be application/x-www-form-urlencoded."
        case .invalidClient: "The client id or the client secret is wrong."
        case .invalidGrant: "The refresh token is invalid, expired, used or revoked."
        case .unsupportedGrantType:
            "The grant types are client_credentials and refresh_token."
        case .noSuchEndpoint: "There is no such endpoint."
        case .methodNotAllowed: "The endpoint does not have this method."
        case .storeUnavailable: "The store is not available."
        case .overloaded: "Too much work waits."
        case .rateLimited: "Too many requests."
        case .internal: "An internal error."
        case .framing(let refusal): refusal.text
        }
    }

    private func writeFields(to response: inout Response) {
        switch self {
        case .invalidClient:
            response.fields.append(ResponseField("WWW-Authenticate", #"Basic realm="signet""#))
        case .methodNotAllowed(let allow):
            response.fields.append(ResponseField("Allow", allow))
        case .storeUnavailable, .overloaded:
            response.fields.append(ResponseField("Retry-After", "1"))
        case .rateLimited(let limit, let seconds):
            response.append(limit, retryAfterSeconds: seconds)
        default: break
        }
    }
}
