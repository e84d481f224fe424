package import SignetCrypto
internal import SignetStorage

/// A key of one realm (here: an app) with everything about it that can be prepared. Immutable; each
/// thread makes its own `Signer` or `Verifier` of it.
package final class RealmKey: Sendable {
    package let id: ULID
    /// The id's 26 characters: the `kid` of its tokens.
    package var idText: String { String(decoding: idBytes, as: UTF8.self) }
    /// The same in ASCII.
    package let idBytes: [UInt8]
    package let algorithm: Algorithm
    /// When it was published, and when it began to sign (a next key: is told to), in Unix seconds.
    package let published: Int64
    package let activated: Int64
    /// When its last token has expired, for one that signs no more; 0 while it is not known.
    package var expires: Int64 { row.expires }
    /// The key's number in the store.
    let number: Int64
    /// The number of its app.
    let app: Int64
    /// Its row in the store; the private key in it is sealed.
    let row: KeyRow
    /// The base64 of the SPKI's PEM, as the apps dialect shows it; nil for a symmetric key.
    package let publicKeyText: [UInt8]?
    /// Its public part as a JWK (RFC 7517); nil for a symmetric key, which is never published.
    let publicJWK: [UInt8]?
    /// The name of its algorithm, as answers say it.
    package var algorithmName: String { algorithm.name }
    /// Where it is in its life: `next`, `active`, `verifying` or `revoked`.
    package var phaseName: String { "\(row.phase)" }
    /// Whether it signs.
    package var isActive: Bool { row.phase == .active }
    /// Whether every token that it signed is refused.
    package let isRevoked: Bool
    /// Whether it signed once and does not any more.
    package var isReplaced: Bool { row.phase == .verifying || row.phase == .revoked }
    let privateKey: PrivateKey
    /// The encoded header of its tokens, with the dot that follows it.
    let headerSegment: [UInt8]
    /// The same for access tokens (RFC 9068 section 2.1).
    let accessHeaderSegment: [UInt8]
    /// The length of a raw signature in bytes.
    let signatureLength: Int
    /// What makes its verifiers quicker, where there is such a thing.
    let multiples: SharedMultiples?

    /// - Parameter multiples: those of this key, which stay the same when its row changes.
    init(
        _ row: KeyRow, _ privateKey: PrivateKey, multiples: SharedMultiples? = nil
    ) throws(CryptoError) {
        self.row = row
        self.privateKey = privateKey
        self.multiples = multiples
        id = ULID(row.id)
        idBytes = Array(id.text.utf8)
        number = row.number
        app = row.app
        isRevoked = row.phase == .revoked
        published = row.created
        activated = row.activated
        algorithm = privateKey.algorithm
        publicKeyText = privateKey.publicKey.map { Base64.encode($0.pem) }
        publicJWK = try privateKey.publicKey?.jwk(
            keyID: idBytes, algorithm: algorithm)
        headerSegment = JWTHeader.segment(algorithm, keyID: id)
        accessHeaderSegment = JWTHeader.segment(algorithm, keyID: id, type: "at+jwt")
        signatureLength = try Signer(privateKey).signatureLength
    }
}
