internal import SignetCrypto

/// One call that checks a token. Reused; allocates nothing then.
///
/// `@unchecked Sendable`: owned by one side at a time: the handler that fills it in, the session
/// registry, for expensive keys a worker, and the handler again when `whenDone` is called.
package final class Verification: @unchecked Sendable {
    /// More than this is given back after use.
    private static let keptBytesMax = 32 * 1024

    /// Called on the registry's loop when `isGood` is decided, or with why it can't be.
    package var whenDone: (AuthorityError?) -> Void = { _ in }
    /// Whether the token is genuine and in force.
    package internal(set) var isGood = false

    private var token: [UInt8] = []
    private var reader = JWSReader()
    private var parts: JWS?
    /// Whether the signature is the key's.
    var isGenuine = false
    /// The moment that counts, in Unix seconds.
    var now: Int64 = 0

    package init() {}

    /// Sets the token to check.
    package func setToken(_ bytes: UnsafeRawBufferPointer) {
        token.append(contentsOf: bytes)
    }

    /// Makes it ready for the next call.
    package func reset() {
        whenDone = { _ in }
        let isLarge = token.capacity > Self.keptBytesMax
        token.removeAll(keepingCapacity: !isLarge)
        // The reader keeps room for as much as its last token took.
        if isLarge { reader = JWSReader() }
        parts = nil
        isGenuine = false
        isGood = false
    }

    /// Takes the token apart; nil when it is not a JWS that we could have made.
    func readParts() -> JWS? {
        parts = token.withUnsafeBytes { bytes in try? reader.read(bytes) }
        return parts
    }

    /// Whether `verifier` finds the signature to be its key's. After `readParts`.
    func isSigned(for verifier: Verifier) -> Bool {
        guard let parts else { return false }
        return token.withUnsafeBytes { bytes in
            let input = UnsafeRawBufferPointer(rebasing: bytes[..<parts.payload.upperBound])
            return verifier.verify(input, signature: reader.signature)
        }
    }

    /// The claims that decide; nil when they can't be read. After the signature was found genuine.
    func readClaims(_ claims: ClaimsReader) -> RegisteredClaims? {
        claims.read(reader.payload)
    }
}
