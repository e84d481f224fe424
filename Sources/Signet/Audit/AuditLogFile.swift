internal import Glibc

/// A file of an audit log, open, to be read to where it ended then.
final class AuditLogFile {
    private static let chunkBytes = 1 << 20

    let path: String
    /// Whether it is the one that is written.
    let isNewest: Bool
    private let file: Int32
    /// Bytes to be read; nil for all: what nobody's lock holds still.
    private let size: Int?

    /// - Parameter newest: the path of the file that is written, whose writers wait now.
    init(_ path: String, newest: String?) throws(CommandFailure) {
        self.path = path
        file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure(path) }
        var (ours, written) = (stat(), stat())
        fstat(file, &ours)
        isNewest =
            newest.map { stat($0, &written) == 0 } ?? false && ours.st_ino == written.st_ino
            && ours.st_dev == written.st_dev
        size = isNewest ? Int(ours.st_size) : nil
    }

    deinit { close(file) }

    /// The number of the first line; of a file without one, the last of all.
    func firstNumber() throws -> Int64 {
        var first: Int64?
        do {
            try forEachLine { line, _ in
                first = AuditLine(line)?.position.number
                throw CancelledError()
            }
        } catch is CancelledError {
        } catch is AuditCheck.Fault {}
        return first ?? .max
    }

    private struct CancelledError: Error {}

    /// Calls `body` with each line and its place in the file.
    func forEachLine(_ body: (ArraySlice<UInt8>, Int) throws -> Void) throws {
        var (rest, number, offset) = ([UInt8](), 0, 0)
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        while offset < size ?? .max {
            let count = pread(file, &chunk, min((size ?? .max) - offset, chunk.count), offset)
            guard count >= 0 else { throw Self.failure(path) }
            guard count > 0 else { break }
            offset += count
            rest += chunk[..<count]
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 0x0A) {
                number += 1
                try body(rest[start..<end], number)
                start = end + 1
            }
            rest.removeSubrange(..<start)
        }
        guard rest.isEmpty else {
            throw AuditCheck.Fault(line: number + 1, text: "is cut: it has no end")
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure("\(path) can't be read: \(String(cString: strerror(errno)))")
    }
}
