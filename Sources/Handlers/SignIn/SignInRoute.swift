internal import SignetRuntime

/// A route of the sign-in dialect.
enum SignInRoute {
    case signIn, token, signOut, me
    /// Within the dialect's space, but none of its routes.
    case unknown

    /// The route of a path; nil when it is outside of the dialect's space, `/api/rest`.
    init?(_ path: Path) {
        guard path.has("api", at: 0), path.has("rest", at: 1) else { return nil }
        self = .unknown
        guard path.count == 3 else { return }
        if path.has("signin", at: 2) { self = .signIn }
        if path.has("token", at: 2) { self = .token }
        if path.has("signout", at: 2) { self = .signOut }
        if path.has("me", at: 2) { self = .me }
    }

    /// The one method of the route, and what `Allow` says to others; nil for no route. HEAD is served like
    /// GET; the answer's body is left out later.
    var method: (HTTPMethod, allow: StaticString)? {
        switch self {
        case .signIn, .token, .signOut: (.post, "POST")
        case .me: (.get, "GET, HEAD")
        case .unknown: nil
        }
    }
}
