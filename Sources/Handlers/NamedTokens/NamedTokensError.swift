internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// Every refusal of the named tokens dialect: `{"message":"…"}` (named-tokens.md, the table of errors).
enum NamedTokensError: DialectError {
    case unauthorized
    case noTokens
    case noSuchToken
    case descriptionIsTaken
    /// What is wrong with the body, and what is accepted. No quotes and no backslashes.
    case malformed(StaticString)
    case unsupportedMediaType
    case server(ServerRefusal)

    var status: HTTPStatus {
        switch self {
        case .unauthorized: .unauthorized
        case .noTokens, .noSuchToken: .notFound
        case .descriptionIsTaken, .malformed: .badRequest
        case .unsupportedMediaType: .unsupportedMediaType
        case .server(let refusal): refusal.status
        }
    }

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
        case .server(.noSuchRoute): "The requested URL was not found on the server."
        case .server(.methodNotAllowed): "The method is not allowed for the requested URL."
        case .server(let refusal): refusal.text
        }
    }

    private func writeFields(to response: inout Response) {
        switch self {
        case .unauthorized:
            response.fields.append(ResponseField("WWW-Authenticate", #"Basic realm="signet""#))
        case .server(let refusal): refusal.writeFields(to: &response)
        default: break
        }
    }
}
