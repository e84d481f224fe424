internal import SignetCrypto
internal import SignetStorage

extension Authority {
    private static let checkProperty = "master-key-check"
    private static let checkContext = Array("signet master key check".utf8)

    /// Whether `masterKey` is the one that the store was made with. A new store takes it as its
    /// own.
    static func claim(
        _ masterKey: MasterKey, _ contents: StoreContents, _ store: any Store
    ) async throws(AuthorityError) -> Bool {
        if let sealed = contents.properties[checkProperty] {
            return (try? masterKey.open(sealed, context: checkContext)) != nil
        }
        guard let sealed = try? masterKey.seal([], context: checkContext) else {
            throw .cryptography
        }
        do throws(StoreError) {
            try await store.write([.setProperty(name: checkProperty, value: sealed)])
            return true
        } catch {
            throw .storeUnavailable
        }
    }
}
