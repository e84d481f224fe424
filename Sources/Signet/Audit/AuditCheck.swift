internal import Glibc
internal import SignetCrypto
internal import SignetRuntime

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
    /// Lines of a stream that were cut, and followed by what they should have been.
    private(set) var torn = 0
    /// A line of a stream that begins as one of ours and is none: cut, or changed. The chain says which.
    private var broken: Fault?

    init(key: SecretBytes, isStream: Bool) throws {
        chain = try LineChain(key: key)
        self.isStream = isStream
    }

    /// Checks the next line, which has no line feed.
    mutating func check(_ line: ArraySlice<UInt8>, number: Int) throws(Fault) {
        guard let found = AuditLine(line) else {
            let fault = Fault(line: number, text: "is no line of an audit log")
            guard isStream else { throw fault }
            // What was lost with it is missing in what follows.
            if line.starts(with: AuditLine.head) {
                broken = fault
                torn += 1
            }
            return
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
        broken = nil
        if isBeginning { beginnings += 1 }
        if position == nil { first = n }
        position = found.position
        lines += 1
    }

    /// To be called after the last line: one that nothing follows may have been cut or changed.
    func end() throws(Fault) {
        if let broken { throw broken }
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
        if !paths.isEmpty, !isStream {
            // Files of another log than the settings': its newest has its head beside it.
            let newest = paths.first { access("\($0).head", F_OK) == 0 }
            if let newest { own = newest }
        }
        if paths.isEmpty {
            guard own != nil else {
                throw CommandFailure(
                    "there is no file to verify; name some, or set audit.file", status: .usage)
            }
        }
        let log = try open(paths, own, key)
        var files: [(file: AuditLogFile, first: Int64)] = []
        for file in log.files { files.append((file, try file.firstNumber())) }
        files.sort { $0.first < $1.first }
        var check = try AuditCheck(key: key, isStream: isStream)
        for (file, _) in files {
            do {
                try file.forEachLine { line, number in try check.check(line, number: number) }
                if file === files.last?.file { try check.end() }
            } catch let fault as AuditCheck.Fault {
                throw CommandFailure("\(file.path): line \(fault.line) \(fault.text)")
            }
        }
        let includesEnd = log.files.contains { $0.isNewest }
        if includesEnd, let own { try requireEnd(log.head, check.position, of: own) }
        return Report(files: files.count, check: check, includesEnd: includesEnd)
    }

    /// Opens the files of a log, all as they are at one moment: a server may append, begin another file and remove the
    /// oldest as soon as this returns.
    ///
    /// - Parameters:
    ///   - paths: empty for all of `own`.
    ///   - own: the newest file of the log, if one with a head is known.
    private static func open(
        _ paths: [String], _ own: String?, _ key: SecretBytes
    ) throws -> (files: [AuditLogFile], head: AuditHead.Value?) {
        // Each file is open until it was read.
        _ = DescriptorLimit.raise()
        guard let own else { return (try paths.map { try AuditLogFile($0, newest: nil) }, nil) }
        let opened = {
            try (paths.isEmpty ? AuditFile.rotated(own) + [own] : paths).map {
                try AuditLogFile($0, newest: own)
            }
        }
        let chain = try LineChain(key: key)
        let head: AuditHead
        do throws(FileError) {
            head = try AuditHead(of: own, chain, mustExist: true)
        } catch {
            guard error.code != ENOENT else { return (try opened(), nil) }
            throw CommandFailure("\(own).head can't be read: \(error)")
        }
        let (files, value) = try head.withLock { () throws(FileError) in
            (Result { try opened() }, try head.read())
        }
        return (try files.get(), value)
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

/// A file of an audit log, open, to be read to where it ended then.
private final class AuditLogFile {
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
