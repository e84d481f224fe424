internal import Glibc
internal import SignetHandlers
internal import SignetRuntime

/// The access log of a running server: takes the loops' lines and writes them, beside the other logs' lines, on a thread
/// of its own.
///
/// `@unchecked Sendable`: `thread` belongs to whoever closes, `mustEndLine` to the thread; all else is behind a lock.
final class AccessLog: AccessSink, @unchecked Sendable {
    /// Lines that wait to be written, in bytes. What comes beyond is lost, and counted. As many may be with the thread.
    private static let waitingBytesMax = 2 << 20
    /// What is written at once. A pipe keeps so much together (PIPE_BUF), so that no line of another log stands within.
    private static let pieceBytesMax = 4096
    /// With more than this in a pipe nothing is added: half of what it takes (pipe(7)) is left to the other logs, whose
    /// lines are written on loops and when the server ends, and would wait there for somebody to read.
    private static let unreadBytesMax: Int32 = 32 << 10
    /// How long lines wait for others: each waking of the thread costs the loops.
    private static let gatheringMilliseconds = 10
    /// How often it is looked whether the server ends, while nobody takes what is to be written.
    private static let pollMilliseconds: Int32 = 100

    private struct Waiting {
        var lines: [UInt8] = []
        /// Lost since the server started.
        var dropped = 0
        var isEnding = false
    }

    private let descriptor: Int32
    private let isPipe: Bool
    private let waiting = Monitor(Waiting())
    /// Whether the output may end within a line.
    private var mustEndLine = false
    private var thread: Thread?

    /// Begins to write.
    ///
    /// - Parameter descriptor: standard error, where the other logs are.
    init(descriptor: Int32 = STDERR_FILENO) throws(LoopError) {
        self.descriptor = descriptor
        var status = stat()
        isPipe = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        thread = try Thread(name: "access") { [self] in run() }
    }

    /// Lines that are lost, since nobody took them. Any thread.
    var droppedLines: Int { waiting.withLock(\.dropped) }

    func take(_ lines: inout [UInt8], count: Int) {
        waiting.withLock { waiting in
            guard waiting.lines.count + lines.count <= Self.waitingBytesMax else {
                waiting.dropped += count
                return
            }
            // The two arrays take turns, so that a steady load allocates nothing.
            if waiting.lines.isEmpty {
                swap(&waiting.lines, &lines)
                self.waiting.signal()
            } else {
                waiting.lines.append(contentsOf: lines)
            }
        }
        lines.removeAll(keepingCapacity: true)
    }

    /// Writes what is left, as far as somebody takes it.
    func close() {
        waiting.withLock { $0.isEnding = true }
        waiting.signal()
        thread?.join()
        thread = nil
    }

    // MARK: On the thread

    private func run() {
        var lines: [UInt8] = []
        while true {
            waiting.wait { $0.lines.isEmpty && !$0.isEnding ? nil : () }
            _ = waiting.wait(atMostMilliseconds: Self.gatheringMilliseconds) {
                $0.isEnding ? () : nil
            }
            let isEnding = waiting.withLock { waiting in
                swap(&waiting.lines, &lines)
                return waiting.isEnding
            }
            write(lines)
            lines.removeAll(keepingCapacity: lines.capacity <= Self.waitingBytesMax / 2)
            if isEnding, waiting.withLock({ $0.lines.isEmpty }) { return }
        }
    }

    private func write(_ lines: [UInt8]) {
        var rest = lines[...]
        while !rest.isEmpty {
            let piece = Self.piece(of: rest)
            guard canWrite(), write(piece) else {
                let lost = rest.count { $0 == 0x0A }
                waiting.withLock { $0.dropped += lost }
                return
            }
            rest = rest[piece.endIndex...]
        }
    }

    /// Writes whole lines: whether it could.
    private func write(_ piece: ArraySlice<UInt8>) -> Bool {
        let bytes: [UInt8] = mustEndLine ? [0x0A] + piece : Array(piece)
        let count = FileOutput.count(of: bytes, to: descriptor)
        mustEndLine = count == 0 ? mustEndLine : bytes[count - 1] != 0x0A
        return count == bytes.count
    }

    /// As many whole lines as are written at once; each is shorter than that.
    private static func piece(of lines: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard lines.count >= pieceBytesMax else { return lines }
        // One less, for a line feed in front.
        let end = lines.prefix(pieceBytesMax - 1).lastIndex(of: 0x0A) ?? lines.endIndex - 1
        return lines[...end]
    }

    /// Waits until the output takes something; false when it is gone, or the server ends first.
    private func canWrite() -> Bool {
        var question = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        var rest: Int32 = 1
        while true {
            let count = poll(&question, 1, Self.pollMilliseconds)
            guard count >= 0 || errno == EINTR else { return false }
            if count > 0 {
                // Whatever else is told, it is gone.
                guard question.revents == Int16(POLLOUT) else { return false }
                if leavesRoom { return true }
                // No event tells that a pipe is half empty.
                poll(nil, 0, rest)
                rest = min(rest * 2, Self.pollMilliseconds)
            }
            let isSlow = count == 0 || rest == Self.pollMilliseconds
            if isSlow, waiting.withLock(\.isEnding) { return false }
        }
    }

    /// Whether the output is no pipe, or one that has room for the other logs too.
    private var leavesRoom: Bool {
        guard isPipe else { return true }
        var unread: Int32 = 0
        return ioctl(descriptor, UInt(FIONREAD), &unread) != 0 || unread <= Self.unreadBytesMax
    }
}
