internal import COpenSSL

/// SHA-256 with a context that is kept. Not `Sendable`: one for each thread.
package final class SHA256Digest {
    /// Bytes of a digest.
    package static let length = 32

    private let context: DigestContext

    /// Sets the context up. Throws `internalFailure` for lack of memory only.
    package init() throws(CryptoError) {
        context = try DigestContext(try FetchedDigest(.sha256))
    }

    /// Writes the digest of `bytes` to `digest`, which has room for 32 bytes. Traps if OpenSSL
    /// cannot hash, which for bytes in memory it always can.
    package func digest(
        _ bytes: UnsafeRawBufferPointer, into digest: UnsafeMutablePointer<UInt8>
    ) {
        do throws(CryptoError) {
            try context.digest(bytes, into: digest)
        } catch {
            preconditionFailure("SHA-256: \(error)")
        }
    }

    /// The digest of `bytes`.
    package func digest(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { bytes in
            [UInt8](unsafeUninitializedCapacity: Self.length) { output, count in
                guard let start = output.baseAddress else { return }
                digest(bytes, into: start)
                count = Self.length
            }
        }
    }

    /// The digest of `bytes`, on any thread. It sets everything up for one digest, which costs a
    /// microsecond: for paths that are not hot.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        do throws(CryptoError) {
            return try SHA256Digest().digest(bytes)
        } catch {
            preconditionFailure("SHA-256: \(error)")
        }
    }
}
