internal import SignetAuthority
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/logout`: ends the session of a token. One that is unknown, expired or
    /// not ours is fine.
    func logout(_ exchange: Exchange, _ app: App) throws(AppsError) {
        let verification = Verification()
        try exchange.withBody { bytes throws(AppsError) in
            try VerifyRequest.read(try RequestBody(bytes, &scanner), into: verification)
        }
        answerLater(exchange) { () async throws(AppsError) in
            let hasEnded: Bool
            do throws(AuthorityError) {
                hasEnded = try await self.sessions.end(
                    verification, for: app, includingAccess: false, at: exchange.receivedAt)
            } catch {
                throw AppsError(error)
            }
            exchange.audit?.note(verification, hasEnded: hasEnded)
            self.finishOK(exchange)
        }
    }
}
