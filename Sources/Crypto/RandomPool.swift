internal import COpenSSL

/// Random bytes of OpenSSL's generator, drawn 4 KiB at a time because a call costs about a
/// microsecond whatever it returns. Not `Sendable`: one for each thread.
package final class RandomPool {
    /// Bytes drawn at once.
    private static let blockBytes = 4096

    private let block = UnsafeMutableRawBufferPointer.allocate(
        byteCount: RandomPool.blockBytes, alignment: 16)
    private var used = RandomPool.blockBytes

    /// An empty pool; it draws when it is first asked.
    package init() {}

    deinit {
        OPENSSL_cleanse(block.baseAddress, block.count)
        block.deallocate()
    }

    /// 64 random bits.
    package func nextUInt64() -> UInt64 {
        var value: UInt64 = 0
        withUnsafeMutableBytes(of: &value) { fill($0) }
        return value
    }

    /// Fills `target` with random bytes. What was handed out is wiped from the pool.
    package func fill(_ target: UnsafeMutableRawBufferPointer) {
        guard target.count <= Self.blockBytes / 4 else { return Self.draw(target) }
        if used + target.count > Self.blockBytes {
            Self.draw(block)
            used = 0
        }
        let slice = UnsafeMutableRawBufferPointer(rebasing: block[used..<used + target.count])
        target.copyMemory(from: UnsafeRawBufferPointer(slice))
        slice.initializeMemory(as: UInt8.self, repeating: 0)
        used += target.count
    }

    /// `count` random bytes.
    package func bytes(_ count: Int) -> [UInt8] {
        // As in `Base64URL.encode`.
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            fill(UnsafeMutableRawBufferPointer(output))
            initialized = count
        }
    }

    /// `length` random characters of `A-Za-z0-9+/`, each worth 6 bits: an app key, a root key, an
    /// API token.
    package func keyText(length: Int = 128) -> [UInt8] {
        var text = bytes(length)
        // The alphabet has 64 characters, so the low six bits choose without bias.
        for index in text.indices {
            text[index] = Base64Alphabet.standard.character(of: text[index] & 0x3F)
        }
        return text
    }

    /// Draws from the generator that OpenSSL keeps for secrets. Traps when it has no entropy:
    /// going on would hand out keys that can be guessed.
    static func draw(_ target: UnsafeMutableRawBufferPointer) {
        let start = target.assumingMemoryBound(to: UInt8.self).baseAddress
        guard target.count > 0 else { return }
        guard RAND_priv_bytes(start, Int32(target.count)) == 1 else {
            preconditionFailure("no random bytes: \(CryptoError.last(.internalFailure))")
        }
    }
}

/// `length` random characters of `A-Za-z0-9+/`, on any thread, for paths that are not hot.
package func randomKeyText(length: Int = 128) -> [UInt8] {
    RandomPool().keyText(length: length)
}
