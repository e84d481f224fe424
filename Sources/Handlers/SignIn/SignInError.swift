internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Every refusal of the sign-in dialect: `{"error":"…","message":"…"}` (sign-in.md, the table of errors).
enum SignInError: DialectError {
    /// The texts are for the developer of the client. No quotes and no backslashes.
    case invalidRequest(StaticString)
    /// Whatever was wrong with what was shown to sign in.
    case invalidCredentials
    case invalidToken
    case cookieAuthDisabled
    /// A cookie came with a request that no page of ours may have sent.
    case crossSite
    case tooLarge(StaticString)
    case unsupportedMediaType
    case server(ServerRefusal)

    /// What is wrong with a form.
    init(_ refusal: FormRefusal) {
        self = refusal == .valueTooLong ? .tooLarge(refusal.text) : .invalidRequest(refusal.text)
    }

    var status: HTTPStatus {
        switch self {
        case .invalidRequest: .badRequest
        case .invalidCredentials, .invalidToken: .unauthorized
        case .cookieAuthDisabled, .crossSite: .forbidden
        case .tooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .server(let refusal): refusal.status
        }
    }

    func write(to response: inout Response) {
        response.status = status
        response.isUncacheable = true
        writeFields(to: &response)
        response.body.removeAll(keepingCapacity: true)
        response.body.append(literal: #"{"error":""#)
        response.body.append(literal: code)
        response.body.append(literal: #"","message":""#)
        response.body.append(literal: text)
        response.body.append(literal: #""}"#)
    }

    private var code: StaticString {
        switch self {
        case .invalidRequest: "invalid_request"
        case .invalidCredentials: "invalid_credentials"
        case .invalidToken: "invalid_token"
        case .cookieAuthDisabled: "cookie_auth_disabled"
        case .crossSite: "cross_site_request"
        case .tooLarge: "content_too_large"
        case .unsupportedMediaType: "unsupported_media_type"
        case .server(.noSuchRoute): "not_found"
        case .server(.methodNotAllowed): "method_not_allowed"
        case .server(.storeUnavailable), .server(.auditUnavailable), .server(.overloaded),
            .server(.unreachable):
            "temporarily_unavailable"
        case .server(.rateLimited): "too_many_requests"
        case .server(let refusal) where refusal.status == .contentTooLarge: "content_too_large"
        case .server(let refusal):
            refusal.status.rawValue < 500 ? "invalid_request" : "internal_error"
        }
    }

    private var text: StaticString {
        switch self {
        case .invalidRequest(let text), .tooLarge(let text): text
        case .invalidCredentials: "The login or the password is wrong."
        case .invalidToken: "The token is invalid, expired or ended."
        case .cookieAuthDisabled: "Signing in by cookie is not allowed."
        case .crossSite:
            "A request by cookie must come from a page of this site, and say so by Origin or Sec-Fetch-Site."
        case .unsupportedMediaType:
            "The body must be multipart/form-data or application/x-www-form-urlencoded."
        case .server(let refusal): refusal.text
        }
    }

    private func writeFields(to response: inout Response) {
        switch self {
        case .invalidCredentials:
            response.fields.append(ResponseField("WWW-Authenticate", #"Bearer realm="signet""#))
        case .invalidToken:
            response.fields.append(
                ResponseField(
                    "WWW-Authenticate", #"Bearer realm="signet", error="invalid_token""#))
        case .server(let refusal): refusal.writeFields(to: &response)
        default: break
        }
    }
}
