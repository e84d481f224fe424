internal import SignetCrypto
internal import SignetStorage

/// Begins the sessions of the accounts-and-sessions dialect, and issues and checks their tokens, for one
/// loop. Not `Sendable`: it keeps signers and verifiers.
///
/// A token is genuine by its signature and times; its session, and whom it speaks for, are read from the
/// store. Whoever only lets requests pass goes by `isEnded`, which asks no store.
package final class FrontendTokens {
    /// A token, and the Unix second from which on it is refused.
    package struct Signed: Sendable {
        package let text: [UInt8]
        package let expires: Int64
    }

    /// A token that a key of the realm signed and whose times are right. Its session may be over.
    package struct Genuine: Sendable {
        let claims: FrontendClaims

        /// The id of the user that it speaks for.
        package var user: Int64 { claims.user }
        /// The id of its session, as its text.
        package var sessionID: [UInt8] { claims.session.text }
        /// What its bearer may do, as far as the user may.
        package var grant: Grant {
            Grant(
                Permissions(claims.permissions.compactMap { Permission($0) }),
                restrictions: claims.restrictions.map { String(decoding: $0, as: UTF8.self) })
        }
    }

    private let terms: FrontendTerms
    private let sessions: UserSessions
    private let apps: Apps
    private let workers: any Workers
    private let counts: TokenCounts
    private var keys: Snapshot<KeySet>.Reader
    private let signer = RealmSigner()
    private let verifier: RealmVerifier
    private let random = RandomPool()

    package init(_ authority: Authority, _ terms: FrontendTerms) {
        self.terms = terms
        sessions = authority.userSessions
        apps = authority.apps
        workers = authority.workers
        counts = authority.tokens
        keys = Snapshot.Reader(authority.keyRing.keys)
        verifier = RealmVerifier(authority.keyRing.keys, of: .frontend) { $0.headerSegment }
    }

    // MARK: Issuing

    /// Begins a session, durably; nil when the user may not sign in any more, or was changed since it was
    /// read, or the API token was.
    ///
    /// - Parameters:
    ///   - apiToken: by whose bearer it is begun, if by one's.
    ///   - now: Unix milliseconds.
    package func begin(
        for user: User, from origin: UserSessions.Origin, isLongTerm: Bool,
        apiToken: APIToken? = nil, at now: Int64
    ) async throws(AuthorityError) -> UserSession? {
        // Before anything is written: without a key there is no token.
        _ = try await signingKey(at: now)
        let life = terms.life(isLongTerm: isLongTerm)
        let expires = min(now / 1000 + life, apiToken?.expires ?? .max)
        return try await sessions.begin(
            UUID4(milliseconds: UInt64(max(0, now)), random: random), in: .frontend,
            for: SessionHolder(user), from: origin, expires: expires, tokenLife: life,
            apiToken: apiToken, at: now)
    }

    /// A token of a session.
    ///
    /// - Parameters:
    ///   - user: the id of the session's.
    ///   - isLongTerm: which of the two lives it has; never a longer one than its session's rest.
    ///   - claims: the holder's own, `"name":value` with commas between, without our names.
    ///   - now: Unix milliseconds.
    package func token(
        of session: UserSession, user: Int64, _ grant: Grant, isLongTerm: Bool,
        claims custom: [UInt8] = [], at now: Int64
    ) async throws(AuthorityError) -> Signed {
        let second = now / 1000
        let expires = min(second + terms.life(isLongTerm: isLongTerm), session.expires ?? .max)
        let claims = FrontendClaims(
            user: user, session: session.id, issued: second, expires: expires, grant)
        let key = try await signingKey(at: now)
        let text = try await sign(claims.members(custom: custom), key)
        counts.note(.frontend, key.algorithm)
        return Signed(text: text, expires: expires)
    }

    // MARK: The sessions of a user

    /// The sessions of a user that are not over, the oldest first. Reads the store.
    ///
    /// - Parameter now: Unix milliseconds.
    package func list(
        of user: User, at now: Int64
    ) async throws(AuthorityError) -> [UserSession] {
        try await sessions.list(of: user.id, in: .frontend, at: now)
    }

    /// The session with this id, when it is the user's and not over. Reads the store.
    ///
    /// - Parameter now: Unix milliseconds.
    package func session(
        _ id: UserSession.ID, of user: User, at now: Int64
    ) async throws(AuthorityError) -> UserSession? {
        guard let session = try await sessions.find(id, in: .frontend), session.user == user.id,
            isNow(now / 1000, between: nil, and: session.expires)
        else { return nil }
        return session
    }

    /// Ends a session, durably; no token of it is good on any loop when this returns.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: whether this call ended it, and not another since it was read.
    package func end(_ session: UserSession, at now: Int64) async throws(AuthorityError) -> Bool {
        try await sessions.end(session, at: now)
    }

    /// Ends the sessions of a user, durably; no token of them is good on any loop when this returns.
    ///
    /// - Parameter kept: the one that goes on, if any.
    package func endAll(
        of user: User, but kept: UserSession? = nil
    ) async throws(AuthorityError) {
        try await sessions.endAll(of: user.id, in: .frontend, but: kept)
    }

    // MARK: Checking

    /// Whether a text can be a token of this dialect and of no other. The rest is for `read`.
    package func isOurs(_ token: UnsafeRawBufferPointer) -> Bool { verifier.isOfRealm(token) }

    /// What a token says, when it is genuine and its time is right; nil otherwise. Its session may be
    /// over.
    ///
    /// - Parameter now: Unix milliseconds.
    package func read(_ token: [UInt8], at now: Int64) async throws(AuthorityError) -> Genuine? {
        guard let key = token.withUnsafeBytes({ verifier.key(of: $0) }),
            let claims = try await claims(of: token, key),
            isNow(now / 1000, between: claims.notBefore, and: claims.expires)
        else { return nil }
        return Genuine(claims: claims)
    }

    /// Whether the session of a token was ended before its time. Asks no store.
    package func isEnded(_ token: Genuine) -> Bool {
        sessions.isEnded(token.claims.session, in: .frontend)
    }

    /// The session of a token; nil when it is over. Reads the store.
    ///
    /// - Parameter now: Unix milliseconds.
    package func session(
        of token: Genuine, at now: Int64
    ) async throws(AuthorityError) -> UserSession? {
        let id = token.claims.session
        guard let session = try await sessions.find(id, in: .frontend),
            session.user == token.user,
            isNow(now / 1000, between: nil, and: session.expires), !isEnded(token)
        else { return nil }
        return session
    }

    private func isNow(_ second: Int64, between first: Int64?, and end: Int64?) -> Bool {
        (first.map { $0 - terms.clockSkew <= second } ?? true)
            && (end.map { second - terms.clockSkew < $0 } ?? true)
    }

    private func claims(
        of token: [UInt8], _ key: RealmKey
    ) async throws(AuthorityError) -> FrontendClaims? {
        if key.algorithm.isSymmetric {
            return token.withUnsafeBytes { token in
                verifier.withPayload(of: token) { FrontendClaims($0) }.flatMap(\.self)
            }
        }
        return try await workers.run {
            RealmVerifier.payload(of: token, signedBy: key)?.withUnsafeBytes { FrontendClaims($0) }
        }
    }

    private func signingKey(at now: Int64) async throws(AuthorityError) -> RealmKey {
        let key = keys.read().active(app: Realm.frontend.number)
        if let key, key.algorithm == terms.algorithm { return key }
        return try await apps.signingKey(of: .frontend, terms.algorithm, at: now)
    }

    private func sign(_ members: [UInt8], _ key: RealmKey) async throws(AuthorityError) -> [UInt8] {
        if key.algorithm.isSymmetric {
            return try signer.token(headerSegment: key.headerSegment, members: members, key)
        }
        let made = try await workers.run { () -> Result<[UInt8], AuthorityError> in
            Result { () throws(AuthorityError) in
                try RealmSigner().token(headerSegment: key.headerSegment, members: members, key)
            }
        }
        return try made.get()
    }
}

extension FrontendClaims {
    init(user: Int64, session: UUID4, issued: Int64, expires: Int64?, _ grant: Grant) {
        self.init(
            user: user, session: session, issued: issued, expires: expires,
            permissions: grant.permissions.list.map { Array($0.name.utf8) },
            restrictions: grant.restrictions.map { Array($0.utf8) })
    }
}
