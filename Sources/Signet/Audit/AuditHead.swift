internal import Glibc
internal import SignetCrypto

/// The file beside an audit log, `FILE.head`, that says how the log was left: so a cut end is noticed. Who appends
/// holds its lock: a server and the commands beside it write one chain.
///
/// One for each writer. Its bytes are always as many, and written over in place: a full disk has room for them.
final class AuditHead {
    /// How a log was left.
    struct Value: Equatable {
        var position: AuditLine.Position
        /// Bytes of the file.
        var size: Int
    }

    private static let title = "signet-audit 1"
    private static let bytesMax = 1024
    /// How long another process may hold the lock. Who may read the file can take it, and could keep it.
    private static let lockMilliseconds: Int64 = 2000

    private let file: Int32
    private let chain: LineChain

    /// Opens the head of the log at `path`, or makes it; one that must exist is only read.
    init(of path: String, _ chain: LineChain, mustExist: Bool = false) throws(FileError) {
        let flags = O_CLOEXEC | O_NOFOLLOW | (mustExist ? O_RDONLY : O_RDWR | O_CREAT)
        file = open("\(path).head", flags, 0o600)
        guard file >= 0 else { throw FileError(code: errno) }
        self.chain = chain
        if !mustExist { giveAway(path) }
    }

    deinit { close(file) }

    /// Gives what root makes for a server with fewer rights to the owner of the folder.
    private func giveAway(_ path: String) {
        guard geteuid() == 0, isEmpty() else { return }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        var status = stat()
        // Where that is refused, the server says that it can't write.
        if stat(folder, &status) == 0 { _ = fchown(file, status.st_uid, status.st_gid) }
    }

    /// Gives a file of the log to the owner of the head, who writes it next.
    func adopt(_ file: Int32) {
        var status = stat()
        guard geteuid() == 0, fstat(self.file, &status) == 0 else { return }
        _ = fchown(file, status.st_uid, status.st_gid)
    }

    /// Runs `body` while no other process reads or writes the log. Throws `EWOULDBLOCK` when one does so for too long.
    func withLock<Result>(_ body: () throws(FileError) -> Result) throws(FileError) -> Result {
        let end = ContinuousClock.now + .milliseconds(Self.lockMilliseconds)
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            guard code == EINTR || code == EWOULDBLOCK, ContinuousClock.now < end else {
                throw FileError(code: code)
            }
            usleep(1000)
        }
        defer { flock(file, LOCK_UN) }
        return try body()
    }

    /// What it says; nil when it is empty, or nothing that was written with our key.
    func read() throws(FileError) -> Value? {
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count >= 0 else { throw FileError(code: errno) }
        let words = bytes[..<count].split(
            separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 6, words[5].last == 0x0A,
            let number = Int64(String(decoding: words[2], as: UTF8.self)),
            let mac = Hexadecimal.bytes(words[3]), mac.count == LineChain.length,
            let size = Int(String(decoding: words[4], as: UTF8.self)),
            let tag = Hexadecimal.bytes(words[5].dropLast())
        else { return nil }
        let value = Value(position: AuditLine.Position(number: number, mac: mac), size: size)
        return constantTimeEqual(tag, self.tag(of: value)) ? value : nil
    }

    /// Whether there is nothing in it.
    func isEmpty() -> Bool { lseek(file, 0, SEEK_END) == 0 }

    func write(_ value: Value) throws(FileError) {
        let text =
            Self.text(value) + [UInt8(ascii: " ")] + Hexadecimal.text(tag(of: value)) + [0x0A]
        guard pwrite(file, text, text.count, 0) == text.count else {
            throw FileError(code: errno)
        }
    }

    private func tag(of value: Value) -> [UInt8] {
        Self.text(value).withUnsafeBytes { chain.mac(of: $0, after: LineChain.start) }
    }

    private static func text(_ value: Value) -> [UInt8] {
        var text = Array(title.utf8)
        text += Array(" \(padded(value.position.number)) ".utf8)
        text += Hexadecimal.text(value.position.mac)
        text += Array(" \(padded(Int64(value.size)))".utf8)
        return text
    }

    private static func padded(_ number: Int64) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: 19 - digits.utf8.count) + digits
    }
}
