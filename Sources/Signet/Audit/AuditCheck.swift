internal import Glibc
internal import SignetCrypto

/// Checks the chain of an audit log, line by line. A value: it reads no files.
struct AuditCheck {
    /// What is wrong, and in which line of a file.
    struct Fault: Error, Equatable {
        /// From 1 on, in the file.
        let line: Int
        let text: String
    }

    private let chain: LineChain
    /// Whether lines of others are passed over, and a first line may come at any time: the standard output of a server.
    private let isStream: Bool
    /// Where the chain is; nil before the first line.
    private(set) var position: AuditLine.Position?
    private(set) var first: Int64 = 0
    private(set) var lines = 0
    /// How often a chain began with line 1.
    private(set) var beginnings = 0

    init(key: SecretBytes, isStream: Bool) throws {
        chain = try LineChain(key: key)
        self.isStream = isStream
    }

    /// Checks the next line, which has no line feed.
    mutating func check(_ line: ArraySlice<UInt8>, number: Int) throws(Fault) {
        guard let found = AuditLine(line) else {
            if isStream, !line.starts(with: Array(#"{"n":"#.utf8)) { return }
            throw Fault(line: number, text: "is no line of an audit log")
        }
        let n = found.position.number
        let isBeginning = n == 1 && (isStream || position == nil)
        if let last = position?.number, !isBeginning, n != last + 1 {
            throw Fault(line: number, text: Self.gap(last, n))
        }
        let before = isBeginning ? nil : position?.mac
        guard let previous = before ?? AuditLine.previous(in: line) else {
            throw Fault(
                line: number,
                text:
                    "is line \(n) of the log and not the first of a file: what comes before it is missing"
            )
        }
        let signed = Array(line.prefix(found.signedCount))
        let mac = signed.withUnsafeBytes { chain.mac(of: $0, after: previous) }
        guard constantTimeEqual(mac, found.position.mac) else {
            throw Fault(
                line: number,
                text: "(line \(n) of the log) was changed, or is not of this key and place")
        }
        if isBeginning { beginnings += 1 }
        if position == nil { first = n }
        position = found.position
        lines += 1
    }

    private static func gap(_ last: Int64, _ next: Int64) -> String {
        if next <= last { return "is line \(next) of the log once more, or out of order" }
        let missing = next - last - 1
        return missing == 1
            ? "follows a missing one: line \(last + 1) of the log"
            : "follows missing ones: lines \(last + 1) to \(next - 1) of the log"
    }
}

/// `signet audit verify`: the files of a log, checked together.
enum AuditVerification {
    private static let chunkBytes = 1 << 20

    /// What was found good.
    struct Report {
        let files: Int
        let check: AuditCheck
        /// Whether nothing is missing behind the last line.
        let includesEnd: Bool
    }

    /// Checks the files of a log, in the order of their first lines.
    ///
    /// - Parameters:
    ///   - paths: empty for the whole log of the settings.
    ///   - isStream: whether they hold what a server wrote to standard output.
    static func run(
        _ settings: Settings, _ paths: [String], isStream: Bool, key: SecretBytes
    ) throws -> Report {
        var own: String? = if case .file(let path) = settings.audit.file { path } else { nil }
        var paths = paths
        if !paths.isEmpty, !isStream {
            // Files of another log than the settings': its newest has its head beside it.
            let newest = paths.first { access("\($0).head", F_OK) == 0 }
            if let newest { own = newest }
        }
        if paths.isEmpty {
            guard let own else {
                throw CommandFailure(
                    "there is no file to verify; name some, or set audit.file", status: .usage)
            }
            paths = AuditFile.rotated(own) + [own]
        }
        // Before any line is read: a server may append meanwhile, and what it wrote before must be there.
        let (head, ownSize) = try own.map { try state(of: $0, key) } ?? (nil, nil)
        let files = try paths.map { try AuditLogFile($0) }.sorted { $0.first < $1.first }
        var check = try AuditCheck(key: key, isStream: isStream)
        for file in files {
            let limit = own.map { file.isSame(as: $0) } ?? false ? ownSize : nil
            do {
                try file.forEachLine(limit: limit) { line, number in
                    try check.check(line, number: number)
                }
            } catch let fault as AuditCheck.Fault {
                throw CommandFailure("\(file.path): line \(fault.line) \(fault.text)")
            }
        }
        let includesEnd = own.map { own in files.contains { $0.isSame(as: own) } } ?? false
        if includesEnd, let own { try requireEnd(head, check.position, of: own) }
        return Report(files: files.count, check: check, includesEnd: includesEnd)
    }

    /// How a log was left, and the size of its file at that moment.
    private static func state(
        of path: String, _ key: SecretBytes
    ) throws -> (AuditHead.Value?, Int?) {
        let chain = try LineChain(key: key)
        let head: AuditHead
        do throws(FileError) {
            head = try AuditHead(of: path, chain, mustExist: true)
        } catch {
            guard error.code != ENOENT else { return (nil, nil) }
            throw CommandFailure("\(path).head can't be read: \(error)")
        }
        return try head.withLock { () throws(FileError) in
            var status = stat()
            let size = stat(path, &status) == 0 ? Int(status.st_size) : nil
            return (try head.read(), size)
        }
    }

    private static func requireEnd(
        _ head: AuditHead.Value?, _ last: AuditLine.Position?, of path: String
    ) throws(CommandFailure) {
        guard let head else {
            throw CommandFailure(
                "\(path).head is missing or not of this key: whether the end of the log is there can't be told"
            )
        }
        let (last, expected) = (last?.number ?? 0, head.position)
        guard last < expected.number else {
            return
        }
        throw CommandFailure(
            "\(path): the end is missing: lines \(last + 1) to \(expected.number) of the log")
    }
}

/// A file of an audit log, to be read once.
private struct AuditLogFile {
    private static let chunkBytes = 1 << 20

    let path: String
    /// The number of the first line; of a file without one, the last of all.
    let first: Int64

    init(_ path: String) throws {
        self.path = path
        var first: Int64?
        do {
            try Self.forEachLine(of: path, limit: nil) { line, _ in
                first = AuditLine(line)?.position.number
                throw CancelledError()
            }
        } catch is CancelledError {}
        self.first = first ?? .max
    }

    private struct CancelledError: Error {}

    func isSame(as other: String) -> Bool {
        var (one, another) = (stat(), stat())
        return stat(path, &one) == 0 && stat(other, &another) == 0
            && one.st_ino == another.st_ino && one.st_dev == another.st_dev
    }

    /// Calls `body` with each line and its place in the file.
    ///
    /// - Parameter limit: bytes to be read; nil for all.
    func forEachLine(limit: Int?, _ body: (ArraySlice<UInt8>, Int) throws -> Void) throws {
        try Self.forEachLine(of: path, limit: limit, body)
    }

    private static func forEachLine(
        of path: String, limit: Int?, _ body: (ArraySlice<UInt8>, Int) throws -> Void
    ) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw CommandFailure("\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var (rest, number, left) = ([UInt8](), 0, limit ?? .max)
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        while left > 0 {
            let count = read(file, &chunk, min(left, chunk.count))
            guard count >= 0 else {
                throw CommandFailure("\(path) can't be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { break }
            left -= count
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
}
