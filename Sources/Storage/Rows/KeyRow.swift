/// Where a signing key is in its life.
package enum KeyPhase: Int64, Sendable {
    /// Published, not signing yet.
    case next = 0
    /// The one that signs.
    case active = 1
    /// Replaced; verifies until its last token has expired.
    case verifying = 2
    /// Its tokens are refused.
    case revoked = 3
}

/// A signing key as it is stored. Times are Unix seconds, 0 where there is none yet.
package struct KeyRow: Sendable, Equatable {
    /// The small internal key that sessions refer to. Positive, and never used again once deleted.
    package var number: Int64
    /// The `kid` that clients know.
    package var id: RowID
    /// The number of the app that it belongs to, which must exist; or `Realm.number`.
    package var app: Int64
    /// Its JWS algorithm (RFC 7518 section 3.1).
    package var algorithm: String
    /// The private key, encrypted by the caller. The store does not know how.
    package var sealedPrivateKey: [UInt8]
    /// The SubjectPublicKeyInfo in DER (RFC 5280 section 4.1); empty for HMAC.
    package var publicKey: [UInt8]
    /// Where it is in its life.
    package var phase: KeyPhase
    /// When it was made.
    package var created: Int64
    /// When it began to sign.
    package var activated: Int64
    /// When its last token expires.
    package var expires: Int64

    /// Makes a row out of all its columns.
    package init(
        number: Int64, id: RowID, app: Int64, algorithm: String, sealedPrivateKey: [UInt8],
        publicKey: [UInt8], phase: KeyPhase, created: Int64, activated: Int64 = 0,
        expires: Int64 = 0
    ) {
        self.number = number
        self.id = id
        self.app = app
        self.algorithm = algorithm
        self.sealedPrivateKey = sealedPrivateKey
        self.publicKey = publicKey
        self.phase = phase
        self.created = created
        self.activated = activated
        self.expires = expires
    }
}
