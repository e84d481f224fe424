internal import Glibc
internal import Logging
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime
internal import Synchronization

/// The audit log of a running server: takes the loops' lines and writes them on a thread of its own.
///
/// `@unchecked Sendable`: `output` and `thread` belong to that thread and whoever closes; all else is behind a lock.
final class AuditLog: AuditSink, @unchecked Sendable {
    /// Lines that wait to be written, in bytes. What comes beyond is lost, and counted.
    private static let waitingBytesMax = 8 << 20
    /// What is written at once as soon as so much is there.
    private static let batchBytes = 256 << 10
    /// How long lines wait for others: each waking of the thread costs the loops.
    private static let gatheringMilliseconds = 10
    /// How long after a failure it is tried again.
    private static let retryMilliseconds = 500

    private struct Waiting {
        var lines: [UInt8] = []
        /// Lost since the last lines were taken to be written, and ever.
        var dropped = 0
        var droppedEver = 0
        /// Lost because the server ended.
        var givenUp = 0
        var isEnding = false
    }

    private enum Output {
        case file(AuditFile)
        case stream(AuditStream)

        /// Appends events. What it takes over it takes out of both: of a file that is all or nothing, a stream keeps
        /// what it could not write yet.
        func append(_ events: inout [UInt8], dropped: inout Int) throws(FileError) {
            switch self {
            case .file(let file): try file.append(events, dropped: dropped)
            case .stream(let stream): stream.take(events, dropped: dropped)
            }
            events.removeAll(keepingCapacity: true)
            dropped = 0
            if case .stream(let stream) = self { try stream.flush() }
        }

        /// What was taken over and is not written.
        var unwritten: [UInt8] {
            if case .stream(let stream) = self { stream.unwritten } else { [] }
        }
    }

    private let output: Output
    let stopsWhenFull: Bool
    private let log: Logger
    private let waiting = Monitor(Waiting())
    private let mustStop = Atomic<Bool>(false)
    private let isFailing = Atomic<Bool>(false)
    private let failedWrites = Atomic<Int>(0)
    /// Bytes that the thread has taken, and could not write yet.
    private let inHand = Atomic<Int>(0)
    private var thread: Thread?

    /// Opens the log and begins to write; nil when there is to be none. Throws a `CommandFailure` for a file that
    /// can't be written.
    init?(_ settings: Settings.Audit, key: SecretBytes?, log: Logger) throws {
        guard let key else { return nil }
        self.log = log
        stopsWhenFull = settings.whenFull == .stop
        let now = { WallClock.unixMilliseconds }
        switch settings.file {
        case .off: return nil
        case .standardOutput:
            output = .stream(try AuditStream(descriptor: 1, key: key, now: now))
        case .file(let path):
            output = .file(try Self.open(path, settings, key, now))
        }
        var started = AuditEvent(.serverStarted, in: .server)
        started.actor = .server
        started.detail = Version.text
        do throws(FileError) {
            var (line, dropped) = (started.line(at: now()), 0)
            try output.append(&line, dropped: &dropped)
        } catch {
            throw Self.failure(settings.file, error)
        }
        thread = try Thread(name: "audit") { [self] in run() }
    }

    var isStopped: Bool { stopsWhenFull && mustStop.load(ordering: .relaxed) }

    /// What metrics tell of it. Any thread.
    var readings: ServerReadings.Audit {
        var readings = ServerReadings.Audit()
        readings.isWritten = !isFailing.load(ordering: .relaxed)
        readings.failedWrites = failedWrites.load(ordering: .relaxed)
        waiting.withLock { waiting in
            readings.droppedLines = waiting.droppedEver
            readings.waitingBytes = waiting.lines.count + inHand.load(ordering: .relaxed)
        }
        return readings
    }

    func take(_ lines: inout [UInt8], count: Int) {
        waiting.withLock { waiting in
            guard waiting.lines.count + lines.count <= Self.waitingBytesMax else {
                waiting.dropped += count
                waiting.droppedEver += count
                return
            }
            let before = waiting.lines.count
            // The two arrays take turns, so that a steady load allocates nothing.
            if before == 0 {
                swap(&waiting.lines, &lines)
            } else {
                waiting.lines.append(contentsOf: lines)
            }
            let after = waiting.lines.count
            if after > Self.waitingBytesMax / 2 { mustStop.store(true, ordering: .relaxed) }
            let isBatch = before < Self.batchBytes && after >= Self.batchBytes
            if before == 0 || isBatch { self.waiting.signal() }
        }
        lines.removeAll(keepingCapacity: true)
    }

    /// Records what the server did by itself.
    func recordOwn(
        _ kind: AuditEvent.Kind, _ outcome: AuditEvent.Outcome = .done,
        of target: AuditEvent.Target? = nil, _ detail: String = ""
    ) {
        var event = AuditEvent(kind, in: .server)
        event.outcome = outcome
        event.actor = .server
        event.target = target
        event.detail = detail
        record(event, at: WallClock.unixMilliseconds)
    }

