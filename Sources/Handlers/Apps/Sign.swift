internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/sign`: signs the claims of the body into a token pair of a new session.
    func sign(_ exchange: Exchange, _ app: App) throws(AppsError) {
        let issuance = leaseIssuance()
        do throws(AppsError) {
            try exchange.withBody { bytes throws(AppsError) in
                let body = try RequestBody(bytes, &scanner)
                try SignRequest.read(body, requiring: app.terms.requiredClaims, into: issuance)
            }
        } catch {
            giveBack(issuance)
            throw error
        }
        issuance.whenDone = { error in
            self.answer(exchange, issuance, error)
            self.giveBack(issuance)
        }
        sessions.own.assumeIsolated { $0.begin(issuance, for: app, at: exchange.receivedAt) }
    }

    /// The pair is durable, or `error` says why it is not.
    private func answer(_ exchange: Exchange, _ issuance: Issuance, _ error: AuthorityError?) {
        if let error { return finish(exchange, AppsError(error)) }
        guard let key = issuance.key else { return finish(exchange, .internal) }
        render(issuance, key, into: &exchange.response)
        exchange.finish()
    }

    private func render(_ issuance: Issuance, _ key: RealmKey, into response: inout Response) {
        response.isUncacheable = true
        response.body.append(literal: #"{"key_id":""#)
        response.body.append(contentsOf: key.idText.utf8)
        response.body.append(literal: #"","public_key":"#)
        response.body.append(publicKey: key)
        response.body.append(literal: #","auth_token":""#)
        issuance.withAuthToken { response.body.append(contentsOf: $0) }
        response.body.append(literal: #"","refresh_token":""#)
        issuance.withRefreshToken { response.body.append(contentsOf: $0) }
        response.body.append(literal: #""}"#)
    }
}

extension [UInt8] {
    /// Appends a key's public part as this dialect shows it: the base64 of the PEM, or `null`.
    mutating func append(publicKey key: RealmKey) {
        guard let text = key.publicKeyText else { return append(literal: "null") }
        append(UInt8(ascii: "\""))
        append(contentsOf: text)
        append(UInt8(ascii: "\""))
    }
}
