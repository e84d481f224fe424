internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension SignInDialect {
    /// POST `/signin`: begins a session and shows its tokens.
    func signIn(_ exchange: Exchange, _ form: SignInForm) async throws(SignInError) {
        guard let login = form[.login] else { throw .invalidRequest("The login is missing.") }
        guard let password = form[.password] else {
            throw .invalidRequest("The password is missing.")
        }
        let wantsCookie = form[.cookieAuth]?.elementsEqual("true".utf8) ?? false
        guard !wantsCookie || allowsCookies else { throw .cookieAuthDisabled }
        // Otherwise a page elsewhere could sign its visitor in as somebody else.
        guard !wantsCookie || !cookie.isOfAnotherSite(exchange) else { throw .crossSite }

        let holder =
            if let application = form[.application] {
                try await holder(
                    application: application, key: login, secret: password, userID: form[.userID])
            } else {
                try await holder(login: login, password: password, exchange)
            }
        guard let holder else { throw .invalidCredentials }
        exchange.audit?.admit(holder)
        let pair = try await ask { () throws(AuthorityError) in
            try await tokens.begin(
                for: holder, from: exchange.sessionOrigin, until: WantedExpiry(text: form[.expiry]),
                at: exchange.receivedAt)
        }
        // Suspended or deleted while the password was checked.
        guard let pair else { throw .invalidCredentials }
        exchange.audit?.target = .session(pair.sessionID)
        exchange.response.status = .created
        exchange.response.body.append(refresh: pair.refresh, access: pair.access)
        if wantsCookie { cookie.set(pair.refresh, &exchange.response) }
    }

    /// The active user whose login and password are shown; nil for everything else, after the same work.
    private func holder(
        login: [UInt8], password: [UInt8], _ exchange: Exchange
    ) async throws(SignInError) -> SessionHolder? {
        try await checkPassword(of: .login(login), exchange, rateLimits) {
            () throws(AuthorityError) in
            try await accounts.passwordCheck.user(.login(login), password: Password(password))
        }.map { SessionHolder($0) }
    }

    /// Whom an app speaks for: the user with this id, or itself when none is named. Nil for a wrong name,
    /// key or secret, and for a user who is not there or not active, after the same work.
    private func holder(
        application: [UInt8], key: [UInt8], secret: [UInt8], userID: [UInt8]?
    ) async throws(SignInError) -> SessionHolder? {
        let access = key.withUnsafeBytes { key in
            secret.withUnsafeBytes { credentials.access(appID: key, key: $0) }
        }
        // Looked up whoever asks, so that time tells nothing of the secret. No user has the id 0.
        let id = userID.flatMap { Int64(userID: $0) } ?? 0
        let user = try await ask { () throws(AuthorityError) in try await accounts.user(.id(id)) }
        guard case .granted(let app) = access, app.terms.name.utf8.elementsEqual(application)
        else { return nil }
        guard userID != nil else { return SessionHolder(app) }
        guard let user, user.status == .active else { return nil }
        return SessionHolder(user, application: app)
    }
}

extension Exchange {
    /// Where a session that the request begins is begun from, and by what.
    var sessionOrigin: UserSessions.Origin {
        let userAgent = request.field("user-agent").map { request.bytes[$0] } ?? []
        return UserSessions.Origin(address: client.address.host, userAgent: userAgent)
    }
}

extension [UInt8] {
    /// Appends the answer of `/signin` and `/token`.
    mutating func append(refresh: [UInt8], access: [UInt8]) {
        append(literal: #"{"tokenType":"Bearer","refreshToken":""#)
        append(contentsOf: refresh)
        append(literal: #"","accessToken":""#)
        append(contentsOf: access)
        append(literal: #""}"#)
    }
}
