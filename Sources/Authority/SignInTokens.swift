internal import SignetCrypto
internal import SignetStorage

/// Issues and checks the tokens of the sign-in dialect, for one loop. Not `Sendable`: it keeps signers,
/// verifiers, and what it read from the store.
///
/// An access token is checked without the store: signature, times, and what was ended. A refresh token,
/// which may live for ever, is looked up.
package final class SignInTokens {
    /// A token that a key of the realm signed and that is in force, whose session was not ended lately.
    package struct Genuine: Sendable {
        let claims: SignInClaims

        /// Whether it opens anything by itself; a refresh token is looked up first.
        package var isAccess: Bool { claims.kind == .access }
        /// Whom it speaks for, in UTF-8.
        package var subject: [UInt8] { claims.subject }
        /// The id of its session, as its text.
        package var sessionID: [UInt8] { claims.session.text }
        /// The id of the user that it speaks for; nil for an app that speaks for itself.
        package var userID: Int64? { Int64(String(decoding: claims.userID, as: UTF8.self)) }
    }

    /// A session that is not over, and whom it speaks for now.
    package struct Found: Sendable {
        let session: UserSession
        package let holder: SessionHolder
    }

    /// The tokens of a new session.
    package struct Pair: Sendable {
        package let refresh: [UInt8]
        package let access: [UInt8]
        /// The session's id as its text.
        package let sessionID: [UInt8]
    }

    /// How long a refresh token that the store knew is taken for good without asking again. Shorter than
    /// ends are remembered, whatever the lives of tokens are.
    private static let memoryMilliseconds: Int64 = 60_000
    /// Sessions remembered; then all are forgotten.
    private static let knownMax = 4096

    private let terms: SignInTerms
    private let sessions: UserSessions
    private let accounts: Accounts
    private let apps: Apps
    private let counts: TokenCounts
    private var keys: Snapshot<KeySet>.Reader
    private var directory: Snapshot<AppDirectory>.Reader
    private let signer = RealmSigner()
    private let verifier: RealmVerifier
    private let random = RandomPool()
    /// When the store knew these sessions, in Unix milliseconds.
    private var known: [UUID4: Int64] = [:]

    package init(_ authority: Authority, _ terms: SignInTerms) {
        self.terms = terms
        sessions = authority.userSessions
        accounts = authority.accounts
        apps = authority.apps
        counts = authority.tokens
        keys = Snapshot.Reader(authority.keyRing.keys)
        directory = Snapshot.Reader(authority.apps.directory)
        verifier = RealmVerifier(authority.keyRing.keys, of: .signIn) { $0.headerSegment }
    }

    // MARK: Issuing

    /// Begins a session, durably, and issues its tokens; nil when the user may not sign in any more, or the
    /// user or the app's key was changed since it was read.
    ///
    /// - Parameter now: Unix milliseconds.
    package func begin(
        for holder: SessionHolder, from origin: UserSessions.Origin, until wanted: WantedExpiry,
        at now: Int64
    ) async throws(AuthorityError) -> Pair? {
        // Before anything is written: without a key there is no token.
        let key = try await signingKey(at: now)
        let id = UUID4(milliseconds: UInt64(max(0, now)), random: random)
        let session = try await sessions.begin(
            id, in: .signIn, for: holder, from: origin,
            expires: wanted.expires(by: terms, at: now / 1000), tokenLife: terms.accessLife,
            at: now)
        guard let session else { return nil }
        let found = Found(session: session, holder: holder)
        return Pair(
            refresh: try sign(.refresh, of: found, key, at: now),
            access: try sign(.access, of: found, key, at: now), sessionID: session.idText)
    }

    /// Another access token of a session.
    ///
    /// - Parameter now: Unix milliseconds.
    package func access(
        of found: Found, at now: Int64
    ) async throws(AuthorityError) -> [UInt8] {
        try sign(.access, of: found, try await signingKey(at: now), at: now)
    }

    /// Ends the session of a token, durably; none of its tokens is good on any loop when this returns. One that
    /// was ended before stays so.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: whether this call ended one.
    package func end(_ token: Genuine, at now: Int64) async throws(AuthorityError) -> Bool {
        guard let session = try await sessions.find(token.claims.session, in: .signIn) else {
            return false
        }
        return try await sessions.end(session, at: now)
    }

    // MARK: Checking

    /// Whether a text can be a token of this dialect and of no other. The rest is for `genuine`.
    package func isOurs(_ token: UnsafeRawBufferPointer) -> Bool { verifier.isOfRealm(token) }

    /// What a token says, when it is genuine and its time is not over; nil otherwise. Its session may
    /// have been ended.
    ///
    /// - Parameter now: Unix milliseconds.
    package func read(_ token: UnsafeRawBufferPointer, at now: Int64) -> Genuine? {
        let read = verifier.withPayload(of: token) { SignInClaims($0) }.flatMap(\.self)
        guard let claims = read,
            claims.expires.map({ now / 1000 - terms.clockSkew < $0 }) ?? true
        else { return nil }
        return Genuine(claims: claims)
    }

    /// Whether the session of a token was ended so lately that the token still seems good.
    package func isEnded(_ token: Genuine) -> Bool {
        sessions.isEnded(token.claims.session, in: .signIn)
    }

    /// Whether the store knew the session of a token less than a minute ago. It may have been ended since.
    ///
    /// - Parameter now: Unix milliseconds.
    package func isRemembered(_ token: Genuine, at now: Int64) -> Bool {
        guard let moment = known[token.claims.session] else { return false }
        return (moment..<moment + Self.memoryMilliseconds).contains(now)
    }

    /// The session of a token and whom it speaks for; nil when it is over. Reads the store.
    ///
    /// - Parameter now: Unix milliseconds.
    package func find(_ token: Genuine, at now: Int64) async throws(AuthorityError) -> Found? {
        let id = token.claims.session
        guard let session = try await sessions.find(id, in: .signIn),
            session.expires.map({ now / 1000 - terms.clockSkew < $0 }) ?? true,
            let holder = try await holder(of: session), !sessions.isEnded(id, in: .signIn)
        else {
            known[id] = nil
            return nil
        }
        if known.count >= Self.knownMax { known.removeAll() }
        known[id] = now
        return Found(session: session, holder: holder)
    }

    private func holder(of session: UserSession) async throws(AuthorityError) -> SessionHolder? {
        let app = session.app.flatMap { directory.read().app(number: $0) }
        guard session.app == nil || app != nil else { return nil }
        guard let id = session.user else { return app.map { SessionHolder($0) } }
        guard let user = try await accounts.user(.id(id)), user.status == .active else {
            return nil
        }
        return SessionHolder(user, application: app)
    }

    private func signingKey(at now: Int64) async throws(AuthorityError) -> RealmKey {
        let key = keys.read().active(app: Realm.signIn.number)
        if let key, key.algorithm == terms.algorithm { return key }
        return try await apps.signingKey(of: .signIn, terms.algorithm, at: now)
    }

    private func sign(
        _ kind: SignInClaims.Kind, of found: Found, _ key: RealmKey, at now: Int64
    ) throws(AuthorityError) -> [UInt8] {
        let (session, holder, second) = (found.session, found.holder, now / 1000)
        // An access token never outlives its session, nor what is remembered of its end: the settings may
        // be others than when the session began.
        let life = min(terms.accessLife, session.tokenLife)
        let expires =
            kind == .refresh ? session.expires : min(second + life, session.expires ?? .max)
        let claims = SignInClaims(
            kind, issued: second, expires: expires, subject: Array(holder.login.utf8),
            name: Array(holder.name.utf8), email: Array(holder.email.utf8),
            userID: Array(holder.userID.utf8), session: session.id)
        let token = try signer.token(
            headerSegment: key.headerSegment, members: claims.members(issuer: terms.issuer), key)
        counts.note(.signIn, key.algorithm)
        return token
    }
}
