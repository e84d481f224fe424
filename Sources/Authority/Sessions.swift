internal import SignetCrypto
internal import SignetStorage

/// All sessions, for one loop: its own shard, and the way to the others.
///
/// A session is made on, and named after, the shard that owns it; whatever changes it happens there,
/// one thing after the other.
package struct Sessions: Sendable {
    /// How many sessions are looked at before others have their turn.
    private static let sliceRows = 64

    /// The loop's own shard.
    package let own: SessionRegistry
    private let shards: [SessionRegistry]
    private let authority: Authority

    /// - Parameters:
    ///   - index: the loop's own shard among `shards`, one for each loop.
    package init(_ shards: [SessionRegistry], own index: Int, of authority: Authority) {
        own = shards[index]
        self.shards = shards
        self.authority = authority
    }

    /// Ends the session that a genuine token of `app` belongs to, durably, everywhere before it
    /// returns; an expired token's, too. Nothing happens for any other token.
    ///
    /// - Parameters:
    ///   - includingAccess: whether an OAuth access token counts, too.
    ///   - now: Unix milliseconds.
    /// - Returns: whether this call ended a session.
    package func end(
        _ verification: Verification, for app: App, includingAccess: Bool = true, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        _ = try await own.verify(verification, for: app, at: now)
        guard verification.isGenuine, let token = verification.tokenID,
            includingAccess || verification.kind != .access
        else { return false }
        let owner = owner(of: token.session)
        let expires = verification.expires
        return try await owner.onItsLoop { () async throws(AuthorityError) in
            try await owner.end(token.session, of: app, tokenExpires: expires, at: now)
        }
    }

    /// The sessions of a subject whose auth token is alive, oldest first.
    ///
    /// - Parameters:
    ///   - subject: the `sub` claim, unescaped.
    ///   - now: Unix milliseconds.
    package func list(
        subject: [UInt8], of app: App, at now: Int64
    ) async throws(AuthorityError) -> [SessionView] {
        let hash = subject.withUnsafeBytes { SubjectHash.hash($0) }
        let rows: [SessionRow]
        do throws(StoreError) {
            rows = try await authority.store.sessions(app: app.number, subject: hash)
        } catch {
            throw .storeUnavailable
        }
        var found: [SessionView] = []
        for (index, row) in rows.enumerated() {
            // A subject may have very many; the loop has others to serve.
            if index % Self.sliceRows == Self.sliceRows - 1 { await Task.yield() }
            if let view = view(row, of: app, subject, at: now / 1000) { found.append(view) }
        }
        return found
    }

    private func view(
        _ row: SessionRow, of app: App, _ subject: [UInt8], at now: Int64
    ) -> SessionView? {
        guard row.authNotBefore <= now, now < row.authExpires,
            !authority.ended.isEnded(session: row.id, app: app.number),
            let key = authority.keyRing.keys.current.key(number: row.key, app: app.number),
            !key.isRevoked, let claims = ClaimMembers(row.claims),
            claims.string("sub") == subject
        else { return nil }
        return SessionView(row, key, claims)
    }

    /// An id that no session made so far is above, and every later one is.
    ///
    /// - Parameter now: Unix milliseconds.
    package func newestID(at now: Int64) -> Int64 {
        let newest = shards.reduce(now << 16) { max($0, $1.ids.newest) } | 0xFFFF
        authority.ended.raiseFloor(to: newest)
        return newest
    }

    /// The shard that a session belongs to.
    func owner(of session: Int64) -> SessionRegistry {
        // After a restart with fewer loops several shards' sessions belong to one.
        shards[SessionIDs.shard(of: session) % shards.count]
    }
}

extension ULID {
    /// The session of a token id.
    var session: Int64 { Int64(bitPattern: high) }
}
