/// The asymmetric keys that Signet works with: a key type and, where there is one, its curve.
package enum KeyForm: Sendable {
    case rsa, p256, p384, p521, ed25519

    /// The kind of key that this is, in the words of the app API.
    package var keyType: KeyType {
        switch self {
        case .rsa: .rsa
        case .p256, .p384, .p521: .ecdsa
        case .ed25519: .okp
        }
    }

    /// The `kty` of a JWK (RFC 7518 section 6.1, RFC 8037 section 2).
    var jwkType: StaticString {
        switch self {
        case .rsa: "RSA"
        case .p256, .p384, .p521: "EC"
        case .ed25519: "OKP"
        }
    }

    /// The `crv` of a JWK (RFC 7518 section 6.2.1.1, RFC 8037 section 2); nil for RSA.
    var jwkCurve: StaticString? {
        switch self {
        case .rsa: nil
        case .p256: "P-256"
        case .p384: "P-384"
        case .p521: "P-521"
        case .ed25519: "Ed25519"
        }
    }

    /// OpenSSL's name of the group; nil where there is no choice of group.
    var groupName: String? {
        switch self {
        case .p256: "prime256v1"
        case .p384: "secp384r1"
        case .p521: "secp521r1"
        case .rsa, .ed25519: nil
        }
    }

    /// The bytes of one coordinate, or of an Ed25519 key; 0 for RSA.
    var coordinateLength: Int {
        switch self {
        case .rsa: 0
        case .p256, .ed25519: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// The only algorithm that a key of this form can be used with; nil for RSA, where there are six.
    var onlyAlgorithm: Algorithm? {
        switch self {
        case .rsa: nil
        case .p256: .es256
        case .p384: .es384
        case .p521: .es512
        case .ed25519: .eddsa
        }
    }
}
