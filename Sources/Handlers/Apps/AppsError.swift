internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Every refusal of the apps dialect, in its three shapes (apps.md, the table of errors).
enum AppsError: DialectError {
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
    case appNotFound
    case invalidRefreshToken
    case server(ServerRefusal)

    var status: HTTPStatus {
        switch self {
        case .invalidAppID, .invalidAppKey, .invalidRootToken, .invalidRootKey,
            .invalidAppOrKeyID:
            .forbidden
        case .malformedAppID, .emptyBody, .algorithmMismatch, .invalidJSON, .invalidType, .invalid:
            .badRequest
        case .appNotFound, .invalidRefreshToken: .notFound
        case .server(let refusal): refusal.status
        }
    }

    func write(to response: inout Response) {
        response.status = status
        response.body.removeAll(keepingCapacity: true)
        if case .server(let refusal) = self { refusal.writeFields(to: &response) }
        writeBody(to: &response.body)
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
        case .server(.noSuchRoute): body.append(literal: #"{"message":"not found"}"#)
        case .appNotFound: body.append(literal: #"{"message":"app not found"}"#)
        case .invalidRefreshToken: body.append(literal: #"{"message":"invalid refresh token"}"#)
        case .server(.methodNotAllowed): body.append(literal: #"{"message":"method not allowed"}"#)
        case .server(.storeUnavailable): body.append(literal: #"{"message":"db-down"}"#)
        case .server(.auditUnavailable):
            body.append(literal: #"{"message":"audit log unavailable"}"#)
        case .server(.overloaded): body.append(literal: #"{"message":"overloaded"}"#)
        case .server(.rateLimited): body.append(literal: #"{"message":"too many requests"}"#)
        case .server(.internal), .server(.unreachable):
            body.append(literal: #"{"message":"error"}"#)
        case .server(.framing(let refusal)):
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
