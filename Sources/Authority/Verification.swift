package import SignetCrypto

/// One call that checks a token. Reused; allocates nothing then.
///
/// `@unchecked Sendable`: owned by one side at a time: the handler that fills it in, the session
/// registry, for expensive keys a worker, and the handler again when `whenDone` is called.
package final class Verification: @unchecked Sendable {
    /// More than this is given back after use.
    private static let keptBytesMax = 32 * 1024

    /// Called on the registry's loop when `isGood` is decided, or with why it can't be.
    package var whenDone: (isolated SessionRegistry, AuthorityError?) -> Void = { _, _ in }
    /// What a genuine token is.
    package enum Kind: Sendable {
        /// The auth token of a pair, or one that was signed elsewhere with a key of the app.
        case auth
        /// The refresh token of a pair.
        case refresh
        /// An OAuth access token (RFC 9068).
        case access
    }

    /// Whether the token is genuine, in force, and was not ended. Like all that follows, to be asked
    /// in `whenDone`.
    package internal(set) var isGood = false
    /// Whether it is genuine and in force, though perhaps ended.
    var isInForce = false
    /// What the token is; nil when it is not genuine.
    package internal(set) var kind: Kind?
    /// The app whose key signed it; nil when it is not genuine.
    package internal(set) var app: App?
    /// The id of the session and the pair; nil when it is not genuine, or has none.
    package internal(set) var tokenID: ULID?
    /// Its text.
    package var idText: [UInt8]? { tokenID.map { Array($0.text.utf8) } }
    /// The Unix second from which on it is refused.
    package internal(set) var expires: Int64 = 0

    private var token: [UInt8] = []
    private var reader = JWSReader()
    private var claims = ClaimsReader()
    private var parts: JWS?
    /// Whether the signature is the key's.
    var isGenuine = false
    /// The SHA-256 of the token; computed for expensive keys only.
    private(set) var digest = VerifiedTokens.Digest()
    /// Whether it is made however much waits for the workers.
    var comesFirst = false
    /// The moment that counts, in Unix seconds.
    var now: Int64 = 0

    package init() {}

    /// Whether a text looks like a token at all: three segments, of which only the signature may be
    /// empty.
    package static func couldBeToken(_ text: UnsafeRawBufferPointer) -> Bool {
        JWSReader.hasShape(text)
    }

    /// Sets the token to check.
    package func setToken(_ bytes: UnsafeRawBufferPointer) {
        token.append(contentsOf: bytes)
    }

    /// Makes it ready for the next call.
    package func reset() {
        whenDone = { _, _ in }
        let isLarge = token.capacity > Self.keptBytesMax
        token.removeAll(keepingCapacity: !isLarge)
        // The readers keep room for as much as their last token took.
        if isLarge {
            reader = JWSReader()
            claims = ClaimsReader()
        }
        parts = nil
        isGenuine = false
        isGood = false
        isInForce = false
        kind = nil
        app = nil
        tokenID = nil
        expires = 0
    }

    /// Takes the token apart; nil when it is not a JWS that we could have made.
    func readParts() -> JWS? {
        parts = token.withUnsafeBytes { bytes in try? reader.read(bytes) }
        return parts
    }

    /// Computes `digest`.
    func computeDigest() {
        digest = token.withUnsafeBytes { VerifiedTokens.Digest($0) }
    }

    /// Whether `verifier` finds the signature to be its key's. After `readParts`.
    ///
    /// - Parameter multiples: of the key, if there are any.
    func isSigned(for verifier: Verifier, _ multiples: KeyMultiples?) -> Bool {
        guard let parts else { return false }
        return token.withUnsafeBytes { bytes in
            let input = UnsafeRawBufferPointer(rebasing: bytes[..<parts.payload.upperBound])
            return verifier.verify(input, signature: reader.signature, multiples)
        }
    }

    /// The token's claims, a JSON object and its members. Valid while `body` runs; nil when the token
    /// is not genuine.
    package func withClaims<Result>(
        _ body: (UnsafeRawBufferPointer, [Claim]) -> Result
    ) -> Result? {
        kind == nil ? nil : body(reader.payload, claims.members)
    }

    /// Reads what a genuine token says; false when its claims can't be read.
    func readClaims(of key: RealmKey) -> RegisteredClaims? {
        guard let found = claims.read(reader.payload) else { return nil }
        if reader.isAccessToken {
            kind = .access
        } else {
            kind = Issuance.isRefresh(reader.payload) ? .refresh : .auth
        }
        tokenID = found.tokenID
        expires = found.expires ?? 0
        return found
    }
}
