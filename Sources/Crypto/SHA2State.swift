internal import COpenSSL

// The calls below return 1 always: they hash bytes in memory into memory.

extension SHA256_CTX {
    /// The state after `bytes`.
    init(after bytes: UnsafeRawBufferPointer) {
        self.init()
        SHA256_Init(&self)
        update(bytes)
    }

    /// Takes in further bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&self, bytes.baseAddress, bytes.count)
    }

    /// Writes the digest of all bytes, after which the state is used up.
    mutating func finish(into digest: UnsafeMutablePointer<UInt8>) {
        SHA256_Final(digest, &self)
    }
}

extension SHA512_CTX {
    /// The state of SHA-384 or SHA-512 after `bytes`.
    init(_ hash: Hash, after bytes: UnsafeRawBufferPointer) {
        self.init()
        if hash == .sha384 { SHA384_Init(&self) } else { SHA512_Init(&self) }
        update(bytes)
    }

    /// Takes in further bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA512_Update(&self, bytes.baseAddress, bytes.count)
    }

    /// Writes the digest of all bytes, 48 or 64 of them, after which the state is used up.
    mutating func finish(into digest: UnsafeMutablePointer<UInt8>) {
        SHA512_Final(digest, &self)
    }
}

extension Hash {
    /// Writes the digest of `message` to `digest`, which has room for `length` bytes.
    func digest(_ message: UnsafeRawBufferPointer, into digest: UnsafeMutablePointer<UInt8>) {
        switch self {
        case .sha256:
            var state = SHA256_CTX(after: message)
            state.finish(into: digest)
        case .sha384, .sha512:
            var state = SHA512_CTX(self, after: message)
            state.finish(into: digest)
        }
    }
}
