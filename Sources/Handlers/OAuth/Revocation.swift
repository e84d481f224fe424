internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension OAuthDialect {
    /// POST `/oauth/revoke` (RFC 7009): ends the session of a token of the app, and is in force
    /// everywhere when it is answered. The answer is the same for a token that we don't know, or that
    /// is another app's: it must not tell which (section 2.2). `token_type_hint` is not looked at,
    /// because a token says itself what it is.
    func revoke(_ exchange: Exchange, _ app: App) throws(OAuthError) {
        let verification = verifications.lease()
        guard form.withValue(.token, { verification.setToken($0) }) != nil else {
            verifications.giveBack(verification)
            throw .invalidRequest("The token is missing.")
        }
        answerLater(exchange) { [sessions] () async throws(OAuthError) in
            defer { self.verifications.giveBack(verification) }
            let hasEnded: Bool
            do throws(AuthorityError) {
                hasEnded = try await sessions.end(
                    verification, for: app, at: exchange.receivedAt)
            } catch {
                throw OAuthError(error)
            }
            exchange.audit?.note(verification, hasEnded: hasEnded)
            exchange.response.isUncacheable = true
            exchange.response.body.append(literal: "{}")
            exchange.finish()
        }
    }
}
