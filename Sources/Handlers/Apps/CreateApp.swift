internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/root/create`: makes an app, and shows its key this once.
    func createApp(_ exchange: Exchange) throws(AppsError) {
        let terms = try exchange.withBody { bytes throws(AppsError) in
            try AppTermsRequest.readNew(try RequestBody(bytes, &scanner))
        }
        answerLater(exchange) { () async throws(AppsError) in
            let created: Apps.Created
            do throws(AuthorityError) {
                created = try await self.authority.apps.create(terms, at: exchange.receivedAt)
            } catch {
                throw AppsError(error)
            }
            exchange.audit?.target = .app(created.app.idText)
            self.render(created, into: &exchange.response)
            exchange.finish()
        }
    }

    private func render(_ created: Apps.Created, into response: inout Response) {
        response.isUncacheable = true
        response.body.append(literal: #"{"app_id":"#)
        response.body.append(jsonString: created.app.idText)
        response.body.append(literal: #","app_key":"#)
        response.body.append(jsonString: created.appKey)
        response.body.append(literal: #","public_key":"#)
        response.body.append(publicKey: created.signingKey)
        response.body.append(literal: #","algo":"#)
        response.body.append(jsonString: created.app.algorithmName)
        response.body.append(literal: "}")
    }
}
