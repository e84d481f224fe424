internal import SignetAuthority
internal import SignetRuntime

extension AppsDialect {
    /// DELETE `/root/{app_id}/revoke/{key_id}`: every token signed by the key dies. A key that is
    /// unknown or revoked already is fine.
    func revokeKey(_ exchange: Exchange, _ route: AppsRoute) throws(AppsError) {
        let keyID = id(at: route.keyID, exchange)
        if case .malformed = keyID { throw .invalidAppOrKeyID }
        if case .malformed = id(at: route.appID, exchange) { throw .invalidAppOrKeyID }
        let app = try app(of: route, exchange)
        guard case .id(let keyID) = keyID else {
            exchange.audit?.outcome = .unchanged
            return finishOK(exchange)
        }
        exchange.audit?.target = .key("\(keyID)")
        answerLater(exchange) { () async throws(AppsError) in
            let isRevoked: Bool
            do throws(AuthorityError) {
                isRevoked = try await self.authority.apps.revokeKey(
                    keyID, of: app, at: exchange.receivedAt)
            } catch {
                throw self.refusal(of: error, for: app, gone: .appNotFound)
            }
            if !isRevoked { exchange.audit?.outcome = .unchanged }
            self.finishOK(exchange)
        }
    }
}
