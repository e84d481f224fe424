/// A JWS signature algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1). `none` is not one.
package enum Algorithm: UInt8, Sendable, CaseIterable {
    case hs256, hs384, hs512
    case rs256, rs384, rs512
    case ps256, ps384, ps512
    case es256, es384, es512
    case eddsa

    /// The value of the `alg` header parameter.
    package var name: String { String(describing: staticName) }

    /// The value of the `alg` header parameter, for comparing and writing without a `String`.
    package var staticName: StaticString {
        switch self {
        case .hs256: "HS256"
        case .hs384: "HS384"
        case .hs512: "HS512"
        case .rs256: "RS256"
        case .rs384: "RS384"
        case .rs512: "RS512"
        case .ps256: "PS256"
        case .ps384: "PS384"
        case .ps512: "PS512"
        case .es256: "ES256"
        case .es384: "ES384"
        case .es512: "ES512"
        case .eddsa: "EdDSA"
        }
    }

    /// The algorithm with this `alg` name, which is case-sensitive; nil for every other name.
    package init?(name: String) {
        self.init(name: Array(name.utf8))
    }

    /// The algorithm with this `alg` name in UTF-8.
    init?(name: [UInt8]) {
        guard let match = name.withUnsafeBytes({ Algorithm(name: $0) }) else { return nil }
        self = match
    }

    /// The algorithm with this `alg` name in UTF-8. Takes the name apart instead of comparing it with
    /// thirteen others: it is read from every token.
    init?(name: UnsafeRawBufferPointer) {
        guard name.count == 5 else { return nil }
        if name.elementsEqual("EdDSA".utf8) {
            self = .eddsa
            return
        }
        guard name[1] == UInt8(ascii: "S") else { return nil }
        let first: Algorithm
        switch name[0] {
        case UInt8(ascii: "H"): first = .hs256
        case UInt8(ascii: "R"): first = .rs256
        case UInt8(ascii: "P"): first = .ps256
        case UInt8(ascii: "E"): first = .es256
        default: return nil
        }
        let size: UInt8
        switch (name[2], name[3], name[4]) {
        case (UInt8(ascii: "2"), UInt8(ascii: "5"), UInt8(ascii: "6")): size = 0
        case (UInt8(ascii: "3"), UInt8(ascii: "8"), UInt8(ascii: "4")): size = 1
        case (UInt8(ascii: "5"), UInt8(ascii: "1"), UInt8(ascii: "2")): size = 2
        default: return nil
        }
        // The three sizes of a family follow each other.
        self.init(rawValue: first.rawValue + size)
    }

    /// The kind of key that this algorithm needs.
    package var keyType: KeyType {
        switch self {
        case .hs256, .hs384, .hs512: .oct
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256, .es384, .es512: .ecdsa
        case .eddsa: .okp
        }
    }

    /// Whether the key that verifies is the key that signs, so that it must never be published.
    package var isSymmetric: Bool { keyType == .oct }
    /// Whether signing one message twice makes one signature: not with ECDSA and PSS, which take a
    /// random number.
    package var isDeterministic: Bool { keyType != .ecdsa && !isPSS }

    /// The hash that the message is reduced to; EdDSA hashes by itself.
    var hash: Hash? {
        switch self {
        case .hs256, .rs256, .ps256, .es256: .sha256
        case .hs384, .rs384, .ps384, .es384: .sha384
        case .hs512, .rs512, .ps512, .es512: .sha512
        case .eddsa: nil
        }
    }

    /// The form of key that this algorithm needs; nil for HMAC.
    var keyForm: KeyForm? {
        switch self {
        case .hs256, .hs384, .hs512: nil
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256: .p256
        case .es384: .p384
        case .es512: .p521
        case .eddsa: .ed25519
        }
    }

    /// Whether this is one of the RSASSA-PSS algorithms (RFC 7518 section 3.5).
    var isPSS: Bool {
        switch self {
        case .ps256, .ps384, .ps512: true
        default: false
        }
    }

    /// The size of the RSA keys that are generated for this algorithm.
    var generatedRSABits: Int {
        switch self {
        case .rs512, .ps512: 4096
        default: 2048
        }
    }
}
