internal import SignetRuntime

/// The routes of the apps dialect.
enum AppsRoute {
    case ping
    case health
    case showApp(id: Range<Int>)
    case publicKeys(id: Range<Int>)
    case sign(id: Range<Int>)
    case verify(id: Range<Int>)
    case createApp
    case listApps
    /// Within the dialect's space, but none of its routes.
    case unknown

    /// The route of a path; nil when it is outside of the dialect's space. An app's id is given by
    /// where it stands in the request.
    init?(_ path: Path) {
        if path.has("app", at: 0) {
            self = Self.app(path)
        } else if path.has("root", at: 0) {
            self = Self.root(path)
        } else if path.count == 1 && path.has("ping", at: 0) {
            self = .ping
        } else if path.count == 1 && path.has("health", at: 0) {
            self = .health
        } else {
            return nil
        }
    }

    /// The one method of the route, and what `Allow` says to others; nil for no route.
    var method: (HTTPMethod, allow: StaticString)? {
        switch self {
        case .ping, .health, .showApp, .publicKeys, .listApps: (.get, "GET, HEAD")
        case .sign, .verify, .createApp: (.post, "POST")
        case .unknown: nil
        }
    }

    private static func app(_ path: Path) -> AppsRoute {
        switch path.count {
        case 2: .showApp(id: path[1])
        case 3 where path.has("sign", at: 2): .sign(id: path[1])
        case 3 where path.has("verify", at: 2): .verify(id: path[1])
        case 3 where path.has("pub-keys", at: 2): .publicKeys(id: path[1])
        default: .unknown
        }
    }

    private static func root(_ path: Path) -> AppsRoute {
        switch path.count {
        case 2 where path.has("create", at: 1): .createApp
        case 2 where path.has("list", at: 1): .listApps
        default: .unknown
        }
    }
}
