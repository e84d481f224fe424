internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Every refusal of the accounts-and-sessions dialect: `{"status","code","error","context"?}` (frontend.md,
/// the table of errors).
enum FrontendError: DialectError {
    /// A wrong password, or an e-mail that nobody has.
    case wrongCredentials
    /// A provider's token that lets nobody in. The text is for the developer of the client. No quotes and no
    /// backslashes.
    case wrongProviderToken(StaticString)
    /// No credential, or one that is none of ours, expired or ended.
    case unauthenticated
    case suspended
    /// What the credential does not allow. The texts are for the developer of the client. No quotes and
    /// no backslashes.
    case permissionDenied(StaticString)
    /// Everything that is wrong with the request's fields.
    case invalid([FieldFault])
    /// Another user's, or nobody's.
    case notFound(StaticString)
    case tooLarge(StaticString)
    case unsupportedMediaType(StaticString)
    case server(ServerRefusal)

    /// What is wrong with a form.
    init(_ refusal: FormRefusal, at place: FieldFault.Place) {
        self =
            refusal == .valueTooLong
            ? .tooLarge(refusal.text) : .invalid([FieldFault(place, "", "\(refusal.text)")])
    }

    var status: HTTPStatus {
        switch self {
        case .wrongCredentials, .wrongProviderToken, .unauthenticated: .unauthorized
        case .suspended, .permissionDenied: .forbidden
        case .invalid: .badRequest
        case .notFound: .notFound
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
        response.body.append(literal: #"{"status":"#)
        response.body.append(decimal: Int64(status.rawValue))
        response.body.append(literal: #","code":""#)
        response.body.append(literal: code)
        response.body.append(literal: #"","error":""#)
        response.body.append(literal: text)
        response.body.append(UInt8(ascii: "\""))
        if case .invalid(let faults) = self {
            response.body.append(literal: #","context":"#)
            response.body.append(context: faults)
        }
        response.body.append(UInt8(ascii: "}"))
    }

    private var code: StaticString {
        switch self {
        case .wrongCredentials, .wrongProviderToken, .unauthenticated: "UNAUTHENTICATED"
        case .suspended, .permissionDenied: "PERMISSION_DENIED"
        case .invalid: "INVALID_ARGUMENT"
        case .notFound, .server(.noSuchRoute): "NOT_FOUND"
        case .tooLarge: "CONTENT_TOO_LARGE"
        case .unsupportedMediaType: "UNSUPPORTED_MEDIA_TYPE"
        case .server(.methodNotAllowed): "METHOD_NOT_ALLOWED"
        case .server(.storeUnavailable), .server(.auditUnavailable), .server(.overloaded),
            .server(.unreachable):
            "UNAVAILABLE"
        case .server(.rateLimited): "RESOURCE_EXHAUSTED"
        case .server(let refusal) where refusal.status == .contentTooLarge: "CONTENT_TOO_LARGE"
        case .server(let refusal):
            refusal.status.rawValue < 500 ? "INVALID_ARGUMENT" : "INTERNAL"
        }
    }

    private var text: StaticString {
        switch self {
        case .wrongCredentials: "The e-mail or the password is wrong."
        case .unauthenticated: "There is no valid token."
        case .suspended: "The user is suspended."
        case .permissionDenied(let text), .notFound(let text), .tooLarge(let text),
            .unsupportedMediaType(let text), .wrongProviderToken(let text):
            text
        case .invalid: "The request is invalid."
        case .server(let refusal): refusal.text
        }
    }

    private func writeFields(to response: inout Response) {
        switch self {
        case .wrongCredentials, .wrongProviderToken:
            response.fields.append(ResponseField("WWW-Authenticate", #"Bearer realm="signet""#))
        case .unauthenticated:
            response.fields.append(
                ResponseField(
                    "WWW-Authenticate", #"Bearer realm="signet", error="invalid_token""#))
        case .server(let refusal): refusal.writeFields(to: &response)
        default: break
        }
    }
}
