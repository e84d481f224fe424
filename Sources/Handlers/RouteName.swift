/// What metrics call a route. A closed list, so that no request can make a new label.
package enum RouteName: UInt8, CaseIterable, Sendable {
    /// No route of ours, or bytes that are no request.
    case none
    case ping, health
    case showApp, publicKeys, sign, signBatch, verify, verifyBatch, renew, listSessions, logout
    case createApp, listApps, rotateRootKey, manageApp, rotateAppKey, rotateKeys, revokeKey, flush
    case token, introspect, revoke, metadata, jwks, appJWKS, forwardAuth
    case namedTokens, namedToken
    case signIn, refresh, signOut, me
    case accountSignIn, accountSignOut, providerSignIn, signUp, verifyAddress, accountSessions
    case accountSession, password, apiTokens, apiToken, accountJWT
    case verificationPage
    case interfaceDocument, interfacePage

    /// The label's value.
    package var text: String {
        switch self {
        case .none: "none"
        case .ping: "ping"
        case .health: "health"
        case .showApp: "app"
        case .publicKeys: "app_pub_keys"
        case .sign: "sign"
        case .signBatch: "sign_batch"
        case .verify: "verify"
        case .verifyBatch: "verify_batch"
        case .renew: "renew"
        case .listSessions: "get_session"
        case .logout: "logout"
        case .createApp: "root_create"
        case .listApps: "root_list"
        case .rotateRootKey: "root_rotate"
        case .manageApp: "root_app"
        case .rotateAppKey: "root_rotate_key"
        case .rotateKeys: "root_rotate_pki"
        case .revokeKey: "root_revoke"
        case .flush: "root_flush"
        case .token: "oauth_token"
        case .introspect: "oauth_introspect"
        case .revoke: "oauth_revoke"
        case .metadata: "oauth_metadata"
        case .jwks: "jwks"
        case .appJWKS: "app_jwks"
        case .forwardAuth: "auth_check"
        case .namedTokens: "named_tokens"
        case .namedToken: "named_token"
        case .signIn: "rest_signin"
        case .refresh: "rest_token"
        case .signOut: "rest_signout"
        case .me: "rest_me"
        case .accountSignIn: "account_sign_in"
        case .accountSignOut: "account_sign_out"
        case .providerSignIn: "account_oauth_sign_in"
        case .signUp: "account_sign_up"
        case .verifyAddress: "account_verify"
        case .accountSessions: "account_sessions"
        case .accountSession: "account_session"
        case .password: "account_password"
        case .apiTokens: "account_api_tokens"
        case .apiToken: "account_api_token"
        case .accountJWT: "account_jwt"
        case .verificationPage: "verification_page"
        case .interfaceDocument: "openapi"
        case .interfacePage: "docs"
        }
    }
}

extension AppsRoute {
    var name: RouteName {
        switch action {
        case .ping: .ping
        case .health: .health
        case .showApp: .showApp
        case .publicKeys: .publicKeys
        case .sign: .sign
        case .signBatch: .signBatch
        case .verify: .verify
        case .verifyBatch: .verifyBatch
        case .renew: .renew
        case .listSessions: .listSessions
        case .logout: .logout
        case .createApp: .createApp
        case .listApps: .listApps
        case .rotateRootKey: .rotateRootKey
        case .manageApp: .manageApp
        case .rotateAppKey: .rotateAppKey
        case .rotateKeys: .rotateKeys
        case .revokeKey: .revokeKey
        case .flush: .flush
        case .unknown: .none
        }
    }
}

extension OAuthRoute {
    var name: RouteName {
        switch action {
        case .token: .token
        case .introspect: .introspect
        case .revoke: .revoke
        case .metadata: .metadata
        case .jwks: .jwks
        case .appJWKS: .appJWKS
        case .forwardAuth: .forwardAuth
        case .unknown: .none
        }
    }
}

extension NamedTokensRoute {
    var name: RouteName {
        switch self {
        case .collection: .namedTokens
        case .token: .namedToken
        case .unknown: .none
        }
    }
}

extension SignInRoute {
    var name: RouteName {
        switch self {
        case .signIn: .signIn
        case .token: .refresh
        case .signOut: .signOut
        case .me: .me
        case .unknown: .none
        }
    }
}

extension FrontendRoute {
    var name: RouteName {
        switch self {
        case .signIn: .accountSignIn
        case .signOut: .accountSignOut
        case .signInByProvider: .providerSignIn
        case .signUp: .signUp
        case .verify: .verifyAddress
        case .sessions: .accountSessions
        case .session: .accountSession
        case .currentPassword, .password: .password
        case .apiTokens: .apiTokens
        case .apiToken: .apiToken
        case .jwt: .accountJWT
        case .unknown: .none
        }
    }
}
