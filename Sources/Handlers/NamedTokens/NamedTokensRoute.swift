internal import SignetRuntime

/// A route of the named tokens dialect, and what its path names.
enum NamedTokensRoute {
    /// `/token`: the user's tokens.
    case collection
    /// `/token/<id>`, and where the id stands in the request.
    case token(id: Range<Int>)
    /// Within the dialect's space, but none of its routes.
    case unknown

    /// The route of a path; nil when it is outside of the dialect's space, `/api/v1alpha/token` and
    /// `/v1alpha/token`.
    init?(_ path: Path) {
        let first = path.has("api", at: 0) ? 1 : 0
        guard path.has("v1alpha", at: first), path.has("token", at: first + 1) else { return nil }
        switch path.count - first {
        case 2: self = .collection
        case 3: self = .token(id: path[first + 2])
        default: self = .unknown
        }
    }

    /// What `Allow` says; nil for no route.
    var allow: StaticString? {
        switch self {
        case .collection: "GET, HEAD, POST, OPTIONS"
        case .token: "GET, HEAD, DELETE, OPTIONS"
        case .unknown: nil
        }
    }

    /// Whether the route has a method, OPTIONS apart. HEAD is served like GET; the answer's body is left
    /// out later.
    func has(_ method: HTTPMethod) -> Bool {
        switch (self, method) {
        case (.collection, .get), (.collection, .head), (.collection, .post), (.token, .get),
            (.token, .head), (.token, .delete):
            true
        default: false
        }
    }
}
