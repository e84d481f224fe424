internal import COpenSSL

/// Bytes of a key or a password that are wiped when the last owner lets go of them, and never printed.
///
/// `@unchecked Sendable`: the bytes are written in `init` only, before anyone else has a reference.
package final class SecretBytes: @unchecked Sendable {
    private let bytes: UnsafeMutableRawBufferPointer

    /// As many bytes as `body` returns having written into a buffer of `capacity` bytes.
    package init(capacity: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
        bytes = .allocate(byteCount: capacity, alignment: 16)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        count = body(bytes)
    }

    /// A copy of `source`, which stays the caller's to wipe.
    package convenience init(_ source: [UInt8]) {
        self.init(capacity: source.count) { target in
            source.withUnsafeBytes { target.copyMemory(from: $0) }
            return source.count
        }
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    /// How many bytes there are.
    package let count: Int

    /// The bytes, valid during the call of `body`.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes).prefix(count)))
    }
}

/// Overwrites bytes of a secret that was read or decoded into an array of the caller's alone.
package func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}
