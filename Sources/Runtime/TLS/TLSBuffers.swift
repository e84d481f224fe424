/// What the TLS connections of one loop share: room for what is read, and for what is to be written. Both are
/// empty between two calls of any of them.
///
/// `@unchecked Sendable`: touched only on its loop's thread.
final class TLSBuffers: @unchecked Sendable {
    /// As much as a socket reads at a time.
    private static let plainBytes = 64 * 1024
    /// More than this is given back after a write, so that one large answer does not stay in memory.
    private static let keptBytesMax = 256 * 1024

    /// What was decrypted.
    let plain: UnsafeMutableRawBufferPointer
    /// What was encrypted.
    var output: [UInt8] = []

    init() {
        plain = .allocate(byteCount: Self.plainBytes, alignment: 64)
    }

    deinit { plain.deallocate() }

    func emptyOutput() {
        output.removeAll(keepingCapacity: output.capacity <= Self.keptBytesMax)
    }
}
