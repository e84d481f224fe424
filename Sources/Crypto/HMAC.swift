internal import COpenSSL

/// HMAC (RFC 2104) for one secret, with the state after the padded key kept for both hashes.
///
/// Copying that state costs a third less than hashing the padded key again, and a fifth less than
/// re-arming an `EVP_MAC_CTX` (490, 660 and 600 ns for 230 bytes with SHA-256, measured together).
/// Not `Sendable`: one for each thread.
final class HMAC {
    /// Bytes of a tag.
    let length: Int

    private let inner: DigestContext
    private let outer: DigestContext
    private let work: DigestContext

    init(_ hash: Hash, secret: SecretBytes) throws(CryptoError) {
        length = hash.length
        let digest = try FetchedDigest(hash)
        inner = try DigestContext(digest)
        outer = try DigestContext(digest)
        work = try DigestContext(digest)

        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: hash.blockLength, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0)
        defer {
            OPENSSL_cleanse(block.baseAddress, block.count)
            block.deallocate()
        }
        try secret.withBytes { bytes throws(CryptoError) in
            guard bytes.count > block.count else { return block.copyMemory(from: bytes) }
            guard let start = block.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
            try work.digest(bytes, into: start)
        }
        for index in block.indices { block[index] ^= 0x36 }
        try check(EVP_DigestUpdate(inner.raw, block.baseAddress, block.count), .internalFailure)
        for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
        try check(EVP_DigestUpdate(outer.raw, block.baseAddress, block.count), .internalFailure)
    }

    /// Writes the tag of `message` to `tag`, which has room for `length` bytes.
    func authenticate(
        _ message: UnsafeRawBufferPointer, into tag: UnsafeMutablePointer<UInt8>
    ) throws(CryptoError) {
        // The && stops at the first failure, so that its error is the one in the queue.
        let isDone =
            EVP_MD_CTX_copy_ex(work.raw, inner.raw) == 1
            && EVP_DigestUpdate(work.raw, message.baseAddress, message.count) == 1
            && EVP_DigestFinal_ex(work.raw, tag, nil) == 1
            && EVP_MD_CTX_copy_ex(work.raw, outer.raw) == 1
            && EVP_DigestUpdate(work.raw, tag, length) == 1
            && EVP_DigestFinal_ex(work.raw, tag, nil) == 1
        guard isDone else { throw .last(.signingFailed) }
    }
}
