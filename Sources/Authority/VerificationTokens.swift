package import SignetCrypto
internal import SignetStorage

/// Makes and reads the tokens in the links of verification mails, signed by the key of the accounts and
/// sessions. Rare, so the workers do it, whatever the algorithm is. Any loop may ask.
package struct VerificationTokens: Sendable {
    private let apps: Apps
    private let workers: any Workers
    private let terms: FrontendTerms

    package init(_ authority: Authority, _ terms: FrontendTerms) {
        apps = authority.apps
        workers = authority.workers
        self.terms = terms
    }

    /// A token for a user whose address is not verified yet.
    ///
    /// - Parameter now: Unix milliseconds.
    func token(for user: User, at now: Int64) async throws(AuthorityError) -> [UInt8] {
        let key = try await apps.signingKey(of: .frontend, terms.algorithm, at: now)
        let second = now / 1000
        let claims = VerificationClaims(
            user: user.id, generation: user.generation, issued: second,
            expires: second + terms.verificationLife)
        let made = try await workers.run { () -> Result<[UInt8], AuthorityError> in
            Result { () throws(AuthorityError) in
                try RealmSigner().token(
                    headerSegment: Self.header(key), members: claims.members, key)
            }
        }
        return try made.get()
    }

    /// What a token says, when it is genuine and its time is not over; nil otherwise. It may have been
    /// used.
    ///
    /// - Parameter now: Unix milliseconds.
    package func read(
        _ token: [UInt8], at now: Int64
    ) async throws(AuthorityError) -> VerificationClaims? {
        let keys = apps.keyRing.keys.current.keys(app: Realm.frontend.number)
        guard let key = keys.first(where: { !$0.isRevoked && token.starts(with: Self.header($0)) })
        else { return nil }
        let claims = try await workers.run {
            RealmVerifier.payload(of: token, signedBy: key).flatMap {
                $0.withUnsafeBytes { VerificationClaims($0) }
            }
        }
        guard let claims, now / 1000 - terms.clockSkew < claims.expires else { return nil }
        return claims
    }

    private static func header(_ key: RealmKey) -> [UInt8] {
        JWTHeader.segment(key.algorithm, keyID: key.id, type: VerificationClaims.type)
    }
}
