internal import SignetCrypto
internal import SignetStorage

/// The API tokens of users, for one loop. Not `Sendable`: it keeps a reader and random numbers.
///
/// The store has what they may do and no token: a key of their realm makes it anew whenever it is shown
/// (docs/decisions/0018-api-tokens.md). A token that no key has made is refused without the store; the
/// rest is read there each time, so that nothing is remembered that might be over.
package final class APITokens {
    /// What became of a token that was to be made.
    package enum Creation: Sendable {
        case made(APIToken)
        /// The user has as many as one may have.
        case tooMany
        /// What was shown by whoever asked is over.
        case proofIsOver
    }

    /// Tokens of one user, whether or not they have expired. One of a sign-in is made beyond them, too.
    package static let perUserMax = 100

    private let store: any Store
    private let apps: Apps
    private let counts: TokenCounts
    private var keys: Snapshot<KeySet>.Reader
    private let random = RandomPool()

    package init(_ authority: Authority) {
        store = authority.store
        apps = authority.apps
        counts = authority.tokens
        keys = Snapshot.Reader(authority.keyRing.keys)
    }

    /// Whether a text can be a token of this kind and of no other. The rest is for `find`.
    package static func canBeToken(_ text: UnsafeRawBufferPointer) -> Bool {
        text.count == APITokenText.length && !text.contains(UInt8(ascii: "."))
    }

    /// The token with this text, whosoever it is; nil when there is none, or its time is over.
    ///
    /// - Parameter now: Unix milliseconds.
    package func find(_ text: [UInt8], at now: Int64) async throws(AuthorityError) -> APIToken? {
        guard let token = try await token(text), !token.isExpired(at: now) else { return nil }
        return token
    }

    /// The token with this text, if it is one of the user's; its time may be over.
    package func token(
        _ text: [UInt8], of user: User
    ) async throws(AuthorityError) -> APIToken? {
        guard let token = try await token(text), token.user == user.id else { return nil }
        return token
    }

    /// The tokens of a user, the oldest first; those that have expired, too.
    package func list(of user: User) async throws(AuthorityError) -> [APIToken] {
        let rows: [APITokenRow]
        do throws(StoreError) {
            rows = try await store.apiTokens(user: user.id)
        } catch {
            throw .storeUnavailable
        }
        var tokens: [APIToken] = []
        for row in rows {
            if let token = try open(row) { tokens.append(token) }
        }
        return tokens
    }

    /// The token that a user is shown at each sign-in, which may do all that the user may when it is new.
    /// A new one when there is none, or when its time is over; nil when the user was changed since it was read.
    ///
    /// - Parameter now: Unix milliseconds.
    package func main(of user: User, at now: Int64) async throws(AuthorityError) -> APIToken? {
        for _ in 0..<Apps.attemptsMax {
            let known: APITokenRow?
            do throws(StoreError) {
                known = try await store.mainAPIToken(user: user.id)
            } catch {
                throw .storeUnavailable
            }
            if let known, let token = try open(known), !token.isExpired(at: now) { return token }
            var conditions = Proof(user).mutations
            if let known { conditions.append(.deleteAPIToken(known.id, user: user.id)) }
            let made = try await make(
                for: user, Grant(user.role.permissions), expires: nil, isMain: true,
                after: conditions, at: now)
            if let made {
                if known != nil { await apps.putInForce() }
                return made
            }
            guard try await holds(Proof(user)) else { return nil }
            // Another sign-in was faster.
        }
        throw .overloaded
    }

    /// Makes a token, durably.
    ///
    /// - Parameters:
    ///   - proof: what whoever asks has shown.
    ///   - expires: a Unix second; nil for never.
    ///   - now: Unix milliseconds.
    package func make(
        for user: User, _ grant: Grant, by proof: Proof, expires: Int64?, at now: Int64
    ) async throws(AuthorityError) -> Creation {
        let conditions =
            proof.mutations + [.require(.apiTokens(of: user.id, below: Self.perUserMax))]
        for _ in 0..<Apps.attemptsMax {
            let made = try await make(
                for: user, grant, expires: expires, isMain: false, after: conditions, at: now)
            if let made { return .made(made) }
            guard try await holds(proof) else { return .proofIsOver }
            guard try await list(of: user).count < Self.perUserMax else { return .tooMany }
            // Its key was revoked.
        }
        throw .overloaded
    }

    /// Whether what was shown is still so.
    package func holds(_ proof: Proof) async throws(AuthorityError) -> Bool {
        try await store.writeUnlessConflict(proof.mutations)
    }

    /// Changes what a token allows and for how long, durably, and ends the sessions that were begun by it;
    /// nil when it is gone or was changed since it was read, or what was shown is over.
    ///
    /// - Parameters:
    ///   - proof: what whoever asks has shown.
    ///   - expires: a Unix second; nil for never.
    ///   - now: Unix milliseconds.
    package func update(
        _ token: APIToken, _ grant: Grant, by proof: Proof, expires: Int64?, at now: Int64
    ) async throws(AuthorityError) -> APIToken? {
        var row = token.row
        row.set(grant)
        row.expires = expires ?? APITokenRow.never
        row.updated = max(now, row.updated + 1)
        let conditions = proof.mutations + Proof(token).mutations
        guard try await store.writeUnlessConflict(conditions + [.updateAPIToken(row)]) else {
            return nil
        }
        await apps.putInForce()
        return APIToken(row, text: token.text)
    }

    /// Deletes a token, durably, with the sessions that were begun by it: all are refused everywhere when
    /// this returns.
    ///
    /// - Returns: false when it was gone.
    package func delete(_ token: APIToken) async throws(AuthorityError) -> Bool {
        guard try await store.writeUnlessConflict([.deleteAPIToken(token.row.id, user: token.user)])
        else {
            return false
        }
        await apps.putInForce()
        return true
    }

    private func make(
        for user: User, _ grant: Grant, expires: Int64?, isMain: Bool,
        after conditions: [Mutation], at now: Int64
    ) async throws(AuthorityError) -> APIToken? {
        let key = try await apps.signingKey(
            of: .apiTokens, APITokenText.algorithm, at: now)
        let id = UUID4(random: random)
        var row = APITokenRow(
            id: id.rowID, user: user.id, key: key.number, isMain: isMain, created: now,
            updated: now, expires: expires ?? APITokenRow.never, permissions: 0, restrictions: "")
        row.set(grant)
        let text = try APITokenText.make(id, key)
        guard try await store.writeUnlessConflict(conditions + [.insertAPIToken(row)]) else {
            return nil
        }
        counts.note(.apiTokens, key.algorithm)
        return APIToken(row, text: text)
    }

    private func token(_ text: [UInt8]) async throws(AuthorityError) -> APIToken? {
        guard let id = APITokenText.id(text), let key = try key(of: text, id) else { return nil }
        let row: APITokenRow?
        do throws(StoreError) {
            row = try await store.apiToken(id.rowID)
        } catch {
            throw .storeUnavailable
        }
        guard let row, row.key == key.number else { return nil }
        return APIToken(row, text: text)
    }

    /// The key that has made a token; a revoked one has made none.
    private func key(of text: [UInt8], _ id: UUID4) throws(AuthorityError) -> RealmKey? {
        for key in keys.read().keys(app: Realm.apiTokens.number) where !key.isRevoked {
            if constantTimeEqual(try APITokenText.make(id, key), text) { return key }
        }
        return nil
    }

    /// A token as it is shown; nil when the key that made it was revoked.
    private func open(_ row: APITokenRow) throws(AuthorityError) -> APIToken? {
        guard let key = keys.read().key(number: row.key, app: Realm.apiTokens.number),
            !key.isRevoked
        else { return nil }
        return APIToken(row, text: try APITokenText.make(UUID4(row.id), key))
    }
}

extension APITokenRow {
    /// Takes over what a token allows. Restrictions have no controls, so that lines keep them apart.
    fileprivate mutating func set(_ grant: Grant) {
        permissions = grant.permissions.rawValue
        restrictions = grant.restrictions.joined(separator: "\n")
    }
}
