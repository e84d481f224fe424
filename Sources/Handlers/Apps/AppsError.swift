internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Every refusal of the apps dialect, in its three shapes (apps.md, the table of errors).
enum AppsError: Error {
    // {"errors":"…"}
    case invalidAppID
    case invalidAppKey
    case invalidRootToken
    case invalidRootKey
    case malformedAppID
    case invalidAppOrKeyID
    case emptyBody
    case algorithmMismatch(keyType: String, algorithms: String)
    // {"errors":{"error_field":"","error_message":"…"}}
    case invalidJSON
    case invalidType
    // {"errors":[{"error_field":"…","error_message":"…"},…]}
    case invalid([FieldError])
    // {"message":"…"}
    case noSuchRoute
    case appNotFound
    case invalidRefreshToken
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
        case .unreachable, .cryptography, .wrongMasterKey: self = .internal
        }
    }

    var status: HTTPStatus {
        switch self {
        case .invalidAppID, .invalidAppKey, .invalidRootToken, .invalidRootKey,
            .invalidAppOrKeyID:
            .forbidden
        case .malformedAppID, .emptyBody, .algorithmMismatch, .invalidJSON, .invalidType, .invalid:
            .badRequest
        case .noSuchRoute, .appNotFound, .invalidRefreshToken: .notFound
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
        response.body.removeAll(keepingCapacity: true)
        writeFields(to: &response)
        writeBody(to: &response.body)
    }

    private func writeFields(to response: inout Response) {
        switch self {
        case .methodNotAllowed(let allow):
            response.fields.append(ResponseField("Allow", allow))
        case .storeUnavailable, .overloaded:
            response.fields.append(ResponseField("Retry-After", "1"))
        case .rateLimited(let limit, let seconds):
            response.append(limit, retryAfterSeconds: seconds)
        default: break
        }
    }

    /// Appends the error object.
    func writeBody(to body: inout [UInt8]) {
        switch self {
        case .invalidAppID: body.append(literal: #"{"errors":"invalid app id"}"#)
        case .invalidAppKey: body.append(literal: #"{"errors":"invalid app key or id"}"#)
        case .invalidRootToken: body.append(literal: #"{"errors":"invalid root token"}"#)
        case .invalidRootKey: body.append(literal: #"{"errors":"invalid root key"}"#)
        case .malformedAppID: body.append(literal: #"{"errors":"invalid app id"}"#)
        case .invalidAppOrKeyID: body.append(literal: #"{"errors":"invalid app or key id"}"#)
        case .emptyBody: body.append(literal: #"{"errors":"empty request body"}"#)
        case .algorithmMismatch(let keyType, let algorithms):
            body.append(literal: #"{"errors":"#)
            body.append(jsonString: "for \(keyType), please select from \(algorithms) only")
            body.append(literal: "}")
        case .invalidJSON: Self.writeBodyError("invalid json format", to: &body)
        case .invalidType: Self.writeBodyError("invalid json data type", to: &body)
        case .invalid(let fields): Self.writeFieldErrors(fields, to: &body)
        case .noSuchRoute: body.append(literal: #"{"message":"not found"}"#)
        case .appNotFound: body.append(literal: #"{"message":"app not found"}"#)
        case .invalidRefreshToken: body.append(literal: #"{"message":"invalid refresh token"}"#)
        case .methodNotAllowed: body.append(literal: #"{"message":"method not allowed"}"#)
        case .storeUnavailable: body.append(literal: #"{"message":"db-down"}"#)
        case .overloaded: body.append(literal: #"{"message":"overloaded"}"#)
        case .rateLimited: body.append(literal: #"{"message":"too many requests"}"#)
        case .internal: body.append(literal: #"{"message":"error"}"#)
        case .framing(let refusal):
            body.append(literal: #"{"message":""#)
            body.append(literal: refusal.text)
            body.append(literal: #""}"#)
        }
    }

    private static func writeBodyError(_ message: StaticString, to body: inout [UInt8]) {
        body.append(literal: #"{"errors":{"error_field":"","error_message":""#)
        body.append(literal: message)
        body.append(literal: #""}}"#)
    }

    private static func writeFieldErrors(_ fields: [FieldError], to body: inout [UInt8]) {
        body.append(literal: #"{"errors":["#)
        for (index, field) in fields.enumerated() {
            if index > 0 { body.append(literal: ",") }
            body.append(literal: #"{"error_field":"#)
            body.append(jsonString: field.name)
            body.append(literal: #","error_message":"#)
            body.append(jsonString: field.reason.text)
            body.append(literal: "}")
        }
        body.append(literal: "]}")
    }
}
