internal import Glibc

/// Why a file could not be read.
struct FileError: Error, Equatable, CustomStringConvertible {
    /// The `errno` of the call that failed; `EFBIG` for a file beyond the limit.
    let code: Int32

    var description: String { String(cString: strerror(code)) }
}

/// Reads small files whole.
enum FileBytes {
    /// The bytes of the file at `path`. Throws for a file that can't be read, and `EFBIG` for one
    /// of more than `bytesMax` bytes.
    static func read(path: String, bytesMax: Int) throws(FileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError(code: errno) }
        defer { close(file) }

        // Room for one byte more than is allowed tells a file that is too large.
        var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
        var count = 0
        while count < bytes.count {
            let offset = count
            let received = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
            }
            if received < 0 {
                guard errno == EINTR else { throw FileError(code: errno) }
                continue
            }
            if received == 0 { break }
            count += received
        }
        guard count <= bytesMax else { throw FileError(code: EFBIG) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
