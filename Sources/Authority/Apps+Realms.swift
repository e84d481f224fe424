package import SignetCrypto
package import SignetStorage

/// The keys of realms that belong to no app. Stored first and published then, like those of apps, but never
/// rotated by themselves: their tokens live for years and name no key.
extension Apps {
    /// The keys of such tokens are dropped by nobody; this is how long they verify at least.
    private static let verifyingSeconds: Int64 = 100 * 365 * 86_400

    /// The key that signs for a realm; a new one when there is none, or one for another algorithm, which
    /// then goes on verifying.
    ///
    /// - Parameter now: Unix milliseconds.
    func signingKey(
        of realm: Realm, _ algorithm: Algorithm, at now: Int64
    ) async throws(AuthorityError) -> RealmKey {
        if let key = signs(for: realm, algorithm) { return key }
        let made = try await keyRing.makeKey(algorithm, at: now)
        for _ in 0..<Self.attemptsMax {
            // Another call may have been faster, here or in another process.
            if let key = signs(for: realm, algorithm) { return key }
            if let key = try await replaceKey(of: realm, by: made, at: now) { return key }
        }
        throw .overloaded
    }

    /// Has a new key sign for a realm from now on; the one that did goes on verifying.
    ///
    /// - Parameter now: Unix milliseconds.
    package func rotateKey(
        of realm: Realm, _ algorithm: Algorithm, at now: Int64
    ) async throws(AuthorityError) -> RealmKey {
        let made = try await keyRing.makeKey(algorithm, at: now)
        for _ in 0..<Self.attemptsMax {
            if let key = try await replaceKey(of: realm, by: made, at: now) { return key }
        }
        throw .overloaded
    }

    /// Has a new key make API tokens from now on; those that there are stay good.
    ///
    /// - Parameter now: Unix milliseconds.
    package func rotateAPITokenKey(at now: Int64) async throws(AuthorityError) -> RealmKey {
        try await rotateKey(of: .apiTokens, APITokenText.algorithm, at: now)
    }

    /// Revokes a key of a realm: every token signed by it is refused from now on. API tokens that it made go
    /// with the sessions that were begun by them. The next token has a new key made when it was the one that
    /// signs.
    ///
    /// - Returns: whether it was revoked by this call.
    package func revokeKey(
        _ id: ULID, of realm: Realm
    ) async throws(AuthorityError) -> Bool {
        for _ in 0..<Self.attemptsMax {
            guard let key = keyRing.keys.current.key(id, app: realm.number), !key.isRevoked else {
                return false
            }
            var row = key.row
            row.phase = .revoked
            var mutations = [Mutation.moveKey(row, from: key.row.phase)]
            if realm == .apiTokens { mutations.append(.dropAPITokens(key: row.number)) }
            if try await write(mutations, publishing: [row]) {
                await putInForce()
                return true
            }
        }
        throw .overloaded
    }

    private func signs(for realm: Realm, _ algorithm: Algorithm) -> RealmKey? {
        guard let key = keyRing.keys.current.active(app: realm.number), key.algorithm == algorithm
        else { return nil }
        return key
    }

    /// Stores and publishes a new key that signs for a realm. The one that did, if any, goes on verifying.
    ///
    /// - Returns: nil when another process was faster with the number or the realm; both can be seen
    ///   then.
    private func replaceKey(
        of realm: Realm, by made: KeyRow, at now: Int64
    ) async throws(AuthorityError) -> RealmKey? {
        var retired = keyRing.keys.current.active(app: realm.number)?.row
        retired?.phase = .verifying
        retired?.expires = now / 1000 + Self.verifyingSeconds
        lastKeyNumber += 1
        var row = made
        row.number = lastKeyNumber
        row.app = realm.number
        let moves = [retired].compactMap(\.self)
        guard
            try await write(
                moves.map { .moveKey($0, from: .active) } + [.insertKey(row)],
                publishing: moves + [row])
        else { return nil }
        return keyRing.keys.current.key(ULID(row.id))
    }

    /// - Parameter rows: what is then so, for when it can't be read back.
    /// - Returns: false when another process was faster; what it did is published then.
    private func write(
        _ mutations: [Mutation], publishing rows: [KeyRow]
    ) async throws(AuthorityError) -> Bool {
        guard try await store.writeUnlessConflict(mutations) else {
            try await refresh()
            return false
        }
        #if DEBUG
            FaultPoint.realmKeysWritten.pass()
        #endif
        // The rows were sealed or opened here, so they open.
        await publish(orElse: { try? await keyRing.apply(rows) })
        return true
    }
}
