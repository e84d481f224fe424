@testable import SignetAuthority

/// The calls of a registry for tests, which wait in tasks.
extension SessionRegistry {
    func issue(_ issuance: Issuance, for app: App, at now: Int64) async throws(AuthorityError) {
        let error = await withUnsafeContinuation { continuation in
            issuance.whenDone = { _, error in continuation.resume(returning: error) }
            begin(issuance, for: app, at: now)
        }
        if let error { throw error }
    }

    /// Whether there is a new pair.
    func renew(
        _ renewal: Renewal, for app: App, among sessions: Sessions, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        let error = await withUnsafeContinuation { continuation in
            renewal.whenDone = { _, error in continuation.resume(returning: error) }
            begin(renewal, for: app, among: sessions, at: now)
        }
        if let error { throw error }
        return renewal.isRenewed
    }
}
