/// The sessions that one round of a loop made, renewed and ended, committed as one.
///
/// Made to be used again: `removeAll()` keeps the memory, so a steady load allocates nothing.
///
/// `@unchecked Sendable`: owned by one side at a time. The loop fills it, hands it to
/// `Store.commit` and touches it again only after that has returned; the store's thread only
/// between.
package final class SessionBatch: @unchecked Sendable {
    /// What happens to a session.
    enum Operation {
        case insert
        case renew
        case end
    }

    /// One session. The claims, and what makes its successor, lie in the batch's one buffer.
    struct Entry {
        var operation: Operation
        var id: Int64
        var tag: UInt64
        var previousTag: UInt64 = 0
        var app: Int64 = 0
        var key: Int64 = 0
        var subject: UInt64 = 0
        var issued: Int64 = 0
        var authNotBefore: Int64 = 0
        var authExpires: Int64 = 0
        var refreshNotBefore: Int64 = 0
        var refreshExpires: Int64 = 0
        /// When it was renewed, in Unix milliseconds, and until when what was replaced would have
        /// been valid, in Unix seconds.
        var renewed: Int64 = 0
        var replacedExpires: Int64 = 0
        var isFirstRenewal = false
        var claims: Range<Int> = 0..<0
        var successor: Range<Int> = 0..<0

        /// The Unix second after which nobody asks for the session.
        var lastExpires: Int64 { max(authExpires, refreshExpires, replacedExpires) }
    }

    private(set) var entries: [Entry] = []
    private(set) var claims: [UInt8] = []
    private var lost: [Int] = []

    /// Makes an empty batch with room for `capacity` sessions of `claimsBytes` each.
    package init(capacity: Int = 256, claimsBytes: Int = 256) {
        entries.reserveCapacity(capacity)
        claims.reserveCapacity(capacity * claimsBytes)
    }

    /// The number of entries.
    package var count: Int { entries.count }

    /// True when there is nothing to commit.
    package var isEmpty: Bool { entries.isEmpty }

    /// Adds a new session. An id that exists already makes the commit a conflict.
    ///
    /// - Parameter claims: copied into the batch.
    package func append(
        id: Int64, tag: UInt64, app: Int64, key: Int64, subject: UInt64, issued: Int64,
        authNotBefore: Int64, authExpires: Int64, refreshNotBefore: Int64, refreshExpires: Int64,
        claims bytes: UnsafeRawBufferPointer
    ) {
        let start = claims.count
        claims.append(contentsOf: bytes)
        entries.append(
            Entry(
                operation: .insert, id: id, tag: tag, app: app, key: key, subject: subject,
                issued: issued, authNotBefore: authNotBefore, authExpires: authExpires,
                refreshNotBefore: refreshNotBefore, refreshExpires: refreshExpires,
                claims: start..<claims.count))
    }

    /// Adds a new session out of its row.
    package func append(_ row: SessionRow) {
        row.claims.withUnsafeBytes { bytes in
            append(
                id: row.id, tag: row.tag, app: row.app, key: row.key, subject: row.subject,
                issued: row.issued, authNotBefore: row.authNotBefore,
                authExpires: row.authExpires, refreshNotBefore: row.refreshNotBefore,
                refreshExpires: row.refreshExpires, claims: bytes)
        }
    }

    /// Gives a session the tokens and claims of `row`; its app and subject stay. It happens only if
    /// the session is still there with the tag that `row.renewal` says was replaced: of two renewals
    /// of one token, one wins (see `wasLost`).
    ///
    /// - Parameter isFirst: whether the session was never renewed before.
    package func renew(_ row: SessionRow, isFirst: Bool) {
        guard let renewal = row.renewal else { preconditionFailure("no renewal in the row") }
        let start = claims.count
        claims.append(contentsOf: row.claims)
        let end = claims.count
        claims.append(contentsOf: renewal.successor)
        entries.append(
            Entry(
                operation: .renew, id: row.id, tag: row.tag, previousTag: renewal.previousTag,
                app: row.app, key: row.key, subject: row.subject, issued: row.issued,
                authNotBefore: row.authNotBefore, authExpires: row.authExpires,
                refreshNotBefore: row.refreshNotBefore, refreshExpires: row.refreshExpires,
                renewed: renewal.at, replacedExpires: renewal.replacedExpires,
                isFirstRenewal: isFirst, claims: start..<end, successor: end..<claims.count))
    }

    /// Ends a session and tells the change log so, also when it is gone already.
    ///
    /// - Parameters:
    ///   - app: the number of the app that it belongs to; another's must never be given.
    ///   - expires: the Unix second after which none of its tokens is valid anyway.
    package func end(id: Int64, app: Int64, expires: Int64) {
        entries.append(Entry(operation: .end, id: id, tag: 0, app: app, refreshExpires: expires))
    }

    /// True when the entry at `index` was a renewal that came too late: the session was gone or had
    /// been renewed by another. To be asked after the commit.
    package func wasLost(_ index: Int) -> Bool { !lost.isEmpty && lost.contains(index) }

    /// Empties the batch and keeps its memory.
    package func removeAll() {
        entries.removeAll(keepingCapacity: true)
        claims.removeAll(keepingCapacity: true)
        lost.removeAll(keepingCapacity: true)
    }

    /// Forgets what an attempt that was rolled back had found.
    func willCommit() { lost.removeAll(keepingCapacity: true) }

    /// Notes that the renewal at `index` found no session to renew.
    func didLose(_ index: Int) { lost.append(index) }
}
