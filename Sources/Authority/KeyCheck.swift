package import SignetCrypto
package import SignetStorage

/// Looks whether the keys of a store can be used: for whoever suspects that they were damaged.
package enum KeyCheck {
    /// What is wrong with the keys, each by its id; empty when all is well.
    package static func faults(
        of contents: StoreContents, _ masterKey: MasterKey
    ) -> [String] {
        if Authority.isRight(masterKey, contents) == false {
            return ["the master key is another one than the store was made with"]
        }
        return contents.keys.compactMap { row in
            fault(of: row, masterKey).map { "key \(ULID(row.id).text) \($0)" }
        }
    }

    private static func fault(of row: KeyRow, _ masterKey: MasterKey) -> String? {
        // Of a later Signet, which leaves it out as well.
        guard let algorithm = Algorithm(name: row.algorithm) else { return nil }
        let context = KeyRing.context(ULID(row.id))
        guard let encoded = try? masterKey.open(row.sealedPrivateKey, context: context) else {
            return "does not open with the master key"
        }
        guard let key = try? PrivateKey(algorithm: algorithm, encoded: encoded) else {
            return "is no key of \(row.algorithm)"
        }
        return (key.publicKey?.der ?? []) == row.publicKey ? nil : "has another public key"
    }
}
