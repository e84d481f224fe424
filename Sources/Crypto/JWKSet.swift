internal import SignetJSON

/// A JWK Set (RFC 7517 section 5): the keys of it that Signet can use.
///
/// Keys of other kinds, and keys that are weak or broken, are left out, as the RFC advises, so that
/// signatures of theirs do not verify. A set in which a `kid` does not tell which key is meant, or
/// that hands out secrets among public keys, is refused as a whole.
package struct JWKSet: Sendable {
    /// The usable keys, in the order of the document.
    package let keys: [JWK]

    /// Reads a set. Throws `malformed` for what is none, and `ambiguousKeySet` for a `kid` that two
    /// keys have, or for secret keys next to public ones.
    package init(_ json: [UInt8]) throws(CryptoError) {
        keys = try json.withBytes { bytes throws(CryptoError) in
            let elements = try Self.elements(of: bytes)
            // The ids of left out keys count, too: one of them may be the key that was meant.
            let ids = elements.compactMap { try? JWKMembers($0, of: bytes).text("kid") }
            guard Set(ids).count == ids.count else { throw CryptoError(.ambiguousKeySet) }
            return elements.compactMap { try? JWK($0, of: bytes) }
        }
        let secretCount = keys.count { $0.isSecret }
        guard secretCount == 0 || secretCount == keys.count else {
            throw CryptoError(.ambiguousKeySet)
        }
    }

    /// The key with this `kid`.
    package func key(id: [UInt8]) -> JWK? { keys.first { $0.keyID == id } }

    /// Where the elements of the member `keys` are.
    static func elements(
        of bytes: UnsafeRawBufferPointer
    ) throws(CryptoError) -> [Range<Int>] {
        var scanner = JSONScanner()
        guard let top = try? scanner.scan(bytes), top.kind == .object,
            let list = scanner.members.first(where: { $0.name.equals("keys", in: bytes) }),
            list.value.kind == .array,
            (try? scanner.scan(list.value.range, of: bytes)) != nil
        else { throw CryptoError(.malformed) }
        return scanner.elements.map(\.range)
    }
}

extension JWK {
    /// Whether the key must not be published.
    fileprivate var isSecret: Bool {
        switch material {
        case .publicKey: false
        case .privateKey: true
        }
    }
}
