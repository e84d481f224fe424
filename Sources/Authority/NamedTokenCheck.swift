internal import SignetCrypto
internal import SignetStorage

/// Whose a named token is, when it is good.
package struct NamedTokenHolder: Sendable {
    /// The login of the user.
    package let username: String
    /// The id of the token, as its text.
    package let tokenID: [UInt8]
}

/// Checks named tokens, for one loop: signed by a key of the realm, in force, still there, and its user
/// active. Not `Sendable`: it keeps verifiers, and what it read from the store.
///
/// The store is asked once for each token, and again after one was deleted or its user changed: in
/// between a check is a signature and a look into memory.
package final class NamedTokenCheck {
    /// What a look at the token alone says.
    package enum FirstLook {
        case refused
        case good(NamedTokenHolder)
        /// Genuine and in force; the store has to be asked for the rest.
        case genuine(Genuine)
    }

    /// A token with a right signature that has not expired, which may have been deleted.
    package struct Genuine: Sendable {
        let claims: NamedTokenClaims
    }

    /// What the store said of a token.
    private struct Known {
        let row: NamedTokenRow
        let user: User
        let asOf: UInt64
        /// `UserChanges.moment` from before the row was read, which goes when its user is suspended.
        let userAsOf: UInt64
    }

    /// Tokens remembered; then all are forgotten.
    private static let knownMax = 4096

    private let tokens: NamedTokens
    private let clockSkewSeconds: Int64
    private let verifier: RealmVerifier
    private var known: [UUID4: Known] = [:]

    /// - Parameter clockSkewSeconds: how far other clocks may be off when a token's times are checked.
    package init(_ tokens: NamedTokens, clockSkewSeconds: Int64) {
        self.tokens = tokens
        self.clockSkewSeconds = clockSkewSeconds
        // They name no key.
        verifier = RealmVerifier(tokens.keys, of: .namedTokens) { _ in
            NamedTokenClaims.headerSegment
        }
    }

    /// Whether a text can be a named token and no other. The rest is for `look`.
    package static func isNamed(_ token: UnsafeRawBufferPointer) -> Bool {
        token.starts(with: NamedTokenClaims.headerSegment)
    }

    /// Decides on a token as far as that needs no store.
    ///
    /// - Parameter now: Unix milliseconds.
    package func look(at token: UnsafeRawBufferPointer, at now: Int64) -> FirstLook {
        guard let claims = genuineClaims(of: token),
            now / 1000 - clockSkewSeconds < claims.expires
        else { return .refused }
        guard let known = known[claims.id], isCurrent(known) else {
            return .genuine(Genuine(claims: claims))
        }
        return verdict(on: claims, known).map { .good($0) } ?? .refused
    }

    /// Asks the store for a token; nil when it was deleted, or its user may not use it.
    package func find(_ token: Genuine) async throws(AuthorityError) -> NamedTokenHolder? {
        let claims = token.claims
        let (asOf, userAsOf) = (tokens.changes.moment, tokens.accounts.changes.moment)
        known[claims.id] = nil
        guard let row = try await tokens.row(claims.id),
            let user = try await tokens.accounts.user(.id(row.user))
        else { return nil }
        let found = Known(row: row, user: user, asOf: asOf, userAsOf: userAsOf)
        guard let holder = verdict(on: claims, found) else { return nil }
        if known.count >= Self.knownMax { known.removeAll() }
        known[claims.id] = found
        return holder
    }

    private func isCurrent(_ known: Known) -> Bool {
        known.asOf == tokens.changes.moment
            && tokens.accounts.changes.isCurrent(known.user.id, asOf: known.userAsOf)
    }

    private func verdict(on claims: NamedTokenClaims, _ known: Known) -> NamedTokenHolder? {
        guard known.user.status == .active, known.row.expires == claims.expires,
            known.row.issued == claims.issued
        else { return nil }
        return NamedTokenHolder(username: known.user.login, tokenID: claims.id.text)
    }

    private func genuineClaims(of token: UnsafeRawBufferPointer) -> NamedTokenClaims? {
        verifier.withPayload(of: token) { NamedTokenClaims($0) }.flatMap(\.self)
    }
}
