internal import Glibc
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime

/// The audit log in a file, with the earlier files beside it: `FILE.000000000001`, by the number of its first line.
///
/// Used by one thread at a time. Other processes may append to the same log: each append holds the lock of its head,
/// and takes up the chain where that says.
final class AuditFile {
    /// What follows the last line that the head knows of is no more than a crash may leave.
    private static let tailBytesMax = 32 << 20
    private static let numberDigits = 12

    let path: String
    private let rotateBytes: Int
    /// 0 for all.
    private let keep: Int
    private let chain: LineChain
    private let head: AuditHead
    private let now: () -> Int64
    /// -1 while none is open.
    private var file: Int32 = -1
    private var size = 0
    private var position = AuditLine.Position()

    /// - Parameter now: Unix milliseconds.
    init(
        path: String, rotateBytes: Int, keep: Int, key: SecretBytes, now: @escaping () -> Int64
    ) throws {
        self.path = path
        self.rotateBytes = rotateBytes
        self.keep = keep
        self.now = now
        chain = try LineChain(key: key)
        head = try AuditHead(of: path, chain)
    }

    deinit { if file >= 0 { close(file) } }

    /// Appends events, each a line without number and MAC. All or none is written.
    ///
    /// - Parameter dropped: how many could not be kept before these.
    func append(_ events: [UInt8], dropped: Int) throws(FileError) {
        try head.withLock { () throws(FileError) in
            var notes: [AuditEvent] = []
            try open(&notes)
            if dropped > 0 { notes.append(Self.note(.logDropped, count: dropped)) }
            var text: [UInt8] = []
            for note in notes { text += note.line(at: now()) }
            text += events
            let lines = text.split(separator: 0x0A)
            // What numbers and MACs add.
            let bytes = text.count + lines.count * (LineChain.length * 2 + 40)
            if size > 0, size + bytes > rotateBytes { try rotate() }
            try write(lines)
        }
    }

    private static func note(_ kind: AuditEvent.Kind, count: Int) -> AuditEvent {
        var event = AuditEvent(kind, in: .server)
        event.actor = .server
        event.count = count
        return event
    }

    private func write(_ lines: [ArraySlice<UInt8>]) throws(FileError) {
        var (position, output) = (position, [UInt8]())
        if size == 0 {
            var opened = AuditEvent(.logOpened, in: .server)
            opened.actor = .server
            opened.previous = Hexadecimal.text(position.mac)
            let line = opened.line(at: now())
            AuditLine.append(line.dropLast(), after: &position, chain, to: &output)
        }
        for line in lines { AuditLine.append(line, after: &position, chain, to: &output) }
        guard FileOutput.write(output, to: file) else {
            let error = FileError(code: errno)
            // A part of a line must not stay; where it does, the next append takes it off.
            _ = ftruncate(file, size)
            throw error
        }
        do throws(FileError) {
            try head.write(AuditHead.Value(position: position, size: size + output.count))
        } catch {
            // Lines that are there, but are said not to be, would be written once more. Where they can't be taken
            // back, the next append finds the head behind them, and goes on after them.
            if ftruncate(file, size) == 0 { throw error }
        }
        self.position = position
        size += output.count
    }

    // MARK: Where the log stands

    /// Opens the file that is now at the path, and finds the end of the chain.
    private func open(_ notes: inout [AuditEvent]) throws(FileError) {
        if file >= 0, !isAtPath() {
            close(file)
            file = -1
        }
        if file < 0 {
            let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
            file = Glibc.open(path, flags, 0o600)
            guard file >= 0 else { throw FileError(code: errno) }
            head.adopt(file)
        }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw FileError(code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(code: EINVAL) }
        size = Int(status.st_size)
        let known = try head.read()
        if let known, known.size == size {
            position = known.position
        } else {
            try recover(known, &notes)
        }
    }

    private func isAtPath() -> Bool {
        var (ours, there) = (stat(), stat())
        return fstat(file, &ours) == 0 && lstat(path, &there) == 0 && ours.st_ino == there.st_ino
            && ours.st_dev == there.st_dev
    }

