internal import SignetCrypto
internal import SignetStorage

/// What changes a session after it was made. Called by `Sessions`, on the shard that owns it.
extension SessionRegistry {
    /// Runs `body` with this shard's loop as the executor that its continuations resume on.
    nonisolated func onItsLoop<Value: Sendable>(
        _ body: @Sendable () async throws(AuthorityError) -> Value
    ) async throws(AuthorityError) -> Value {
        let result = await withTaskExecutorPreference(executor) {
            () async -> Result<Value, AuthorityError> in
            do throws(AuthorityError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Trades a refresh token, which is genuine and in force, for a new pair.
    ///
    /// - Parameter token: its id.
    func renew(
        _ renewal: Renewal, _ token: ULID, for app: App, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        await lock(token.session)
        defer { unlock(token.session) }
        guard !ended.isEnded(session: token.session, app: app.number),
            let row = try await row(token.session), row.app == app.number
        else { return false }
        let verdict = Renewal.verdict(
            tag: token.low, currentTag: row.tag, row.renewal,
            graceSeconds: app.terms.refreshGrace, at: now)
        switch verdict {
        case .renew: return try await replace(row, by: renewal, for: app, at: now)
        case .again: return try await repeatPair(of: row, into: renewal.issuance)
        case .stolen:
            try await end(row.id, of: app, expires: row.lastExpires, at: now)
            return false
        }
    }

    /// Ends a session, and refuses its tokens from then on.
    ///
    /// - Parameter tokenExpires: when the token that was shown expires, for a session without a row.
    func end(
        _ session: Int64, of app: App, tokenExpires: Int64, at now: Int64
    ) async throws(AuthorityError) {
        await lock(session)
        defer { unlock(session) }
        guard !ended.isEnded(session: session, app: app.number) else { return }
        let row = try await row(session)
        // Who signs elsewhere with an imported key may write any session into a token.
        if let row, row.app != app.number { return }
        let expires = max(row?.lastExpires ?? 0, tokenExpires)
        // A session without a row, whose tokens have expired, was over before.
        guard row != nil || expires > slowestSecond(at: now) else { return }
        try await end(session, of: app, expires: expires, at: now)
    }

    private func replace(
        _ row: SessionRow, by renewal: Renewal, for app: App, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        guard let claims = renewal.claims(from: row.claims) else { throw .cryptography }
        let issuance = renewal.issuance
        issuance.claims = claims
        issuance.session = row.id
        issuance.subject = row.subject
        issuance.replaced = SessionRenewal(
            previousTag: row.tag, at: now, replacedExpires: row.lastExpires, successor: [])
        try await reissue(issuance, for: app, at: now)
        guard !issuance.wasLost else { return false }
        ended.keep(
            session: row.id, liveTag: issuance.tag, expires: row.lastExpires,
            at: slowestSecond(at: now))
        return true
    }

    /// Makes the session's current pair once more, byte for byte; false when its key is gone.
    private func repeatPair(
        of row: SessionRow, into issuance: Issuance
    ) async throws(AuthorityError) -> Bool {
        guard let key = key(number: row.key, app: row.app), !key.isRevoked,
            let renewal = row.renewal, let successor = Successor(bytes: renewal.successor)
        else { return false }
        issuance.claims = row.claims
        issuance.session = row.id
        issuance.tag = row.tag
        issuance.times = TokenTimes(row)
        issuance.writeTokens(app: row.app, issuerClaim: successor.issuerClaim, key: key)
        if !successor.signatures.isEmpty {
            return issuance.tokens.setSignatures(successor.signatures)
        }
        try await signAlone(issuance, key)
        return true
    }

    /// Ends a session durably and then for every loop. The caller holds its lock.
    private func end(
        _ session: Int64, of app: App, expires: Int64, at now: Int64
    ) async throws(AuthorityError) {
        try await commitEnd(session, of: app, expires: expires)
        ended.end(
            session: session, app: app.number, expires: expires, at: slowestSecond(at: now))
    }

    private func row(_ session: Int64) async throws(AuthorityError) -> SessionRow? {
        do throws(StoreError) {
            return try await store.session(session)
        } catch {
            throw .storeUnavailable
        }
    }
}

extension SessionRow {
    /// The Unix second after which none of its tokens, replaced ones too, is valid.
    fileprivate var lastExpires: Int64 {
        max(authExpires, refreshExpires, renewal?.replacedExpires ?? 0)
    }
}

extension TokenTimes {
    /// The times of a session's current pair.
    fileprivate init(_ row: SessionRow) {
        issued = row.issued
        authNotBefore = row.authNotBefore
        authExpires = row.authExpires
        refreshNotBefore = row.refreshNotBefore
        refreshExpires = row.refreshExpires
    }
}
