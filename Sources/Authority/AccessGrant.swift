internal import SignetCrypto

/// One call that makes an access token (RFC 9068). Reused; allocates nothing then.
///
/// The token is not stored. Its id is a session id of its shard, so that what ends the app's sessions
/// ends it, too.
///
/// `@unchecked Sendable`: owned by one side at a time, in this order: the handler that fills it in,
/// the session registry, for expensive keys a worker, and the handler when `whenDone` is called.
package final class AccessGrant: @unchecked Sendable {
    /// The claims that the registry does not set: `"name":value`, with commas between.
    package var claims: [UInt8] = []
    /// Called on the registry's loop when the token is signed, or with why it is not.
    package var whenDone: (isolated SessionRegistry, AuthorityError?) -> Void = { _, _ in }
    /// When it was issued, and from when on it is refused, in Unix seconds.
    package private(set) var issued: Int64 = 0
    package private(set) var expires: Int64 = 0
    private var id = ULID(high: 0, low: 0)
    /// The token's id as its text, after `whenDone`.
    package var idText: [UInt8] { Array(id.text.utf8) }

    /// More than this is given back after use.
    private static let keptBytesMax = 32 * 1024

    let tokens = TokenBuffer()

    package init() {}

    /// The signed token. Valid while `body` runs, after `whenDone`.
    package func withToken<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        tokens.withText(0, body)
    }

    /// Makes it ready for the next call.
    package func reset() {
        whenDone = { _, _ in }
        claims.removeAll(keepingCapacity: claims.capacity <= Self.keptBytesMax)
        tokens.trim()
    }

    /// Writes the token but for its signature (RFC 9068 section 2).
    ///
    /// - Parameter now: Unix seconds.
    func writeToken(id: ULID, for app: App, key: RealmKey, at now: Int64) {
        self.id = id
        issued = now
        expires = now + app.terms.tokenExpire
        tokens.reset(
            tokenCount: 1, headerBytes: key.accessHeaderSegment.count, claimsBytes: claims.count)
        tokens.begin(headerSegment: key.accessHeaderSegment)
        tokens.append(#""jti":"#, id)
        tokens.append(#""iat":"#, issued)
        tokens.append(#""exp":"#, expires)
        tokens.append(members: claims)
        tokens.end(signatureLength: key.signatureLength)
    }
}