    /// Writes what is left, and that the server ends.
    ///
    /// - Returns: how many lines are lost because they could not be written in the end.
    @discardableResult
    func close() -> Int {
        recordOwn(.serverStopped)
        waiting.withLock { $0.isEnding = true }
        waiting.signal()
        thread?.join()
        thread = nil
        let lost = waiting.withLock(\.givenUp) + Self.count(output.unwritten)
        if lost > 0 {
            log.error(
                "the audit log could not be written to its end", metadata: ["lines": "\(lost)"])
        }
        return lost
    }

    /// How many lines these are.
    private static func count(_ lines: [UInt8]) -> Int { lines.count { $0 == 0x0A } }

    // MARK: On the thread

    private func run() {
        var lines: [UInt8] = []
        while true {
            waiting.wait { $0.lines.isEmpty && $0.dropped == 0 && !$0.isEnding ? nil : () }
            _ = waiting.wait(atMostMilliseconds: Self.gatheringMilliseconds) {
                $0.lines.count >= Self.batchBytes || $0.isEnding ? () : nil
            }
            let (dropped, isEnding) = waiting.withLock { waiting in
                swap(&waiting.lines, &lines)
                defer { waiting.dropped = 0 }
                inHand.store(lines.count, ordering: .relaxed)
                return (waiting.dropped, waiting.isEnding)
            }
            if !lines.isEmpty || dropped > 0 { write(&lines, dropped: dropped) }
            lines.removeAll(keepingCapacity: lines.capacity <= Self.waitingBytesMax / 2)
            if isEnding, waiting.withLock({ $0.lines.isEmpty }) { return }
        }
    }

    /// Tries until it succeeds, or the server ends: then what is left counts as lost, as the next lines tell if they
    /// can be written.
    private func write(_ lines: inout [UInt8], dropped: Int) {
        var (hasFailed, isLast, left) = (false, false, dropped)
        while true {
            do throws(FileError) {
                try output.append(&lines, dropped: &left)
                inHand.store(0, ordering: .relaxed)
                isFailing.store(false, ordering: .relaxed)
                mustStop.store(false, ordering: .relaxed)
                if hasFailed { log.info("the audit log is written again") }
                return
            } catch {
                inHand.store(lines.count + output.unwritten.count, ordering: .relaxed)
                isFailing.store(true, ordering: .relaxed)
                failedWrites.add(1, ordering: .relaxed)
                mustStop.store(true, ordering: .relaxed)
                if !hasFailed { log.error("the audit log can't be written: \(error)") }
                hasFailed = true
            }
            let isEnding: Bool? = waiting.wait(atMostMilliseconds: Self.retryMilliseconds) {
                $0.isEnding ? true : nil
            }
            // At the end once more: there may be room now.
            if isLast {
                let lost = Self.count(lines)
                waiting.withLock { waiting in
                    waiting.dropped += lost + left
                    waiting.droppedEver += lost
                    waiting.givenUp += lost
                }
                return
            }
            isLast = isEnding ?? false
        }
    }

    // MARK: Files

    /// The key of the log: made from `audit.key`, or else from the master key. Nil when there is no log.
    static func key(
        _ settings: Settings.Audit, _ masterKey: () throws -> MasterKey
    ) throws -> SecretBytes? {
        guard settings.file != .off else { return nil }
        let key: MasterKey
        if let text = settings.key?.text {
            guard let given = try? MasterKey(base64: Array(text.utf8)) else {
                throw CommandFailure(
                    "SIGNET_AUDIT_KEY does not hold 32 bytes as base64", status: .configuration)
            }
            key = given
        } else {
            key = try masterKey()
        }
        return try key.derivedKey(for: "signet audit log")
    }

    static func open(
        _ path: String, _ settings: Settings.Audit, _ key: SecretBytes,
        _ now: @escaping () -> Int64
    ) throws -> AuditFile {
        try requireLog(path)
        do {
            return try AuditFile(
                path: path, rotateBytes: settings.rotateBytes, keep: settings.keep, key: key,
                now: now)
        } catch let error as FileError {
            throw failure(.file(path), error)
        }
    }

    /// Leaves a file alone that is something else: what is wrong at an end of ours is cut off.
    private static func requireLog(_ path: String) throws(CommandFailure) {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        // Whatever can't be opened is told when it is to be written.
        guard file >= 0 else { return }
        defer { Glibc.close(file) }
        var status = stat()
        let isFile = fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        var start = [UInt8](repeating: 0, count: AuditLine.head.count)
        let count = isFile ? pread(file, &start, start.count, 0) : 0
        // A crash may have left the beginning of a line alone.
        let isLog = AuditLine.head.starts(with: start[..<max(0, count)])
        guard isFile, isLog else {
            throw CommandFailure(
                "\(path) is \(isFile ? "something else" : "no file") and no audit log; name another "
                    + "(audit.file)", status: .configuration)
        }
    }

    static func failure(_ output: AuditOutput, _ error: FileError) -> CommandFailure {
        CommandFailure(
            "the audit log \(output) can't be written: \(error); see audit.file",
            status: .configuration)
    }
}
