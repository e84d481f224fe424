internal import SignetCrypto
internal import SignetStorage

/// Tells which tokens a key of a realm has signed, for one loop. They have exactly the header that is
/// given to them, so that no other token of any realm is looked at twice. Not `Sendable`: it keeps
/// readers and verifiers.
final class RealmVerifier {
    private let realm: Realm
    private let header: (RealmKey) -> [UInt8]
    private var keys: Snapshot<KeySet>.Reader
    private let reader = JWSReader()
    private var verifiers: [Int64: Verifier] = [:]

    /// - Parameter header: the encoded header of a key's tokens, with the dot that follows it.
    init(_ keys: Snapshot<KeySet>, of realm: Realm, header: @escaping (RealmKey) -> [UInt8]) {
        self.realm = realm
        self.header = header
        self.keys = Snapshot.Reader(keys)
    }

    /// Whether a text begins as a token of the realm does. The rest is for `payload` to find out.
    func isOfRealm(_ token: UnsafeRawBufferPointer) -> Bool {
        candidates(for: token).contains { _ in true }
    }

    /// Hands the payload of a token that a key of the realm signed to `body`; nil when none did. A
    /// revoked key has signed nothing.
    func withPayload<Result>(
        of token: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        // One, or, where the header names none, one more for each rotation.
        let candidates = candidates(for: token)
        guard candidates.contains(where: { _ in true }), let parts = try? reader.read(token) else {
            return nil
        }
        let input = UnsafeRawBufferPointer(rebasing: token[parts.signingInput])
        let isGenuine = candidates.contains { key in
            key.algorithm == parts.algorithm
                && (verifier(key)?.verify(input, signature: reader.signature) ?? false)
        }
        return isGenuine ? body(reader.payload) : nil
    }

    /// The key that a token is said to be signed by, where the header names one; nil when that is none of
    /// the realm.
    func key(of token: UnsafeRawBufferPointer) -> RealmKey? {
        candidates(for: token).first { _ in true }
    }

    /// The payload of a token that `key` signed; nil when it did not. On any thread, for keys whose
    /// signatures are not cheap.
    static func payload(of token: [UInt8], signedBy key: RealmKey) -> [UInt8]? {
        let reader = JWSReader()
        guard let parts = try? reader.read(token), parts.algorithm == key.algorithm,
            let verifier = try? Verifier(key.privateKey)
        else { return nil }
        let isGenuine = token.withUnsafeBytes { token in
            let input = UnsafeRawBufferPointer(rebasing: token[parts.signingInput])
            return verifier.verify(input, signature: reader.signature)
        }
        return isGenuine ? [UInt8](reader.payload) : nil
    }

    private func candidates(
        for token: UnsafeRawBufferPointer
    ) -> some Sequence<RealmKey> {
        keys.read().keys(app: realm.number).lazy.filter { [header] key in
            !key.isRevoked && token.starts(with: header(key))
        }
    }

    private func verifier(_ key: RealmKey) -> Verifier? {
        if let verifier = verifiers[key.number] { return verifier }
        let verifier = try? Verifier(key.privateKey)
        verifiers[key.number] = verifier
        return verifier
    }
}
