internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Every refusal of the OAuth endpoints: the codes of RFC 6749 section 5.2, and RFC 8707's
/// `invalid_target`.
enum OAuthError: DialectError {
    /// The texts are for the developer of the client. They repeat nothing of what was sent.
    case invalidRequest(StaticString)
    case unsupportedMediaType
    case invalidClient
    case invalidGrant
    case unsupportedGrantType
    case invalidScope(StaticString)
    case invalidTarget(StaticString)
    case server(ServerRefusal)

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
        case .server(let refusal): refusal.status
        }
    }

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
        case .invalidRequest, .unsupportedMediaType: "invalid_request"
        case .invalidClient: "invalid_client"
        case .invalidGrant: "invalid_grant"
        case .unsupportedGrantType: "unsupported_grant_type"
        case .invalidScope: "invalid_scope"
        case .invalidTarget: "invalid_target"
        // RFC 6749 has these two for the authorization endpoint only (section 4.1.2.1); clients
        // know them.
        case .server(.storeUnavailable), .server(.auditUnavailable), .server(.overloaded),
            .server(.unreachable), .server(.rateLimited):
            "temporarily_unavailable"
        case .server(let refusal):
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
        case .server(.noSuchRoute): "There is no such endpoint."
        case .server(.methodNotAllowed): "The endpoint does not have this method."
        case .server(let refusal): refusal.text
        }
    }

    private func writeFields(to response: inout Response) {
        switch self {
        case .invalidClient:
            response.fields.append(ResponseField("WWW-Authenticate", #"Basic realm="signet""#))
        case .server(let refusal): refusal.writeFields(to: &response)
        default: break
        }
    }
}
