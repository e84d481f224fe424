internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// POST `/app/{app_id}/sign`: signs the claims of the body into a token pair of a new session.
    func sign(_ exchange: Exchange, _ app: App) throws(AppsError) {
        try requireCapacity(for: app, exchange)
        let issuance = issuances.lease()
        do throws(AppsError) {
            try exchange.withBody { bytes throws(AppsError) in
                let body = try RequestBody(bytes, &scanner)
                try SignRequest.read(body, requiring: app.terms.requiredClaims, into: issuance)
            }
        } catch {
            issuances.giveBack(issuance)
            throw error
        }
        issuance.whenDone = { _, error in
            self.answer(exchange, issuance, app, error)
            self.issuances.giveBack(issuance)
        }
        sessions.own.begin(issuance, for: app, exchange)
    }

    /// The pair is durable, or `error` says why it is not.
    private func answer(
        _ exchange: Exchange, _ issuance: Issuance, _ app: App, _ error: AuthorityError?
    ) {
        if let error { return finish(exchange, refusal(of: error, for: app)) }
        guard let key = issuance.key else { return finish(exchange, .internal) }
        exchange.audit?.target = .token(issuance.idText)
        exchange.response.isUncacheable = true
        exchange.response.body.append(pair: issuance, signedBy: key)
        exchange.finish()
    }
}

/// What holds a signed pair: a call that issued or renewed one.
protocol TokenPair {
    func withAuthToken<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
    func withRefreshToken<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension Issuance: TokenPair {}
extension Renewal: TokenPair {}

extension [UInt8] {
    /// Appends the answer of a sign or renew call.
    mutating func append(pair: some TokenPair, signedBy key: RealmKey) {
        append(literal: #"{"key_id":""#)
        append(contentsOf: key.idBytes)
        append(literal: #"","public_key":"#)
        append(publicKey: key)
        append(literal: #","auth_token":""#)
        pair.withAuthToken { append(contentsOf: $0) }
        append(literal: #"","refresh_token":""#)
        pair.withRefreshToken { append(contentsOf: $0) }
        append(literal: #""}"#)
    }

    /// Appends a key's public part as this dialect shows it: the base64 of the PEM, or `null`.
    mutating func append(publicKey key: RealmKey) {
        guard let text = key.publicKeyText else { return append(literal: "null") }
        append(UInt8(ascii: "\""))
        append(contentsOf: text)
        append(UInt8(ascii: "\""))
    }
}
