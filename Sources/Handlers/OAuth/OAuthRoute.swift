internal import SignetRuntime

/// A route of the OAuth endpoints, and what its path names.
struct OAuthRoute {
    enum Action {
        case token
        case introspect
        case revoke
        case metadata
        case jwks
        case appJWKS
        case forwardAuth
        /// Within the dialect's space, but none of its routes.
        case unknown
    }

    let action: Action
    /// Where the app's id stands in the request; empty when the path names none.
    private(set) var appID = 0..<0
    /// What follows the metadata's address, from its slash on: the path of the issuer, if it has one
    /// (RFC 8414 section 3.1).
    private(set) var issuerPath = 0..<0

    /// The route of a path; nil when it is outside of the dialect's space.
    init?(_ path: Path) {
        if path.has("app", at: 0) {
            // Everything else below /app belongs to the apps dialect.
            guard path.count == 4, path.has(".well-known", at: 2), path.has("jwks.json", at: 3)
            else { return nil }
            action = .appJWKS
            appID = path[1]
        } else if path.has("oauth", at: 0) {
            action = Self.oauth(path)
        } else if path.has(".well-known", at: 0) {
            action = Self.wellKnown(path)
            if action == .metadata, path.count > 2 {
                issuerPath = path[2].lowerBound - 1..<path[path.count - 1].upperBound
            }
        } else if path.count == 2, path.has("auth", at: 0), path.has("check", at: 1) {
            action = .forwardAuth
        } else {
            return nil
        }
    }

    /// Whether a client calls, who authenticates as such; the other routes are for everybody.
    var isForClients: Bool {
        switch action {
        case .token, .introspect, .revoke: true
        case .metadata, .jwks, .appJWKS, .forwardAuth, .unknown: false
        }
    }

    /// The one method of the route, and what `Allow` says to others; nil for no route.
    ///
    /// nginx, Traefik and Caddy all ask `/auth/check` by GET, whatever the request is that they ask
    /// for.
    var method: (HTTPMethod, allow: StaticString)? {
        switch action {
        case .token, .introspect, .revoke: (.post, "POST")
        case .metadata, .jwks, .appJWKS, .forwardAuth: (.get, "GET, HEAD")
        case .unknown: nil
        }
    }

    private static func oauth(_ path: Path) -> Action {
        guard path.count == 2 else { return .unknown }
        if path.has("token", at: 1) { return .token }
        if path.has("introspect", at: 1) { return .introspect }
        if path.has("revoke", at: 1) { return .revoke }
        return .unknown
    }

    private static func wellKnown(_ path: Path) -> Action {
        guard (2...Path.segmentsMax).contains(path.count) else { return .unknown }
        if path.has("oauth-authorization-server", at: 1) { return .metadata }
        if path.has("openid-configuration", at: 1) { return .metadata }
        return path.count == 2 && path.has("jwks.json", at: 1) ? .jwks : .unknown
    }
}
