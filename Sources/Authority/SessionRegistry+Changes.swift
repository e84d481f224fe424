internal import SignetCrypto
internal import SignetStorage

/// The end of a session. Called by `Sessions`, on the shard that owns it.
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

    /// Ends a session, and refuses its tokens from then on.
    ///
    /// - Parameter tokenExpires: when the token that was shown expires, for a session without a row.
    /// - Returns: whether this call ended it.
    func end(
        _ session: Int64, of app: App, tokenExpires: Int64, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        await lock(session)
        defer { unlock(session) }
        guard !ended.isEnded(session: session, app: app.number) else { return false }
        let row = try await row(session)
        // Who signs elsewhere with an imported key may write any session into a token.
        if let row, row.app != app.number { return false }
        let expires = max(row?.lastExpires ?? 0, tokenExpires)
        // A session without a row, whose tokens have expired, was over before.
        guard row != nil || expires > slowestSecond(at: now) else { return false }
        try await end(session, of: app, expires: expires, at: now)
        return true
    }

    /// Ends a session durably and then for every loop. The caller holds its lock.
    func end(
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
    var lastExpires: Int64 {
        max(authExpires, refreshExpires, renewal?.replacedExpires ?? 0)
    }
}
