internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// GET `/root/rotate`: replaces the root key, and shows the new one this once.
    func rotateRootKey(_ exchange: Exchange) {
        exchange.audit?.target = .rootKey
        answerLater(exchange) { () async throws(AppsError) in
            let key: [UInt8]
            do throws(AuthorityError) {
                key = try await self.authority.apps.rotateRootKey()
            } catch {
                throw AppsError(error)
            }
            exchange.response.isUncacheable = true
            exchange.response.body.append(literal: #"{"new-key":"#)
            exchange.response.body.append(jsonString: key)
            exchange.response.body.append(literal: "}")
            exchange.finish()
        }
    }

    /// GET `/root/{app_id}/rotate/key`: replaces the app key, and shows the new one this once.
    func rotateAppKey(_ app: App, _ exchange: Exchange) {
        exchange.audit?.detail = "app key"
        answerLater(exchange) { () async throws(AppsError) in
            let key: [UInt8]?
            do throws(AuthorityError) {
                key = try await self.authority.apps.rotateAppKey(app, at: exchange.receivedAt)
            } catch {
                throw AppsError(error)
            }
            guard let key else { throw .appNotFound }
            exchange.response.isUncacheable = true
            exchange.response.body.append(literal: #"{"app_id":"#)
            exchange.response.body.append(jsonString: app.idText)
            exchange.response.body.append(literal: #","app_key":"#)
            exchange.response.body.append(jsonString: key)
            exchange.response.body.append(literal: "}")
            exchange.finish()
        }
    }

    /// GET `/root/{app_id}/rotate/pki`: replaces the app's keys; all its tokens die.
    func rotateKeys(of app: App, _ exchange: Exchange) {
        exchange.audit?.detail = "signing keys"
        let newest = sessions.newestID(at: exchange.receivedAt)
        answerLater(exchange) { () async throws(AppsError) in
            let key: RealmKey
            do throws(AuthorityError) {
                key = try await self.authority.apps.rotateKeys(
                    of: app, endingSessionsThrough: newest, at: exchange.receivedAt)
            } catch {
                throw self.refusal(of: error, for: app, gone: .appNotFound)
            }
            exchange.response.body.append(literal: #"{"app_id":"#)
            exchange.response.body.append(jsonString: app.idText)
            exchange.response.body.append(literal: #","new_public_key":"#)
            exchange.response.body.append(publicKey: key)
            exchange.response.body.append(literal: #","algo":"#)
            exchange.response.body.append(jsonString: key.algorithmName)
            exchange.response.body.append(literal: "}")
            exchange.finish()
        }
    }
}
