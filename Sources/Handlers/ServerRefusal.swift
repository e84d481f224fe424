internal import SignetAuthority
internal import SignetRuntime

/// What any request may be refused for, whatever it asks. Each dialect says it in its own shape.
enum ServerRefusal {
    case noSuchRoute
    case methodNotAllowed(allow: StaticString)
    case storeUnavailable
    /// What it would do has to be recorded, and can't be.
    case auditUnavailable
    case overloaded
    /// Another server, which has to be asked, does not answer.
    case unreachable
    case rateLimited(RateLimiter.Refusal)
    case `internal`
    case framing(HTTPRefusal)

    /// What the authority could not do.
    init(_ error: AuthorityError) {
        switch error {
        case .storeUnavailable: self = .storeUnavailable
        case .overloaded: self = .overloaded
        case .unreachable: self = .unreachable
        case .cryptography, .wrongMasterKey: self = .internal
        }
    }

    var status: HTTPStatus {
        switch self {
        case .noSuchRoute: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .storeUnavailable, .auditUnavailable, .overloaded, .unreachable: .serviceUnavailable
        case .rateLimited: .tooManyRequests
        case .internal: .internalServerError
        case .framing(let refusal): refusal.status
        }
    }

    /// For the developer of the client. No quotes and no backslashes.
    var text: StaticString {
        switch self {
        case .noSuchRoute: "There is no such resource."
        case .methodNotAllowed: "The resource does not have this method."
        case .storeUnavailable: "The store is not available."
        case .auditUnavailable: "The audit log is not available."
        case .overloaded: "Too much work waits."
        case .unreachable: "Another server, which has to be asked, does not answer."
        case .rateLimited: "Too many requests."
        case .internal: "An internal error."
        case .framing(let refusal): refusal.text
        }
    }

    /// Adds the fields that go with it.
    func writeFields(to response: inout Response) {
        switch self {
        case .methodNotAllowed(let allow):
            response.fields.append(ResponseField("Allow", allow))
        case .storeUnavailable, .auditUnavailable, .overloaded:
            response.fields.append(ResponseField("Retry-After", "1"))
        case .unreachable:
            response.fields.append(ResponseField("Retry-After", "5"))
        case .rateLimited(let refusal): response.append(refusal)
        case .noSuchRoute, .internal, .framing: break
        }
    }
}
