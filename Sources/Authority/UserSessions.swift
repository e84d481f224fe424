internal import SignetCrypto
internal import SignetStorage

/// The sessions of users, of every dialect that has them. They live in the store; what was ended is known
/// to all loops (`EndedTokens`) for as long as a token may still seem good. Any loop may call it.
package struct UserSessions: Sendable {
    /// Where a session was begun from, and by what.
    package struct Origin: Sendable {
        package static let userAgentBytesMax = 512

        let address: String
        let userAgent: String

        /// - Parameters:
        ///   - address: without the port.
        ///   - userAgent: of which the first 512 bytes are kept.
        package init(address: String, userAgent: some Sequence<UInt8>) {
            self.address = address
            self.userAgent = String(
                decoding: Array(userAgent.prefix(Self.userAgentBytesMax)), as: UTF8.self)
        }
    }

    /// Seconds that two clocks, or two settings of `clock_skew`, may be apart beyond a token's life.
    static let marginSeconds: Int64 = 600
    /// Sessions of one user in one realm. One more ends the oldest.
    static let perUserMax = 1000

    let store: any Store
    let apps: Apps
    let ended: EndedTokens

    /// Begins a session, durably.
    ///
    /// - Parameters:
    ///   - id: a new one.
    ///   - expires: a Unix second; nil for never.
    ///   - apiToken: by whose bearer it is begun, if by one's, and with which it ends.
    ///   - tokenLife: how long a token of it is taken for good by who does not ask the store, in seconds.
    ///   - now: Unix milliseconds.
    /// - Returns: nil when what the holder has shown, or the API token, is over or was changed since it was
    ///   looked at, or the user may not sign in any more.
    func begin(
        _ id: UUID4, in realm: Realm, for holder: SessionHolder, from origin: Origin,
        expires: Int64?, tokenLife: Int64, apiToken: APIToken? = nil, at now: Int64
    ) async throws(AuthorityError) -> UserSession? {
        let row = UserSessionRow(
            id: id.rowID, realm: realm, user: holder.user, app: holder.app, created: now,
            expires: expires ?? UserSessionRow.never, tokenLife: tokenLife + Self.marginSeconds,
            address: origin.address, userAgent: origin.userAgent, apiToken: apiToken?.row.id)
        let proof = apiToken.map { Proof($0) } ?? holder.proof
        // An oldest one that ends is known to other loops as soon as they follow the log.
        let surplus = holder.user.map { user in
            Mutation.endOldUserSessions(user: user, realm: realm, keeping: Self.perUserMax)
        }
        let hasBegun = try await store.writeUnlessConflict(
            proof.mutations + [.insertUserSession(row), surplus].compactMap(\.self))
        // Nor is an id of 74 random bits ever taken.
        return hasBegun ? UserSession(row) : nil
    }

    /// The session with this id; nil when it was ended or never was. Reads the store.
    func find(_ id: UUID4, in realm: Realm) async throws(AuthorityError) -> UserSession? {
        do throws(StoreError) {
            guard let row = try await store.userSession(id.rowID), row.realm == realm else {
                return nil
            }
            return UserSession(row)
        } catch {
            throw .storeUnavailable
        }
    }

    /// The sessions of a user in a realm that are not over, oldest first. Reads the store.
    ///
    /// - Parameter now: Unix milliseconds.
    func list(
        of user: Int64, in realm: Realm, at now: Int64
    ) async throws(AuthorityError) -> [UserSession] {
        do throws(StoreError) {
            return try await store.userSessions(user: user, realm: realm)
                .filter { now / 1000 < $0.expires }.map { UserSession($0) }
        } catch {
            throw .storeUnavailable
        }
    }

    /// Ends the sessions of a user, durably; no token of them is good on any loop when this returns.
    ///
    /// - Parameters:
    ///   - realm: those of one realm, or of all.
    ///   - kept: the one that goes on, if any.
    func endAll(
        of user: Int64, in realm: Realm?, but kept: UserSession? = nil
    ) async throws(AuthorityError) {
        do throws(StoreError) {
            try await store.write([
                .endUserSessions(user: user, realm: realm, but: kept?.row.id)
            ])
        } catch {
            throw .storeUnavailable
        }
        await apps.putInForce()
    }

    /// Ends a session, durably; no token of it is good on any loop when this returns.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: whether this call ended it, and not another since it was read.
    func end(_ session: UserSession, at now: Int64) async throws(AuthorityError) -> Bool {
        let id = session.row.id
        let hasEnded = try await store.writeUnlessConflict([
            .require(.userSession(id)), .endUserSession(id),
        ])
        // The other call may not have come so far.
        note(session.row.end(at: now / 1000), at: now / 1000)
        return hasEnded
    }

    // Both are never inlined: docs/decisions/0008-mutex-in-tasks.md.

    /// Whether a session was ended so recently that its tokens may still seem good. Asks no store.
    @inline(never)
    func isEnded(_ id: UUID4, in realm: Realm) -> Bool {
        ended.isEnded(session: Int64(bitPattern: id.low), app: realm.number)
    }

    @inline(never)
    private func note(_ end: ChangeRow, at now: Int64) {
        ended.end(session: end.subject, app: end.app, expires: end.expires, at: now)
    }
}
