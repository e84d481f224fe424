internal import Glibc

/// Unbuffered writing to a file descriptor.
enum FileOutput {
    /// Writes `bytes` with one `write(2)`, and more only for what the kernel did not take. What
    /// can't be written is dropped: there is nobody left to tell.
    static func write(_ bytes: [UInt8], to file: Int32) {
        var offset = 0
        while offset < bytes.count {
            let start = offset
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(file, buffer.baseAddress.map { $0 + start }, buffer.count - start)
            }
            if written < 0 {
                guard errno == EINTR else { return }
                continue
            }
            offset += written
        }
    }
}
