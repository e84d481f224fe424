internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// The sessions of the caller, those of this dialect.
extension FrontendDialect {
    /// GET `/session`: the sessions that are not over, the oldest first.
    func listSessions(
        _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        try caller.require(.readUser)
        let found = try await ask { () throws(AuthorityError) in
            try await tokens.list(of: caller.user, at: exchange.receivedAt)
        }
        exchange.response.body.append(literal: #"{"sessions":["#)
        for (index, session) in found.enumerated() {
            if index > 0 { exchange.response.body.append(literal: ",") }
            exchange.response.body.append(session)
        }
        exchange.response.body.append(literal: "]}")
    }

    /// GET `/session/{session-id}`.
    func showSession(
        _ id: Range<Int>, _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        try caller.require(.readUser)
        exchange.response.body.append(try await session(id, exchange, of: caller.user))
    }

    /// DELETE `/session`: ends all, the caller's too.
    func endSessions(
        _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        try caller.require(.writeUser)
        try await ask { () throws(AuthorityError) in
            try await tokens.endAll(of: caller.user)
        }
        exchange.response.status = .noContent
    }

    /// DELETE `/session/{session-id}`.
    func endSession(
        _ id: Range<Int>, _ exchange: Exchange, _ caller: FrontendCaller
    ) async throws(FrontendError) {
        try caller.require(.writeUser)
        let session = try await session(id, exchange, of: caller.user)
        let hasEnded = try await ask { () throws(AuthorityError) in
            try await tokens.end(session, at: exchange.receivedAt)
        }
        if !hasEnded { exchange.audit?.outcome = .unchanged }
        exchange.response.status = .noContent
    }

    /// DELETE `/sign-out`: ends the caller's session, or all. A credential that has none has nothing to
    /// end by itself.
    func signOut(
        _ exchange: Exchange, _ caller: FrontendCaller, _ query: FrontendFields
    ) async throws(FrontendError) {
        var query = query
        let endsAll = query.flag("logout-all", otherwise: false)
        let returnURL = query.returnURL("ret-url")
        try query.finish()
        if endsAll { try caller.require(.writeUser) }
        let hasEnded = try await ask { () throws(AuthorityError) in
            if endsAll {
                try await tokens.endAll(of: caller.user)
                return true
            }
            guard let session = caller.session else { return false }
            exchange.audit?.target = .session(session.idText)
            return try await tokens.end(session, at: exchange.receivedAt)
        }
        let isOut = endsAll || caller.session != nil
        if !hasEnded { exchange.audit?.outcome = .unchanged }
        exchange.response.body.append(literal: isOut ? #"{"success":true"# : #"{"success":false"#)
        exchange.response.body.append(literal: #","ret-url":"#)
        exchange.response.body.append(jsonStringOrNull: returnURL)
        exchange.response.body.append(literal: "}")
    }

    /// The session of a user whose id stands at `range` of the request.
    private func session(
        _ range: Range<Int>, _ exchange: Exchange, of user: User
    ) async throws(FrontendError) -> UserSession {
        let id = exchange.request.bytes.withUnsafeBytes {
            UserSession.id(UnsafeRawBufferPointer(rebasing: $0[range]))
        }
        guard let id else {
            throw .invalid([FieldFault(.path, "session-id", "This must be a UUID.")])
        }
        let found = try await ask { () throws(AuthorityError) in
            try await tokens.session(id, of: user, at: exchange.receivedAt)
        }
        guard let found else { throw .notFound("There is no such session.") }
        return found
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ session: UserSession) {
        append(literal: #"{"id":"#)
        append(jsonString: session.idText)
        append(literal: #","created":""#)
        append(date: session.created / 1000)
        append(literal: #"","expire":""#)
        append(date: session.expires ?? .max)
        append(literal: #"","remote-ip":"#)
        append(jsonString: session.address)
        append(literal: #","user-agent":"#)
        append(jsonString: session.userAgent)
        append(literal: #","ua-type":"#)
        append(jsonString: UserAgentType(session.userAgent).rawValue)
        append(literal: "}")
    }
}
