internal import Glibc
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime

/// The audit log on standard output: one chain for each process.
///
/// What was written can't be taken back. When the output takes only a part of a line, that is ended where it is, and
/// the whole line follows once more: the chain goes on, and `AuditCheck` knows the torn one. It begins with an empty
/// line, since another process may have left the output within one.
///
/// Used by one thread at a time.
final class AuditStream {
    private let chain: LineChain
    private let descriptor: Int32
    private let now: () -> Int64
    private var position = AuditLine.Position()
    /// Whole lines of the chain that wait to be written.
    private(set) var unwritten: [UInt8] = []
    /// Bytes of the first line that waits with which the output ends.
    private var taken = 0
    /// Whether the output may end within a line.
    private var mustEndLine = true

    init(descriptor: Int32, key: SecretBytes, now: @escaping () -> Int64) throws {
        chain = try LineChain(key: key)
        self.descriptor = descriptor
        self.now = now
    }

    /// Takes over events, each a line without number and MAC, for `flush` to write.
    func take(_ events: [UInt8], dropped: Int) {
        var text: [UInt8] = []
        if position.number == 0 {
            var opened = AuditEvent(.logOpened, in: .server)
            opened.actor = .server
            opened.previous = Hexadecimal.text(position.mac)
            text += opened.line(at: now())
        }
        if dropped > 0 {
            var note = AuditEvent(.logDropped, in: .server)
            note.actor = .server
            note.count = dropped
            text += note.line(at: now())
        }
        text += events
        for line in text.split(separator: 0x0A) {
            AuditLine.append(line, after: &position, chain, to: &unwritten)
        }
    }

    /// Writes what it took over. What could not be written is kept for the next time.
    func flush() throws(FileError) {
        guard !unwritten.isEmpty else { return }
        // Of a line that lacks nothing but its end, that alone is written.
        let isWhole = taken > 0 && unwritten[taken] == 0x0A
        let skipped = isWhole ? taken : 0
        let output = mustEndLine && !isWhole ? [0x0A] + unwritten : Array(unwritten[skipped...])
        let count = FileOutput.count(of: output, to: descriptor)
        let code = errno
        guard count > 0 else { throw FileError(code: code) }
        let whole = output[..<count].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        if whole > 0 { unwritten.removeFirst(whole + unwritten.count - output.count) }
        taken = count - whole
        mustEndLine = taken > 0
        guard count == output.count else { throw FileError(code: code) }
    }
}
