internal import SignetCrypto

/// An ID token that somebody shows, and whether it says what it says (OpenID Connect Core 1.0 section 3.1.3.7). Pure:
/// the workers check it.
struct IDToken: Sendable {
    enum Verdict: Sendable {
        case genuine(ProviderIdentity)
        /// Signed by a key that is not among these, perhaps a newer one.
        case unknownKey
        case refused
    }

    /// Bytes of a token that are looked at.
    static let bytesMax = 16_384
    /// How far the provider's clock may be ahead. Its tokens are mostly made just now.
    private static let clockSeconds: Int64 = 60

    let text: [UInt8]
    let issuer: String
    let clientIDs: [String]

    /// Checks the token with the keys of its issuer.
    ///
    /// - Parameter now: a Unix second.
    func verdict(_ keys: JWKSet, at now: Int64) -> Verdict {
        let reader = JWSReader()
        // Only what nobody but the issuer can sign: `none` and secrets are not among them.
        guard text.count <= Self.bytesMax, let parts = try? reader.read(text),
            !parts.algorithm.isSymmetric, Self.isPlainType(reader.type),
            let claims = ForeignObject([UInt8](reader.payload)), holds(claims, at: now)
        else { return .refused }
        guard let key = key(of: reader, for: parts.algorithm, in: keys) else { return .unknownKey }
        guard let verifier = try? Verifier(key, algorithm: parts.algorithm),
            text.withUnsafeBytes({ bytes in
                verifier.verify(
                    UnsafeRawBufferPointer(rebasing: bytes[parts.signingInput]),
                    signature: reader.signature)
            })
        else { return .refused }
        return ProviderIdentity(claims).map { .genuine($0) } ?? .refused
    }

    /// Whether the claims are for us, and for now. Asked before the signature, so that a token of somebody
    /// else's does not have keys fetched.
    private func holds(_ claims: ForeignObject, at now: Int64) -> Bool {
        guard claims.text("iss") == issuer, let audiences = claims.texts("aud"),
            audiences.contains(where: clientIDs.contains), claims.text("sub")?.isEmpty == false,
            let expires = claims.integer("exp"), now < expires,
            let issued = claims.integer("iat"), issued <= now + Self.clockSeconds
        else { return false }
        if claims.has("nbf") {
            guard let second = claims.integer("nbf"), second <= now + Self.clockSeconds else {
                return false
            }
        }
        // Whoever is meant among several, or named at all, is one of ours.
        guard audiences.count > 1 || claims.has("azp") else { return true }
        return claims.text("azp").map(clientIDs.contains) ?? false
    }

    /// The key that the header names; without a name the only one that fits.
    private func key(
        of reader: JWSReader, for algorithm: Algorithm, in set: JWKSet
    ) -> PublicKey? {
        let fitting = set.keys.compactMap { key -> (id: [UInt8]?, key: PublicKey)? in
            guard case .publicKey(let material) = key.material, material.fits(algorithm),
                key.algorithm == nil || key.algorithm == algorithm
            else { return nil }
            return (key.keyID, material)
        }
        guard let id = reader.keyID else { return fitting.count == 1 ? fitting[0].key : nil }
        return fitting.first { $0.id == id }?.key
    }

    /// Access tokens and others that are marked as such are none (RFC 8725 section 3.11).
    private static func isPlainType(_ type: [UInt8]) -> Bool {
        type.isEmpty || String(decoding: type, as: UTF8.self).lowercased() == "jwt"
    }
}
