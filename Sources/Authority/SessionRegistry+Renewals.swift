internal import SignetCrypto
internal import SignetStorage

/// Renewals: the token is checked on the loop that the call came to, the rest happens on the shard
/// that owns the session. Those of one round are read together, signed together and committed
/// together.
extension SessionRegistry {
    /// Trades a refresh token for a new pair of its session, durably: once, and within the app's grace
    /// once more for the very same pair. A token that was replaced before that ends its session. Then
    /// calls its `whenDone`.
    ///
    /// - Parameter now: Unix milliseconds.
    package func begin(
        _ renewal: Renewal, for app: App, among sessions: Sessions, at now: Int64
    ) {
        renewal.app = app
        renewal.now = now
        renewal.verification.whenDone = { registry, error in
            registry.didVerify(renewal, among: sessions, error)
        }
        begin(renewal.verification, for: app, at: now)
    }

    private func didVerify(
        _ renewal: Renewal, among sessions: Sessions, _ error: AuthorityError?
    ) {
        let verification = renewal.verification
        guard error == nil, verification.isInForce, verification.kind == .refresh,
            let token = verification.tokenID
        else { return renewal.whenDone(self, error) }
        let owner = sessions.owner(of: token.session)
        if owner === self { return renew(renewal) }
        Task.immediate(executorPreference: executor) {
            let error = await owner.renewForAnotherLoop(renewal)
            renewal.whenDone(self, error)
        }
    }

    private func renewForAnotherLoop(_ renewal: Renewal) async -> AuthorityError? {
        await withUnsafeContinuation { continuation in
            renewal.otherLoop = continuation
            renew(renewal)
        }
    }

    /// Has the renewal wait for its session, whose lock it holds from then on until `finish`, and
    /// then for the end of the round. Nothing else happens here: who holds the lock calls it, and
    /// many may wait.
    private func renew(_ renewal: Renewal) {
        let session = renewal.token.session
        if tryLock(session) { return lookups.append(renewal) }
        let mayWait = wait(for: session) { $0.lookups.append(renewal) }
        if !mayWait { answer(renewal, .overloaded) }
    }

    /// Reads the sessions of the round's renewals.
    func sendLookups() {
        var renewals: [Renewal] = []
        swap(&renewals, &lookups)
        renewals.removeAll { renewal in
            guard let app = renewal.app,
                !ended.isEnded(session: renewal.token.session, app: app.number)
            else {
                finish(renewal, nil)
                return true
            }
            return false
        }
        guard !renewals.isEmpty else { return }
        Task.immediate(executorPreference: executor) { [renewals] in
            do throws(StoreError) {
                let rows = try await store.sessions(renewals.map(\.token.session))
                for index in renewals.indices {
                    guard let row = rows[index] else {
                        finish(renewals[index], nil)
                        continue
                    }
                    didRead(row, for: renewals[index])
                }
            } catch {
                for renewal in renewals { finish(renewal, .storeUnavailable) }
            }
        }
    }

    // The rows are borrowed: each copy of one would retain its claims and its successor.

    private func didRead(_ row: borrowing SessionRow, for renewal: Renewal) {
        guard let app = renewal.app, row.app == app.number else {
            return finish(renewal, nil)
        }
        let verdict = Renewal.verdict(
            tag: renewal.token.low, currentTag: row.tag, row.renewal,
            graceSeconds: app.terms.refreshGrace, at: renewal.now)
        switch verdict {
        case .renew: replace(row, by: renewal, for: app)
        case .again: repeatPair(of: row, for: renewal)
        case .stolen: endStolen(row, of: app, for: renewal)
        }
    }

    // MARK: A new pair

    private func replace(_ row: borrowing SessionRow, by renewal: Renewal, for app: App) {
        let issuance = renewal.issuance
        // The key of the token, which is the session's current one, may have been revoked while the
        // session was read: then no pair may come of it.
        guard let signedBy = key(number: row.key, app: row.app), !signedBy.isRevoked else {
            return finish(renewal, nil)
        }
        guard let key = activeKey(of: app), setClaims(of: issuance, row, renewal) else {
            return finish(renewal, .cryptography)
        }
        issuance.session = row.id
        issuance.subject = row.subject
        issuance.replaced = SessionRenewal(
            previousTag: row.tag, at: renewal.now, replacedExpires: row.lastExpires, successor: [])
        issuance.isFirstRenewal = row.renewal == nil
        issuance.whenDone = { registry, error in registry.didReplace(renewal, error) }
        begin(issuance, for: app, key, at: renewal.now)
    }

    private func setClaims(
        of issuance: Issuance, _ row: borrowing SessionRow, _ renewal: Renewal
    ) -> Bool {
        guard renewal.changes.isEmpty else {
            return claimsEditor.append(
                row.claims, with: renewal.changes, renewal.values, to: &issuance.claims)
        }
        issuance.claims = row.claims
        return true
    }

    private func didReplace(_ renewal: Renewal, _ error: AuthorityError?) {
        let issuance = renewal.issuance
        guard error == nil, !issuance.wasLost, let replaced = issuance.replaced else {
            return finish(renewal, error)
        }
        ended.keep(
            session: issuance.session, liveTag: issuance.tag, expires: replaced.replacedExpires,
            at: slowestSecond(at: renewal.now))
        renewal.isRenewed = true
        finish(renewal, nil)
    }

    // MARK: A token that was used before

    /// Makes the session's current pair once more, byte for byte; there is none when its key is gone.
    private func repeatPair(of row: borrowing SessionRow, for renewal: Renewal) {
        guard let key = key(number: row.key, app: row.app), !key.isRevoked,
            let replaced = row.renewal, let successor = Successor(bytes: replaced.successor)
        else { return finish(renewal, nil) }
        let issuance = renewal.issuance
        issuance.claims = row.claims
        issuance.session = row.id
        issuance.tag = row.tag
        issuance.times = TokenTimes(row)
        issuance.writeTokens(app: row.app, issuerClaim: successor.issuerClaim, key: key)
        if !successor.signatures.isEmpty {
            renewal.isRenewed = issuance.tokens.setSignatures(successor.signatures)
            return finish(renewal, nil)
        }
        Task.immediate(executorPreference: executor) {
            do throws(AuthorityError) {
                try await signAlone(issuance, key)
                renewal.isRenewed = true
                finish(renewal, nil)
            } catch {
                finish(renewal, error)
            }
        }
    }

    private func endStolen(_ row: borrowing SessionRow, of app: App, for renewal: Renewal) {
        let (session, expires) = (row.id, row.lastExpires)
        renewal.wasStolen = true
        Task.immediate(executorPreference: executor) {
            do throws(AuthorityError) {
                try await end(session, of: app, expires: expires, at: renewal.now)
                finish(renewal, nil)
            } catch {
                finish(renewal, error)
            }
        }
    }

    /// Lets go of the session, and tells who waits.
    private func finish(_ renewal: Renewal, _ error: AuthorityError?) {
        unlock(renewal.token.session)
        answer(renewal, error)
    }

    private func answer(_ renewal: Renewal, _ error: AuthorityError?) {
        guard let otherLoop = renewal.otherLoop else { return renewal.whenDone(self, error) }
        renewal.otherLoop = nil
        otherLoop.resume(returning: error)
    }
}

extension TokenTimes {
    /// The times of a session's current pair.
    fileprivate init(_ row: borrowing SessionRow) {
        issued = row.issued
        authNotBefore = row.authNotBefore
        authExpires = row.authExpires
        refreshNotBefore = row.refreshNotBefore
        refreshExpires = row.refreshExpires
    }
}
