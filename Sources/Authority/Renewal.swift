internal import SignetCrypto
internal import SignetStorage

/// One call that trades a refresh token for a new pair. Reused.
///
/// `@unchecked Sendable`: owned by one side at a time: the handler that fills it in, the registry of
/// its loop, the one that owns the session, and the handler again when `whenDone` is called.
package final class Renewal: @unchecked Sendable {
    let verification = Verification()
    let issuance = Issuance()
    /// What this call changes of the session's claims, and the new values.
    private(set) var changes: [ClaimsEditor.Change] = []
    private(set) var values: [UInt8] = []

    /// Called on the loop of the registry that began it when `isRenewed` is decided, or with why it
    /// can't be.
    package var whenDone: (isolated SessionRegistry, AuthorityError?) -> Void = { _, _ in }
    /// Whether there is a new pair. False for every token that is not a good refresh token.
    package internal(set) var isRenewed = false
    /// Whether the token had been used before, so that its session was ended.
    package internal(set) var wasStolen = false

    /// The id of the token, which was found to be a refresh token in force.
    var token: ULID {
        guard let id = verification.tokenID else { preconditionFailure("no genuine token") }
        return id
    }
    var app: App?
    /// When the call came, in Unix milliseconds.
    var now: Int64 = 0
    /// Who waits on another loop than the session's.
    var otherLoop: UnsafeContinuation<AuthorityError?, Never>?

    /// More than this is given back after use.
    private static let keptBytesMax = 4096

    package init() {}

    /// Has a claim of the session, such as `ip`, get another value.
    ///
    /// - Parameter json: copied.
    package func change(_ claim: StaticString, to json: UnsafeRawBufferPointer) {
        let start = values.count
        values.append(contentsOf: json)
        changes.append(ClaimsEditor.Change(claim, start..<values.count))
    }

    /// Sets the refresh token.
    package func setRefreshToken(_ bytes: UnsafeRawBufferPointer) {
        verification.setToken(bytes)
    }

    /// The key that signed the new pair. Like all that follows, for who was told `isRenewed`.
    package var key: RealmKey? { issuance.key }
    /// When the new auth token expires, in Unix seconds.
    package var authExpires: Int64 { issuance.times.authExpires }

    /// The id of the new tokens as its text.
    package var idText: [UInt8] { issuance.idText }
    /// The id of the token that was shown as its text; nil when it is no genuine one.
    package var shownIDText: [UInt8]? { verification.idText }

    /// The new auth token. Valid while `body` runs.
    package func withAuthToken<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        issuance.withAuthToken(body)
    }

    /// The new refresh token. Valid while `body` runs.
    package func withRefreshToken<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        issuance.withRefreshToken(body)
    }

    /// Makes it ready for the next call.
    package func reset() {
        verification.reset()
        issuance.reset()
        changes.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: values.capacity <= Self.keptBytesMax)
        whenDone = { _, _ in }
        isRenewed = false
        wasStolen = false
        app = nil
    }

    /// What a genuine refresh token that is in force is worth.
    enum Verdict: Equatable {
        /// It is the session's current one: a new pair for it.
        case renew
        /// It was just replaced: its successor once more, for an answer that was lost.
        case again
        /// It was replaced before that: somebody else has it, too.
        case stolen
    }

    /// Decides on a token with `tag`.
    ///
    /// - Parameters:
    ///   - renewal: the last renewal of the session, which is now at `currentTag`.
    ///   - now: Unix milliseconds.
    static func verdict(
        tag: UInt64, currentTag: UInt64, _ renewal: SessionRenewal?, graceSeconds: Int64,
        at now: Int64
    ) -> Verdict {
        if tag == currentTag { return .renew }
        guard let renewal, tag == renewal.previousTag,
            now - renewal.at < graceSeconds * 1000
        else { return .stolen }
        return .again
    }
}

/// What a renewal keeps so that its pair can be made once more, byte for byte: the issuer, which may
/// be renamed meanwhile, and the signatures of algorithms that never make the same one twice.
struct Successor {
    let issuerClaim: [UInt8]
    /// Both raw signatures; empty when signing again makes the same ones.
    let signatures: [UInt8]

    /// Nil when the store's bytes are none of ours.
    init?(bytes: [UInt8]) {
        guard bytes.count >= 2 else { return nil }
        let length = Int(bytes[0]) << 8 | Int(bytes[1])
        guard bytes.count >= 2 + length else { return nil }
        issuerClaim = Array(bytes[2..<2 + length])
        signatures = Array(bytes[(2 + length)...])
    }

    /// Writes them to `bytes`, in place of what was there: a length of two bytes, the issuer, the
    /// signatures.
    static func write(issuerClaim: [UInt8], signatures: [UInt8], to bytes: inout [UInt8]) {
        let count = issuerClaim.count
        precondition(count <= 0xFFFF, "names are short")
        bytes.removeAll(keepingCapacity: true)
        bytes.append(UInt8(count >> 8))
        bytes.append(UInt8(count & 0xFF))
        bytes.append(contentsOf: issuerClaim)
        bytes.append(contentsOf: signatures)
    }
}
