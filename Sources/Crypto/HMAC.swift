internal import COpenSSL

/// HMAC (RFC 2104) for one secret, with the state after the padded key kept for both hashes.
///
/// Uses OpenSSL's SHA-2 below EVP, whose copy of a state is a plain assignment: 0.37 µs for 230 bytes
/// with SHA-256 against 0.56 µs and four allocations by EVP (docs/decisions/0007-sha2.md). Not
/// `Sendable`: one for each thread.
final class HMAC {
    private enum State {
        case sha256(inner: SHA256_CTX, outer: SHA256_CTX)
        /// SHA-384 too, which is SHA-512 with another start and a shorter end.
        case sha512(inner: SHA512_CTX, outer: SHA512_CTX)
    }

    /// Bytes of a tag.
    let length: Int

    private var state: State

    init(_ hash: Hash, secret: SecretBytes) throws(CryptoError) {
        length = hash.length
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: hash.blockLength, alignment: 16)
        defer {
            OPENSSL_cleanse(block.baseAddress, block.count)
            block.deallocate()
        }

        try Self.pad(hash, secret, into: block)
        for index in block.indices { block[index] ^= 0x36 }
        let keyed = UnsafeRawBufferPointer(block)
        switch hash {
        case .sha256:
            let inner = SHA256_CTX(after: keyed)
            for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
            state = .sha256(inner: inner, outer: SHA256_CTX(after: keyed))
        case .sha384, .sha512:
            let inner = SHA512_CTX(hash, after: keyed)
            for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
            state = .sha512(inner: inner, outer: SHA512_CTX(hash, after: keyed))
        }
    }

    deinit {
        // Who has these states can sign.
        withUnsafeMutableBytes(of: &state) { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    /// Writes the tag of `message` to `tag`, which has room for `length` bytes.
    func authenticate(_ message: UnsafeRawBufferPointer, into tag: UnsafeMutablePointer<UInt8>) {
        let digest = UnsafeRawBufferPointer(start: tag, count: length)
        switch state {
        case .sha256(var inner, var outer):
            inner.update(message)
            inner.finish(into: tag)
            outer.update(digest)
            outer.finish(into: tag)
        case .sha512(var inner, var outer):
            inner.update(message)
            inner.finish(into: tag)
            outer.update(digest)
            outer.finish(into: tag)
        }
    }

    /// The secret, or its hash when it is longer than a block, filled up with zeros.
    private static func pad(
        _ hash: Hash, _ secret: SecretBytes, into block: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        block.initializeMemory(as: UInt8.self, repeating: 0)
        let digest = try FetchedDigest(hash)
        let context = try DigestContext(digest)
        try secret.withBytes { bytes throws(CryptoError) in
            guard bytes.count > block.count else { return block.copyMemory(from: bytes) }
            guard let start = block.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
            try context.digest(bytes, into: start)
        }
    }
}
