internal import Glibc

/// Unbuffered writing to a file descriptor.
enum FileOutput {
    /// Writes `bytes` with one `write(2)`, and more only for what the kernel did not take: whether all
    /// could be written. The rest is dropped.
    @discardableResult
    static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        count(of: bytes, to: file) == bytes.count
    }

    /// Writes as `write` does.
    ///
    /// - Returns: how many bytes the kernel took; with fewer than all, `errno` says why.
    static func count(of bytes: [UInt8], to file: Int32) -> Int {
        var offset = 0
        while offset < bytes.count {
            let start = offset
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(file, buffer.baseAddress.map { $0 + start }, buffer.count - start)
            }
            if written < 0 {
                guard errno == EINTR else { break }
                continue
            }
            offset += written
        }
        return offset
    }
}
