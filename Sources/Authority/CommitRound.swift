internal import SignetStorage

/// The issuances that one round of a loop commits together, and their rows.
///
/// `@unchecked Sendable`: it belongs to its session registry; while a commit runs only the store
/// touches `batch`.
final class CommitRound: @unchecked Sendable {
    let batch = SessionBatch()
    private(set) var issuances: [Issuance] = []

    func append(_ issuance: Issuance, _ key: RealmKey) {
        issuances.append(issuance)
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

    /// Tells every issuance of the round that it is done, or why it is not.
    func finish(_ error: AuthorityError?) {
        for issuance in issuances { issuance.whenDone(error) }
        issuances.removeAll(keepingCapacity: true)
        batch.removeAll()
    }
}
