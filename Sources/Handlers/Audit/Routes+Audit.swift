internal import SignetRuntime

// What a request to each route is there to do, as the audit log has it; nil for what changes nothing.

extension AppsRoute {
    func auditKind(_ method: HTTPMethod) -> AuditEvent.Kind? {
        switch action {
        case .sign, .signBatch: .tokenMade
        case .renew: .tokenRenewed
        case .logout, .flush: .sessionEnded
        case .createApp: .appCreated
        case .manageApp: method == .delete ? .appDeleted : .appChanged
        case .rotateRootKey, .rotateAppKey, .rotateKeys: .keyRotated
        case .revokeKey: .keyRevoked
        case .ping, .health, .showApp, .publicKeys, .verify, .verifyBatch, .listSessions,
            .listApps, .unknown:
            nil
        }
    }
}

extension OAuthRoute {
    var auditKind: AuditEvent.Kind? {
        switch action {
        case .token: .tokenMade
        case .revoke: .sessionEnded
        case .introspect, .metadata, .jwks, .appJWKS, .forwardAuth, .unknown: nil
        }
    }
}

extension NamedTokensRoute {
    func auditKind(_ method: HTTPMethod) -> AuditEvent.Kind? {
        switch (self, method) {
        case (.collection, .post): .tokenMade
        case (.token, .delete): .tokenDeleted
        default: nil
        }
    }
}

extension SignInRoute {
    var auditKind: AuditEvent.Kind? {
        switch self {
        case .signIn: .signIn
        case .token: .tokenRenewed
        case .signOut: .sessionEnded
        case .me, .unknown: nil
        }
    }
}

extension FrontendRoute {
    func auditKind(_ method: HTTPMethod) -> AuditEvent.Kind? {
        switch (self, method) {
        case (.signIn, _), (.signInByProvider, _): .signIn
        case (.signUp, _): .userCreated
        case (.verify, _): .userVerified
        case (.jwt, _): .tokenMade
        case (.signOut, _), (.sessions, .delete), (.session, .delete): .sessionEnded
        case (.currentPassword, _), (.password, _): .passwordChanged
        case (.apiTokens, .post): .tokenMade
        case (.apiToken, .put): .tokenChanged
        case (.apiToken, .delete): .tokenDeleted
        case (.sessions, _), (.session, _), (.apiTokens, _), (.apiToken, _), (.unknown, _): nil
        }
    }
}
