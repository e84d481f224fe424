internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Every refusal of the named tokens dialect: `{"message":"…"}` (named-tokens.md, the table of errors).
enum NamedTokensError: Error {
    case unauthorized
    case noTokens
    case noSuchToken
    case descriptionIsTaken
    /// What is wrong with the body, and what is accepted. No quotes and no backslashes.
    case malformed(StaticString)
    case unsupportedMediaType
    case noSuchRoute
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

    var status: HTTPStatus {
        switch self {
        case .unauthorized: .unauthorized
        case .noTokens, .noSuchToken, .noSuchRoute: .notFound
        case .descriptionIsTaken, .malformed: .badRequest
        case .unsupportedMediaType: .unsupportedMediaType
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
        response.isUncacheable = true
        writeFields(to: &response)
        response.body.removeAll(keepingCapacity: true)
        response.body.append(literal: #"{"message":""#)
        response.body.append(literal: text)
        response.body.append(literal: #""}"#)
    }

    private var text: StaticString {
        switch self {
        case .unauthorized:
            """
            The server could not verify that you are authorized to access the URL requested. You \
            either supplied the wrong credentials (e.g. a bad password), or your browser doesn't \
            understand how to supply the credentials required.
            """
        case .noTokens: "Tokens does not exist"
        case .noSuchToken: "Token does not exist, make sure to enter correct token id"
        case .descriptionIsTaken: "Token description already exists or is blank"
        case .malformed(let text): text
        case .unsupportedMediaType:
            "The Content-Type must be application/json, or another JSON type."
        case .noSuchRoute: "The requested URL was not found on the server."
        case .methodNotAllowed: "The method is not allowed for the requested URL."
        case .storeUnavailable: "The store is not available."
        case .overloaded: "Too much work waits."
        case .rateLimited: "Too many requests."
        case .internal: "An internal error."
        case .framing(let refusal): refusal.text
        }
    }

    private func writeFields(to response: inout Response) {
        switch self {
        case .unauthorized:
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
