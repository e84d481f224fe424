package import SignetCrypto

/// A family of algorithms that an app may choose from: RSA, ECDSA, OKP or OCT.
package struct AppKeyType: Sendable {
    private let keyType: KeyType

    /// Nil when no family has this name.
    package init?(_ name: [UInt8]) {
        guard let keyType = KeyType(name: String(decoding: name, as: UTF8.self)) else { return nil }
        self.keyType = keyType
    }

    package var name: String { keyType.name }

    /// The names of the family's algorithms, with commas between.
    package var algorithmNames: String {
        keyType.algorithms.map(\.name).joined(separator: ", ")
    }

    /// The family's algorithm of this name; nil when it is of another family or of none.
    package func algorithm(named name: [UInt8]) -> Algorithm? {
        keyType.algorithms.first { Array($0.name.utf8) == name }
    }
}
