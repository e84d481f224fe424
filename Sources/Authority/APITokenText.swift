internal import SignetCrypto

/// The text of an API token: the base64url of an id and of what a key of the realm says to it
/// (docs/decisions/0018-api-tokens.md).
enum APITokenText {
    /// Characters of a token.
    static let length = 64
    private static let idBytes = 16
    /// In front of what the key authenticates, which is nothing but ids.
    private static let label = Array("signet api token ".utf8)
    /// Of whose tags the tokens have 32 bytes.
    static let algorithm = Algorithm.hs256

    /// The token of an id.
    static func make(_ id: UUID4, _ key: RealmKey) throws(AuthorityError) -> [UInt8] {
        do throws(CryptoError) {
            let tag = try Signer(key.privateKey).signature(of: label + id.bytes)
            return Base64URL.encode(id.bytes + tag)
        } catch {
            throw .cryptography
        }
    }

    /// The id in a text; nil when it can't be a token. The rest is for `make` to tell.
    static func id(_ text: [UInt8]) -> UUID4? {
        guard text.count == length, let bytes = Base64URL.decode(text) else { return nil }
        func half(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return UUID4(high: half(0..<8), low: half(8..<idBytes))
    }
}

extension UUID4 {
    /// The 16 bytes (RFC 9562 section 4).
    fileprivate var bytes: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
    }
}
