internal import SignetRuntime

/// A route of the accounts-and-sessions dialect, and where what its path names stands in the request.
enum FrontendRoute {
    case signIn, signOut
    case signInByProvider
    case signUp, verify
    case sessions
    case session(id: Range<Int>)
    case currentPassword
    case password(userID: Range<Int>)
    case apiTokens
    case apiToken(Range<Int>)
    case jwt
    /// Within the dialect's space, but none of its routes.
    case unknown

    /// The route of a path; nil when it is outside of the dialect's space, `/frontend/api/v1/auth`.
    init?(_ path: Path) {
        guard path.has("frontend", at: 0), path.has("api", at: 1), path.has("v1", at: 2),
            path.has("auth", at: 3)
        else { return nil }
        self = .unknown
        switch path.count {
        case 5:
            if path.has("sign-in", at: 4) { self = .signIn }
            if path.has("sign-out", at: 4) { self = .signOut }
            if path.has("oauth-sign-in", at: 4) { self = .signInByProvider }
            if path.has("sign-up", at: 4) { self = .signUp }
            if path.has("verify", at: 4) { self = .verify }
            if path.has("session", at: 4) { self = .sessions }
            if path.has("api-token", at: 4) { self = .apiTokens }
            if path.has("jwt", at: 4) { self = .jwt }
        case 6:
            if path.has("session", at: 4) {
                self = .session(id: path[5])
            } else if path.has("api-token", at: 4) {
                self = .apiToken(path[5])
            } else if path.has("password", at: 5) {
                self = path.has("current", at: 4) ? .currentPassword : .password(userID: path[4])
            }
        default: break
        }
    }

    /// What `Allow` says; nil for no route.
    var allow: StaticString? {
        switch self {
        case .signIn, .signInByProvider, .signUp, .verify, .jwt: "POST"
        case .signOut: "DELETE"
        case .sessions, .session: "GET, HEAD, DELETE"
        case .currentPassword, .password: "PUT"
        case .apiTokens: "GET, HEAD, POST"
        case .apiToken: "GET, HEAD, PUT, DELETE"
        case .unknown: nil
        }
    }

    /// Whether the route has a method. HEAD is served like GET; the answer's body is left out later.
    func has(_ method: HTTPMethod) -> Bool {
        switch (self, method) {
        case (.signIn, .post), (.signInByProvider, .post), (.signUp, .post), (.verify, .post),
            (.jwt, .post), (.signOut, .delete), (.currentPassword, .put),
            (.password, .put), (.sessions, .get), (.sessions, .head), (.sessions, .delete),
            (.session, .get), (.session, .head), (.session, .delete), (.apiTokens, .get),
            (.apiTokens, .head), (.apiTokens, .post), (.apiToken, .get), (.apiToken, .head),
            (.apiToken, .put), (.apiToken, .delete):
            true
        default: false
        }
    }
}
