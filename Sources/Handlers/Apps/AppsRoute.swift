internal import SignetRuntime

/// A route of the apps dialect, and what its path names.
struct AppsRoute {
    enum Action {
        case ping
        case health
        case showApp
        case publicKeys
        case sign
        case signBatch
        case verify
        case verifyBatch
        case renew
        case listSessions
        case logout
        case createApp
        case listApps
        case rotateRootKey
        /// The app itself: to be changed or deleted, by the method.
        case manageApp
        case rotateAppKey
        case rotateKeys
        case revokeKey
        case flush
        /// Within the dialect's space, but none of its routes.
        case unknown
    }

    /// Whose credential a route asks for.
    enum Access {
        case app
        case root
        case anybody
    }

    /// The methods that a route takes.
    enum Methods {
        case getOrHead
        /// Of routes that change something: HEAD, which shows no body, would lose the new key.
        case get
        case post
        case delete
        case patchOrDelete

        /// What `Allow` says to the others.
        var allow: StaticString {
            switch self {
            case .getOrHead: "GET, HEAD"
            case .get: "GET"
            case .post: "POST"
            case .delete: "DELETE"
            case .patchOrDelete: "PATCH, DELETE"
            }
        }

        func include(_ method: HTTPMethod) -> Bool {
            switch self {
            // HEAD is served like GET; the answer's body is left out later.
            case .getOrHead: method == .get || method == .head
            case .get: method == .get
            case .post: method == .post
            case .delete: method == .delete
            case .patchOrDelete: method == .patch || method == .delete
            }
        }
    }

    let action: Action
    /// Where the app's id stands in the request; empty when the path names none.
    private(set) var appID = 0..<0
    /// Where the key's id stands in the request; empty when the path names none.
    private(set) var keyID = 0..<0

    /// The route of a path; nil when it is outside of the dialect's space.
    init?(_ path: Path) {
        if path.has("app", at: 0) {
            action = Self.app(path)
            if path.count > 1 { appID = path[1] }
        } else if path.has("root", at: 0) {
            action = Self.root(path)
            if path.count > 1 { appID = path[1] }
            if action == .revokeKey { keyID = path[3] }
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
        case .showApp, .publicKeys, .sign, .signBatch, .verify, .verifyBatch, .renew,
            .listSessions, .logout:
            .app
        case .createApp, .listApps, .rotateRootKey, .manageApp, .rotateAppKey, .rotateKeys,
            .revokeKey, .flush:
            .root
        case .ping, .health, .unknown: .anybody
        }
    }

    /// The methods of the route; nil for no route.
    var methods: Methods? {
        switch action {
        case .ping, .health, .showApp, .publicKeys, .listApps: .getOrHead
        case .rotateRootKey, .rotateAppKey, .rotateKeys: .get
        case .sign, .signBatch, .verify, .verifyBatch, .renew, .listSessions, .logout, .createApp:
            .post
        case .manageApp: .patchOrDelete
        case .revokeKey, .flush: .delete
        case .unknown: nil
        }
    }

    private static func app(_ path: Path) -> Action {
        switch path.count {
        case 2: .showApp
        case 3 where path.has("sign", at: 2): .sign
        case 3 where path.has("verify", at: 2): .verify
        case 3 where path.has("renew", at: 2): .renew
        case 3 where path.has("get-session", at: 2): .listSessions
        case 3 where path.has("logout", at: 2): .logout
        case 3 where path.has("pub-keys", at: 2): .publicKeys
        case 4 where path.has("sign", at: 2) && path.has("batch", at: 3): .signBatch
        case 4 where path.has("verify", at: 2) && path.has("batch", at: 3): .verifyBatch
        default: .unknown
        }
    }

    private static func root(_ path: Path) -> Action {
        switch path.count {
        case 2 where path.has("create", at: 1): .createApp
        case 2 where path.has("list", at: 1): .listApps
        case 2 where path.has("rotate", at: 1): .rotateRootKey
        case 2: .manageApp
        case 3 where path.has("flush", at: 2): .flush
        case 4 where path.has("rotate", at: 2) && path.has("key", at: 3): .rotateAppKey
        case 4 where path.has("rotate", at: 2) && path.has("pki", at: 3): .rotateKeys
        case 4 where path.has("revoke", at: 2): .revokeKey
        default: .unknown
        }
    }
}
