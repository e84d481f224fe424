internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/get-session`: the live sessions of a subject.
    func listSessions(_ exchange: Exchange, _ app: App) throws(AppsError) {
        let subject = try exchange.withBody { bytes throws(AppsError) in
            let body = try RequestBody(bytes, &scanner)
            guard let subject = try body.string("sub"), !subject.isEmptyString else {
                throw .invalid([FieldError("sub", .required)])
            }
            return subject.string(in: bytes)
        }
        answerLater(exchange) { () async throws(AppsError) in
            let found: [SessionView]
            do throws(AuthorityError) {
                found = try await self.sessions.list(
                    subject: subject, of: app, at: exchange.receivedAt)
            } catch {
                throw AppsError(error)
            }
            exchange.response.body.append(literal: #"{"sessions":["#)
            for (index, session) in found.enumerated() {
                if index > 0 { exchange.response.body.append(literal: ",") }
                exchange.response.body.append(session)
            }
            exchange.response.body.append(literal: "]}")
            exchange.finish()
        }
    }
}

extension [UInt8] {
    /// Appends the session item of apps.md.
    fileprivate mutating func append(_ session: SessionView) {
        append(literal: #"{"token_id":"#)
        append(jsonString: session.tokenIDText)
        append(literal: #","key_id":"#)
        append(jsonString: session.keyID)
        append(literal: #","auth_token_iat":"#)
        append(decimal: session.authIssued)
        append(literal: #","auth_token_nbf":"#)
        append(decimal: session.authNotBefore)
        append(literal: #","auth_token_exp":"#)
        append(decimal: session.authExpires)
        append(literal: #","refresh_token_iat":"#)
        append(decimal: session.refreshIssued)
        append(literal: #","refresh_token_nbf":"#)
        append(decimal: session.refreshNotBefore)
        append(literal: #","refresh_token_exp":"#)
        append(decimal: session.refreshExpires)
        append(literal: #","ip_address":"#)
        append(claim: session.address)
        append(literal: #","user_agent":"#)
        append(claim: session.userAgent)
        append(literal: "}")
    }

    /// Appends a claim as it was given; an empty string when an app does not require it and the
    /// caller left it out.
    private mutating func append(claim: [UInt8]?) {
        guard let claim else { return append(literal: #""""#) }
        append(contentsOf: claim)
    }
}