    /// Finds the end of the chain in a file that is not as the head says: after a crash between two writes, or after
    /// somebody else has changed it.
    private func recover(
        _ known: AuditHead.Value?, _ notes: inout [AuditEvent]
    ) throws(FileError) {
        var tail = try Self.tail(of: file, size, bytesMax: Self.tailBytesMax)
        let torn = tail.reversed().prefix { $0 != 0x0A }.count
        if torn > 0 {
            guard ftruncate(file, size - torn) == 0 else { throw FileError(code: errno) }
            size -= torn
            tail.removeLast(torn)
            notes.append(Self.note(.logTorn, count: torn))
        }
        var lines = tail.split(separator: 0x0A)
        // The first may be the rest of a longer one.
        if tail.count < size, !lines.isEmpty { lines.removeFirst() }
        guard let known else { return try beginWithoutHead(lines.last, &notes) }
        position = known.position
        var following = lines[...]
        if let last = lines.lastIndex(where: { AuditLine($0)?.position == known.position }) {
            following = lines[(last + 1)...]
        } else if try lastRotated() != known.position, known.position.number > 0 {
            notes.append(Self.note(.logCut, count: Int(known.position.number)))
            return
        }
        for line in following {
            guard let found = AuditLine(line), follows(line, found) else {
                notes.append(Self.note(.logCut, count: Int(position.number)))
                return
            }
            position = found.position
        }
    }

    private func follows(_ line: ArraySlice<UInt8>, _ found: AuditLine) -> Bool {
        let signed = Array(line.prefix(found.signedCount))
        let mac = signed.withUnsafeBytes { chain.mac(of: $0, after: position.mac) }
        return found.position.number == position.number + 1
            && constantTimeEqual(mac, found.position.mac)
    }

    /// Without a head the last line is taken for what it says.
    private func beginWithoutHead(
        _ last: ArraySlice<UInt8>?, _ notes: inout [AuditEvent]
    ) throws(FileError) {
        if let known = last.flatMap({ AuditLine($0)?.position }) {
            position = known
        } else if let known = try lastRotated() {
            position = known
        }
        if position.number > 0 || last != nil || !head.isEmpty() {
            notes.append(Self.note(.logHeadMissing, count: Int(position.number)))
        }
    }

    /// The position of the last line of the newest earlier file; nil when there is none.
    private func lastRotated() throws(FileError) -> AuditLine.Position? {
        guard let newest = Self.rotated(path).last else { return nil }
        let file = Glibc.open(newest, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw FileError(code: errno) }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        let tail = try Self.tail(of: file, size, bytesMax: 64 << 10)
        return tail.split(separator: 0x0A).last.flatMap { AuditLine($0)?.position }
    }

    private static func tail(
        of file: Int32, _ size: Int, bytesMax: Int
    ) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(size, bytesMax))
        var count = 0
        while count < bytes.count {
            let (done, start) = (count, size - bytes.count + count)
            let read = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress.map { $0 + done }, $0.count - done, start)
            }
            guard read > 0 else { throw FileError(code: read == 0 ? EIO : errno) }
            count += read
        }
        return bytes
    }

    // MARK: Earlier files

    private func rotate() throws(FileError) {
        let first = try firstNumber()
        let digits = "\(first)"
        let zeros = String(repeating: "0", count: max(0, Self.numberDigits - digits.utf8.count))
        guard rename(path, "\(path).\(zeros)\(digits)") == 0 else { throw FileError(code: errno) }
        close(file)
        let flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        file = Glibc.open(path, flags, 0o600)
        guard file >= 0 else { throw FileError(code: errno) }
        head.adopt(file)
        size = 0
        try head.write(AuditHead.Value(position: position, size: 0))
        guard keep > 0 else { return }
        for old in Self.rotated(path).dropLast(keep) { unlink(old) }
    }

    private func firstNumber() throws(FileError) -> Int64 {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count >= 0 else { throw FileError(code: errno) }
        let line = bytes[..<count].split(separator: 0x0A, maxSplits: 1).first
        // A file whose first line is none of ours keeps a name that tells so.
        return line.flatMap { AuditLine($0)?.position.number } ?? 0
    }

    /// The paths of the earlier files of the log at `path`, the oldest first.
    static func rotated(_ path: String) -> [String] {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "./"
        let prefix = (slash.map { String(path[path.index(after: $0)...]) } ?? path) + "."
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let number = name.dropFirst(prefix.count)
            if name.hasPrefix(prefix), number.utf8.count >= numberDigits,
                number.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            {
                names.append(name)
            }
        }
        let inOrder = names.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        return inOrder.map { slash == nil ? $0 : folder + $0 }
    }
}
