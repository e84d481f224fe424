internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// DELETE `/root/{app_id}`: deletes the app with its keys and sessions.
    func deleteApp(_ app: App, _ exchange: Exchange) {
        answerLater(exchange) { () async throws(AppsError) in
            do throws(AuthorityError) {
                try await self.authority.apps.delete(app)
            } catch {
                throw AppsError(error)
            }
            self.finishOK(exchange)
        }
    }

    /// DELETE `/root/{app_id}/flush`: ends every session of the app.
    func flushSessions(of app: App, _ exchange: Exchange) {
        let newest = sessions.newestID(at: exchange.receivedAt)
        answerLater(exchange) { () async throws(AppsError) in
            do throws(AuthorityError) {
                try await self.authority.apps.flush(
                    app, through: newest, at: exchange.receivedAt)
            } catch {
                throw AppsError(error)
            }
            self.finishOK(exchange)
        }
    }
}
