internal import SignetCrypto
internal import SignetStorage

/// The issuances that one round of a loop commits together, and their rows.
///
/// `@unchecked Sendable`: it belongs to its session registry; while a commit runs only the store
/// touches `batch`.
final class CommitRound: @unchecked Sendable {
    let batch = SessionBatch()
    private(set) var issuances: [Issuance] = []
    /// Where each issuance is in the batch.
    private var places: [Int] = []
    private var endings: [(AuthorityError?) -> Void] = []

    func append(_ issuance: Issuance, _ key: RealmKey) {
        issuances.append(issuance)
        places.append(batch.count)
        if issuance.replaced != nil {
            return batch.renew(issuance.renewedRow(key), isFirst: issuance.isFirstRenewal)
        }
        let times = issuance.times
        issuance.claims.withUnsafeBytes { claims in
            batch.append(
                id: issuance.session, tag: issuance.tag, app: issuance.app, key: key.number,
                subject: issuance.subject, issued: times.issued,
                authNotBefore: times.authNotBefore, authExpires: times.authExpires,
                refreshNotBefore: times.refreshNotBefore, refreshExpires: times.refreshExpires,
                claims: claims)
        }
    }

    /// Ends a session with the round, and then calls `whenDone`.
    ///
    /// - Parameter expires: the Unix second from which on none of its tokens is valid anyway.
    func end(
        _ session: Int64, of app: App, expires: Int64,
        whenDone: @escaping (AuthorityError?) -> Void
    ) {
        batch.end(id: session, app: app.number, expires: expires)
        endings.append(whenDone)
    }

    /// Tells every issuance of the round that it is done, or why it is not.
    func finish(_ error: AuthorityError?, on registry: isolated SessionRegistry) {
        for (issuance, place) in zip(issuances, places) where issuance.replaced != nil {
            issuance.wasLost = batch.wasLost(place)
        }
        if error == nil { count(in: registry.tokens) }
        for issuance in issuances { issuance.whenDone(registry, error) }
        for whenDone in endings { whenDone(error) }
        issuances.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        endings.removeAll(keepingCapacity: true)
        batch.removeAll()
    }
}

extension CommitRound {
    /// Counts the tokens of the round, those of one algorithm after the other at once.
    private func count(in tokens: TokenCounts) {
        var (algorithm, count) = (Algorithm.hs256, 0)
        for issuance in issuances {
            guard let key = issuance.key, !issuance.wasLost else { continue }
            if key.algorithm != algorithm {
                if count > 0 { tokens.note(.apps, algorithm, count: count) }
                (algorithm, count) = (key.algorithm, 0)
            }
            count += Issuance.tokenCount
        }
        if count > 0 { tokens.note(.apps, algorithm, count: count) }
    }
}

extension Issuance {
    /// The tokens of a pair.
    fileprivate static let tokenCount = 2

    /// The row of the session that this pair renews.
    func renewedRow(_ key: RealmKey) -> SessionRow {
        let signatures = key.algorithm.isDeterministic ? [] : tokens.rawSignatures
        Successor.write(issuerClaim: issuerClaim, signatures: signatures, to: &successor)
        var renewal = replaced
        renewal?.successor = successor
        return SessionRow(
            id: session, tag: tag, app: app, key: key.number, subject: subject,
            issued: times.issued, authNotBefore: times.authNotBefore,
            authExpires: times.authExpires, refreshNotBefore: times.refreshNotBefore,
            refreshExpires: times.refreshExpires, claims: claims, renewal: renewal)
    }
}
