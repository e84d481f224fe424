internal import SignetCrypto
internal import SignetStorage

extension Authority {
    private static let checkProperty = "master-key-check"
    private static let checkContext = Array("signet master key check".utf8)

    /// Whether `masterKey` is the one that the store was made with; nil when the store does not tell.
    static func isRight(_ masterKey: MasterKey, _ contents: StoreContents) -> Bool? {
        contents.properties[checkProperty].map { sealed in
            (try? masterKey.open(sealed, context: checkContext)) != nil
        }
    }

    /// Whether `masterKey` is the one that the store was made with. A new store takes it as its
    /// own.
    static func claim(
        _ masterKey: MasterKey, _ contents: StoreContents, _ store: any Store
    ) async throws(AuthorityError) -> Bool {
        if let isRight = isRight(masterKey, contents) { return isRight }
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
