internal import SignetRuntime

/// A route of the apps dialect, and what its path names.
struct AppsRoute {
    enum Action {
        case ping
        case health
        case showApp
        case publicKeys
        case sign
        case verify
        case createApp
        case listApps
        /// Within the dialect's space, but none of its routes.
        case unknown
    }

    /// Whose credential a route asks for.
    enum Access {
        case app
        case root
        case anybody
    }

    let action: Action
    /// Where the app's id stands in the request; empty when the path names none.
    private(set) var appID = 0..<0

    /// The route of a path; nil when it is outside of the dialect's space.
    init?(_ path: Path) {
        if path.has("app", at: 0) {
            action = Self.app(path)
            if path.count > 1 { appID = path[1] }
        } else if path.has("root", at: 0) {
            action = Self.root(path)
        } else if path.count == 1 && path.has("ping", at: 0) {
            action = .ping
        } else if path.count == 1 && path.has("health", at: 0) {
            action = .health
        } else {
            return nil
        }
    }

    var access: Access {
        switch action {
        case .showApp, .publicKeys, .sign, .verify: .app
        case .createApp, .listApps: .root
        case .ping, .health, .unknown: .anybody
        }
    }

    /// The one method of the route, and what `Allow` says to others; nil for no route.
    var method: (HTTPMethod, allow: StaticString)? {
        switch action {
        case .ping, .health, .showApp, .publicKeys, .listApps: (.get, "GET, HEAD")
        case .sign, .verify, .createApp: (.post, "POST")
        case .unknown: nil
        }
    }

    private static func app(_ path: Path) -> Action {
        switch path.count {
        case 2: .showApp
        case 3 where path.has("sign", at: 2): .sign
        case 3 where path.has("verify", at: 2): .verify
        case 3 where path.has("pub-keys", at: 2): .publicKeys
        default: .unknown
        }
    }

    private static func root(_ path: Path) -> Action {
        switch path.count {
        case 2 where path.has("create", at: 1): .createApp
        case 2 where path.has("list", at: 1): .listApps
        default: .unknown
        }
    }
}
