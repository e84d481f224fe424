internal import COpenSSL

/// An owned buffer that is reused from call to call and wiped at its end. Unlike a bare pointer in a
/// class it is also freed when the class's `init` throws.
struct Scratch: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer
    /// The first byte of `bytes`.
    let start: UnsafeMutablePointer<UInt8>

    init(byteCount: Int) {
        start = .allocate(capacity: byteCount)
        start.initialize(repeating: 0, count: byteCount)
        bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        start.deallocate()
    }
}
