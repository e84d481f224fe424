internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// The API tokens of the caller. One whose credential does not have all that the user may sees, makes and
/// changes only those that allow no more.
extension FrontendDialect {
    /// GET `/api-token`: the tokens, the oldest first.
    func listAPITokens(
        _ exchange: Exchange, _ caller: FrontendCaller, _ query: FrontendFields
    ) async throws(FrontendError) {
        var query = query
        let includesExpired = query.flag("include-expired", otherwise: false)
        try query.finish()
        try caller.require(.readUser)
        let now = exchange.receivedAt
        let found = try await ask { () throws(AuthorityError) in
            try await apiTokens.list(of: caller.user)
        }.filter { caller.covers($0) && (includesExpired || !$0.isExpired(at: now)) }
        exchange.response.body.append(UInt8(ascii: "["))
        for (index, token) in found.enumerated() {
            if index > 0 { exchange.response.body.append(UInt8(ascii: ",")) }
            exchange.response.body.append(token, at: now)
        }
        exchange.response.body.append(UInt8(ascii: "]"))
    }

    /// GET `/api-token/{token}`.
    func showAPIToken(
        _ text: Range<Int>, _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        try caller.require(.readUser)
        let token = try await apiToken(text, exchange, of: caller)
        exchange.response.body.append(token, at: exchange.receivedAt)
    }

    /// POST `/api-token`: makes a token, which may do all that the credential may unless the body says
    /// less, and never expires unless it says when.
    func makeAPIToken(
        _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        try caller.require(.writeUser)
        let now = exchange.receivedAt
        let terms = try APITokenTerms(try readBody(exchange))
        let grant = try terms.grant(in: caller.grant, resettingTo: caller.grant)
        let creation = try await ask { () throws(AuthorityError) in
            try await apiTokens.make(
                for: caller.user, grant, by: caller.proof,
                expires: terms.expires(at: now / 1000), at: now)
        }
        switch creation {
        case .made(let token):
            exchange.audit?.target = .token(token.idText)
            exchange.response.body.append(token, at: now)
        case .tooMany:
            let text = "There are \(APITokens.perUserMax) API tokens already; delete one first."
            throw .invalid([FieldFault(.body, "", text)])
        case .proofIsOver: throw .unauthenticated
        }
    }

    /// PUT `/api-token/{token}`: changes what the body names, and leaves the rest. Sessions that were
    /// begun by the token end.
    func updateAPIToken(
        _ text: Range<Int>, _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        try caller.require(.writeUser)
        let now = exchange.receivedAt
        let terms = try APITokenTerms(try readBody(exchange))
        for _ in 0..<Self.updateAttemptsMax {
            let token = try await apiToken(text, exchange, of: caller)
            let grant = try terms.grant(
                in: token.grant.bounded(by: caller.user), resettingTo: caller.grant)
            let changed = try await ask { () throws(AuthorityError) in
                try await apiTokens.update(
                    token, grant, by: caller.proof,
                    expires: terms.saysLife ? terms.expires(at: now / 1000) : token.expires,
                    at: now)
            }
            if let changed { return exchange.response.body.append(changed, at: now) }
            let isStillThere = try await ask { () throws(AuthorityError) in
                try await apiTokens.holds(caller.proof)
            }
            guard isStillThere else { throw .unauthenticated }
            // Another call was faster with the token.
        }
        throw .server(.overloaded)
    }

    /// How often a change that another was faster with is tried again.
    private static let updateAttemptsMax = 20

    /// DELETE `/api-token/{token}`.
    func deleteAPIToken(
        _ text: Range<Int>, _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        try caller.require(.writeUser)
        let token = try await apiToken(text, exchange, of: caller)
        let isDeleted = try await ask { () throws(AuthorityError) in
            try await apiTokens.delete(token)
        }
        guard isDeleted else { throw Self.noSuchAPIToken }
        exchange.response.status = .noContent
    }

    private static let noSuchAPIToken = FrontendError.notFound("There is no such API token.")

    /// The token that stands at `range` of the request, if the caller may see it.
    private func apiToken(
        _ range: Range<Int>, _ exchange: Exchange, of caller: FrontendCaller
    ) async throws(FrontendError) -> APIToken {
        let text = Array(exchange.request.bytes[range])
        let token = try await ask { () throws(AuthorityError) in
            try await apiTokens.token(text, of: caller.user)
        }
        guard let token, caller.covers(token) else { throw Self.noSuchAPIToken }
        exchange.audit?.target = .token(token.idText)
        return token
    }
}

extension FrontendCaller {
    /// Whether a token allows no more than the credential.
    fileprivate func covers(_ token: APIToken) -> Bool {
        grant.covers(token.grant.bounded(by: user))
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ token: APIToken, at now: Int64) {
        append(literal: #"{"token":"#)
        append(jsonString: token.text)
        append(literal: #","created":""#)
        append(date: token.created / 1000)
        append(literal: #"","updated":""#)
        append(date: token.updated / 1000)
        append(literal: #"","expires-at":"#)
        if let expires = token.expires {
            append(UInt8(ascii: "\""))
            append(date: expires)
            append(UInt8(ascii: "\""))
        } else {
            append(literal: "null")
        }
        append(literal: token.isExpired(at: now) ? #","expired":true"# : #","expired":false"#)
        append(literal: #","permissions":"#)
        append(token.grant.permissions)
        append(literal: #","restrictions":["#)
        for (index, restriction) in token.grant.restrictions.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(jsonString: restriction)
        }
        append(literal: "]}")
    }

    /// Appends permissions by what they are for: `{"media":{"name":"media","scopes":["read","write"]}}`.
    private mutating func append(_ permissions: Permissions) {
        var subjects: [(name: String, scopes: [String])] = []
        for permission in permissions.list {
            if let index = subjects.firstIndex(where: { $0.name == permission.subject }) {
                subjects[index].scopes.append(permission.scope)
            } else {
                subjects.append((permission.subject, [permission.scope]))
            }
        }
        append(UInt8(ascii: "{"))
        for (index, subject) in subjects.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(jsonString: subject.name)
            append(literal: #":{"name":"#)
            append(jsonString: subject.name)
            append(literal: #","scopes":["#)
            for (index, scope) in subject.scopes.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(jsonString: scope)
            }
            append(literal: "]}")
        }
        append(UInt8(ascii: "}"))
    }
}
