internal import Glibc
internal import SignetCrypto
internal import SignetStorage

/// One call that makes a token pair, from its claims to its commit. Reused; allocates nothing then.
///
/// `@unchecked Sendable`: owned by one side at a time, in this order: the handler that fills it in,
/// the session registry, for expensive keys a worker, the registry again, and the handler when
/// `whenDone` is called.
package final class Issuance: @unchecked Sendable {
    /// The caller's claims as they stand in the token: `"name":value`, with commas between. What
    /// the server sets itself must not be among them.
    package var claims: [UInt8] = []
    /// Called on the registry's loop when the pair is durable, or with why it is not.
    package var whenDone: (isolated SessionRegistry, AuthorityError?) -> Void = { _, _ in }
    /// The key that signs; set by the registry.
    package internal(set) var key: RealmKey?

    /// More than this is given back after use.
    private static let keptBytesMax = 32 * 1024

    let tokens = TokenBuffer()
    /// The hash of the subject; 0 when there is none.
    var subject: UInt64 = 0
    var session: Int64 = 0
    var tag: UInt64 = 0
    var times = TokenTimes()
    var app: Int64 = 0
    var issuerClaim: [UInt8] = []
    /// For a pair that replaces the session's last one: what that leaves behind, but for the successor.
    var replaced: SessionRenewal?
    /// What makes this pair once more, for a pair that replaces another. Kept for its memory.
    var successor: [UInt8] = []
    /// Whether that was the session's first pair.
    var isFirstRenewal = false
    /// Whether the session was gone, or its last pair had been replaced by another.
    var wasLost = false

    package init() {}

    /// The id of both tokens as its text, after `whenDone`.
    package var idText: [UInt8] {
        Array(ULID(high: UInt64(bitPattern: session), low: tag).text.utf8)
    }

    /// The signed auth token. Valid while `body` runs, after `whenDone`.
    package func withAuthToken<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        tokens.withText(0, body)
    }

    /// The signed refresh token. Valid while `body` runs, after `whenDone`.
    package func withRefreshToken<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        tokens.withText(1, body)
    }

    /// Notes whose session it will be, so that the subject's sessions can be found.
    ///
    /// - Parameter text: the subject as UTF-8, without escapes.
    package func setSubject(_ text: UnsafeRawBufferPointer) {
        subject = SubjectHash.hash(text)
    }

    /// Makes it ready for the next call.
    package func reset() {
        whenDone = { _, _ in }
        claims.removeAll(keepingCapacity: claims.capacity <= Self.keptBytesMax)
        tokens.trim()
        subject = 0
        key = nil
        replaced = nil
        isFirstRenewal = false
        wasLost = false
    }

    /// Writes both tokens of `app` but for their signatures (apps.md, "Tokens").
    ///
    /// A refresh token begins with its type, and an auth token with its id, so that no claim of a
    /// caller makes the one look like the other.
    func writeTokens(for app: App, key: RealmKey) {
        writeTokens(app: app.number, issuerClaim: app.issuerClaim, key: key)
    }

    /// As `writeTokens(for:key:)`, with the issuer that the app had at the time.
    func writeTokens(app: Int64, issuerClaim: [UInt8], key: RealmKey) {
        self.key = key
        self.app = app
        self.issuerClaim = issuerClaim
        let id = ULID(high: UInt64(bitPattern: session), low: tag)
        tokens.reset(
            tokenCount: 2, headerBytes: key.headerSegment.count,
            claimsBytes: issuerClaim.count + claims.count)

        tokens.begin(headerSegment: key.headerSegment)
        tokens.append(#""jid":"#, id)
        tokens.append(#""iat":"#, times.issued)
        tokens.append(#""nbf":"#, times.authNotBefore)
        tokens.append(#""exp":"#, times.authExpires)
        tokens.append(members: issuerClaim)
        tokens.append(members: claims)
        tokens.end(signatureLength: key.signatureLength)

        tokens.begin(headerSegment: key.headerSegment)
        tokens.append(members: Self.refreshType)
        tokens.append(#""jid":"#, id)
        tokens.append(#""iat":"#, times.issued)
        tokens.append(#""nbf":"#, times.refreshNotBefore)
        tokens.append(#""exp":"#, times.refreshExpires)
        tokens.append(members: issuerClaim)
        tokens.end(signatureLength: key.signatureLength)
    }

    /// Whether a payload is that of a refresh token.
    static func isRefresh(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard let start = payload.baseAddress, payload.count > refreshType.count else {
            return false
        }
        return refreshType.withUnsafeBytes { type in
            type.baseAddress.map { memcmp(start + 1, $0, type.count) == 0 } ?? false
        }
    }

    private static let refreshType = Array(#""type":"refresh""#.utf8)
}

/// The times of a token pair, in Unix seconds.
struct TokenTimes {
    var issued: Int64 = 0
    var authNotBefore: Int64 = 0
    var authExpires: Int64 = 0
    var refreshNotBefore: Int64 = 0
    var refreshExpires: Int64 = 0

    init() {}

    /// The times of a pair that `app` issues at `now`, in Unix seconds.
    init(for app: App, at now: Int64) {
        issued = now
        authNotBefore = now + app.terms.tokenNotBefore
        authExpires = now + app.terms.tokenExpire
        refreshNotBefore = now + app.terms.refreshNotBefore
        refreshExpires = now + app.terms.refreshExpire
    }
}
