/// The kinds of signing keys, under the names that the app API gives them.
package enum KeyType: String, Sendable, CaseIterable {
    /// RSASSA-PKCS1-v1_5 and RSASSA-PSS.
    case rsa = "RSA"
    /// ECDSA on the NIST curves.
    case ecdsa = "ECDSA"
    /// Ed25519.
    case okp = "OKP"
    /// HMAC secrets.
    case oct = "OCT"

    /// The algorithms that a key of this kind can be made for.
    package var algorithms: [Algorithm] { Algorithm.allCases.filter { $0.keyType == self } }

    /// The `key_type` of the app API.
    package var name: String { rawValue }

    /// The kind with this name, which is case-sensitive; nil for every other name.
    package init?(name: String) { self.init(rawValue: name) }
}
