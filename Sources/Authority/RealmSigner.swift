internal import SignetCrypto

/// Signs single tokens of a realm, on one thread, with buffers that are kept. For keys that are cheap
/// enough for any loop. Not `Sendable`: one for each thread.
final class RealmSigner {
    private let signers = KeyCache()
    private let buffer = TokenBuffer()

    /// The text of a token.
    ///
    /// - Parameters:
    ///   - headerSegment: the encoded header and the dot.
    ///   - members: the claims, `"name":value` with commas between.
    func token(
        headerSegment: [UInt8], members: [UInt8], _ key: RealmKey
    ) throws(AuthorityError) -> [UInt8] {
        buffer.reset(
            tokenCount: 1, headerBytes: headerSegment.count, claimsBytes: members.count)
        defer { buffer.trim() }
        buffer.begin(headerSegment: headerSegment)
        buffer.append(members: members)
        buffer.end(signatureLength: key.signatureLength)
        signers.sign(buffer, key)
        guard buffer.areComplete else { throw .cryptography }
        return buffer.withText(0) { [UInt8]($0) }
    }
}
