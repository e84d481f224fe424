internal import SignetCrypto

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
    package var whenDone: (AuthorityError?) -> Void = { _ in }
    /// The key that signs; set by the registry.
    package internal(set) var key: RealmKey?

    /// More than this is given back after use.
    private static let keptBytesMax = 32 * 1024

    let tokens = TokenBuffer()
    /// The hash of the subject; 0 when there is none.
    private(set) var subject: UInt64 = 0
    var session: Int64 = 0
    var tag: UInt64 = 0
    var times = TokenTimes()
    var app: Int64 = 0
    var hasFailed = false

    package init() {}

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
        whenDone = { _ in }
        claims.removeAll(keepingCapacity: claims.capacity <= Self.keptBytesMax)
        tokens.trim()
        subject = 0
        key = nil
        hasFailed = false
    }

    /// Writes both tokens but for their signatures (apps.md, "Tokens").
    func writeTokens(for app: App, key: RealmKey) {
        self.key = key
        self.app = app.number
        let id = ULID(high: UInt64(bitPattern: session), low: tag)
        tokens.reset(
            tokenCount: 2, headerBytes: key.headerSegment.count,
            claimsBytes: app.issuerClaim.count + claims.count)

        tokens.begin(headerSegment: key.headerSegment)
        tokens.append("jid", id)
        tokens.append("iat", times.issued)
        tokens.append("nbf", times.authNotBefore)
        tokens.append("exp", times.authExpires)
        tokens.append(members: app.issuerClaim)
        tokens.append(members: claims)
        tokens.end(signatureLength: key.signatureLength)

        tokens.begin(headerSegment: key.headerSegment)
        tokens.append("jid", id)
        tokens.append("iat", times.issued)
        tokens.append("nbf", times.refreshNotBefore)
        tokens.append("exp", times.refreshExpires)
        tokens.append(members: app.issuerClaim)
        tokens.append(members: Self.refreshType)
        tokens.end(signatureLength: key.signatureLength)
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
