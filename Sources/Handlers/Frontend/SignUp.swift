internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension FrontendDialect {
    /// POST `/sign-up`: takes a user in who then has to verify the address. The answer is the same for an
    /// address that is taken: nobody learns here who has an account.
    func signUp(_ exchange: Exchange) async throws(FrontendError) {
        guard isSignUpOpen else { throw .permissionDenied("Nobody can sign up here.") }
        var fields = try readJSON(exchange)
        let email = fields.email("email", isRequired: true)
        let password = fields.password("password", isRequired: true)
        let name = fields.userName("name")
        try fields.finish()
        guard let email, let password, let name else { throw .internal }
        let outcome = try await ask { () throws(AuthorityError) in
            try await accounts.signUp(email, name, password, at: exchange.receivedAt)
        }
        exchange.audit?.note(outcome)
        exchange.response.status = .accepted
        exchange.response.body.append(literal: #"{"status":"pending"}"#)
    }

    /// POST `/verify`: activates the user that the token of a verification mail is for.
    func verify(_ exchange: Exchange) async throws(FrontendError) {
        var fields = try readJSON(exchange)
        let token = fields.text("verify-token")
        if token == nil { fields.refuse("verify-token", "This is required.") }
        try fields.finish()
        guard let token else { throw .internal }
        let now = exchange.receivedAt
        let claims = try await ask { () throws(AuthorityError) in
            try await verification.read(token, at: now)
        }
        guard let claims else { throw Self.deadToken }
        try await requireHuman(exchange)
        let user = try await ask { () throws(AuthorityError) in
            try await accounts.verify(claims, at: now)
        }
        guard let user else { throw Self.deadToken }
        exchange.audit?.admit(user)
        exchange.response.body.append(literal: #"{"success":true,"email":"#)
        exchange.response.body.append(jsonString: user.email)
        exchange.response.body.append(literal: #","status":"#)
        exchange.response.body.append(jsonString: user.status.rawValue)
        exchange.response.body.append(UInt8(ascii: "}"))
    }

    private func requireHuman(_ exchange: Exchange) async throws(FrontendError) {
        guard let recaptcha else { return }
        let response = exchange.request.field("x-recaptcha-token").map {
            Array(exchange.request.bytes[$0])
        }
        let isHuman = try await ask { () throws(AuthorityError) in
            try await recaptcha.isHuman(response ?? [], from: exchange.client.address.host)
        }
        guard isHuman else {
            throw .permissionDenied("The recaptcha in X-Recaptcha-Token was not passed.")
        }
    }

    /// Forged, expired, used, or void by another sign-up: nobody learns which.
    private static var deadToken: FrontendError {
        .invalid([FieldFault(.body, "verify-token", "This is of no use any more, or never was.")])
    }
}
