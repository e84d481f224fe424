internal import SignetAuthority
internal import SignetRuntime

extension FrontendDialect {
    /// What both routes are given.
    private struct Wishes {
        let old: [UInt8]?
        let new: Password?
        /// Whether the user's sessions of every dialect end, but for the caller's.
        let logsOutAll: Bool
    }

    /// PUT `/current/password`: gives the caller another password.
    func setOwnPassword(
        _ exchange: Exchange, _ caller: FrontendCaller, _ query: FrontendFields
    ) async throws(FrontendError) {
        try caller.require(.writeUser)
        let wishes = try readWishes(exchange, query, needsOld: true)
        try await setPassword(wishes, of: caller.user.id, exchange, caller)
    }

    /// PUT `/{user-id}/password`: gives a sub user of the caller another password, or any user when the
    /// caller is an administrator, who needs not know the old one.
    func setPassword(
        of range: Range<Int>, _ exchange: Exchange, _ caller: FrontendCaller,
        _ query: FrontendFields
    ) async throws(FrontendError) {
        guard let id = Int64(userID: exchange.request.bytes[range]) else {
            throw .invalid([FieldFault(.path, "user-id", "This must be a whole number above 0.")])
        }
        // Nobody's own password is changed without the old one: the token may be stolen.
        if id == caller.user.id { return try await setOwnPassword(exchange, caller, query) }
        let user = try await ask { () throws(AuthorityError) in
            try await accounts.user(.id(id))
        }
        let isAdministrator = caller.user.role == .admin || caller.user.role == .root
        if isAdministrator {
            try caller.require(.writeAdmin)
            guard user != nil else { throw .notFound("There is no such user.") }
        } else {
            // Whether there is such a user is nobody else's business.
            guard user?.parent == caller.user.id else {
                throw .permissionDenied("The user is not a sub user of yours.")
            }
            try caller.require(.writeSubUser)
        }
        let wishes = try readWishes(exchange, query, needsOld: !isAdministrator)
        try await setPassword(wishes, of: id, exchange, caller)
    }

    private func readWishes(
        _ exchange: Exchange, _ query: FrontendFields, needsOld: Bool
    ) throws(FrontendError) -> Wishes {
        var query = query
        var fields = try readBody(exchange)
        let old = needsOld ? fields.text("old-password") : nil
        if needsOld, old == nil { fields.refuse("old-password", "This is required.") }
        let wishes = Wishes(
            old: old, new: fields.password("new-password", isRequired: true),
            logsOutAll: query.flag("logout-all", otherwise: false))
        try query.finish(fields)
        return wishes
    }

    private func setPassword(
        _ wishes: Wishes, of id: Int64, _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        guard let new = wishes.new else { throw .internal }
        exchange.audit?.target = .user(id)
        var change = Accounts.PasswordChange(new, by: caller.proof)
        if let old = wishes.old {
            let user = try await checkPassword(of: .id(id), exchange, rateLimits) {
                () throws(AuthorityError) in
                try await accounts.passwordCheck.user(
                    .id(id), password: Password(old), among: Set(User.Status.allCases))
            }
            guard let user else { throw Self.wrongOldPassword }
            change.old = Proof(user)
        }
        change.endsSessions = wishes.logsOutAll
        if id == caller.user.id { change.kept = caller.session }
        switch try await outcome(of: change, id, exchange) {
        case .changed: exchange.response.status = .noContent
        case .missing: throw .notFound("There is no such user.")
        case .oldIsOver: throw Self.wrongOldPassword
        case .callerIsOver: throw .unauthenticated
        }
    }

    private func outcome(
        of change: Accounts.PasswordChange, _ id: Int64, _ exchange: Exchange
    ) async throws(FrontendError) -> Accounts.PasswordOutcome {
        try await ask { () throws(AuthorityError) in
            try await accounts.setPassword(change, of: id, at: exchange.receivedAt)
        }
    }

    private static let wrongOldPassword = FrontendError.invalid([
        FieldFault(.body, "old-password", "This is not the password.")
    ])
}
