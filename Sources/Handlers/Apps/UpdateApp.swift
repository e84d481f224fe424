internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// PATCH `/root/{app_id}`: replaces what the app's owner decides, all of it.
    func updateApp(_ app: App, _ exchange: Exchange) throws(AppsError) {
        let terms = try exchange.withBody { bytes throws(AppsError) in
            try AppTermsRequest.readChange(of: app, try RequestBody(bytes, &scanner))
        }
        answerLater(exchange) { () async throws(AppsError) in
            let isThere: Bool
            do throws(AuthorityError) {
                isThere = try await self.authority.apps.update(
                    app, terms, at: exchange.receivedAt)
            } catch {
                throw AppsError(error)
            }
            guard isThere else { throw .appNotFound }
            self.finishOK(exchange)
        }
    }
}
