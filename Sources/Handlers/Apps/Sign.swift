internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/sign`: signs the claims of the body into a token pair of a new session.
    func sign(_ exchange: Exchange, _ app: App) async throws(AppsError) {
        let issuance = leaseIssuance()
        defer { giveBack(issuance) }
        try exchange.withBody { bytes throws(AppsError) in
            let body = try RequestBody(bytes, &scanner)
            try SignRequest.read(body, requiring: app.terms.requiredClaims, into: issuance)
        }
        do throws(AuthorityError) {
            try await registry.issue(issuance, for: app, at: exchange.receivedAt)
        } catch {
            throw AppsError(error)
        }
        guard let key = issuance.key else { throw .internal }
        render(issuance, key, into: &exchange.response)
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
