internal import COpenSSL

/// SHA-256 of bytes in memory.
package enum SHA256Digest {
    /// Bytes of a digest.
    package static let length = 32

    /// Writes the digest of `bytes` to `digest`, which has room for 32 bytes.
    package static func digest(
        _ bytes: UnsafeRawBufferPointer, into digest: UnsafeMutablePointer<UInt8>
    ) {
        var state = SHA256_CTX(after: bytes)
        state.finish(into: digest)
    }

    /// The digest of `bytes`.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { bytes in
            [UInt8](unsafeUninitializedCapacity: length) { output, count in
                guard let start = output.baseAddress else { return }
                digest(bytes, into: start)
                count = length
            }
        }
    }
}
