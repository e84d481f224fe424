import Foundation
import SignetCrypto
import SignetHandlers
import SignetRuntime
import TestSupport
import Testing

@testable import signet

@Suite("AuditFile and AuditCheck: the chain of a log")
struct AuditFileTests {
    private static let key = SecretBytes([UInt8](repeating: 7, count: 32))

    /// A log in a folder of its own.
    private struct Log {
        let folder: TemporaryFolder
        var rotateBytes = 1 << 20
        var keep = 0

        init() throws { folder = try TemporaryFolder() }

        var path: String { folder.path("audit.log") }
        var paths: [String] { AuditFile.rotated(path) + [path] }

        func open(key: SecretBytes = AuditFileTests.key) throws -> AuditFile {
            try AuditFile(path: path, rotateBytes: rotateBytes, keep: keep, key: key) { 0 }
        }

        func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

        func lines() throws -> [String] { try text().split(separator: "\n").map(String.init) }

        func write(_ lines: [String]) throws {
            _ = try folder.write(lines.map { $0 + "\n" }.joined(), to: "audit.log")
        }

        func verify(_ paths: [String] = [], key: SecretBytes = AuditFileTests.key) throws
            -> AuditVerification.Report
        {
            var settings = Settings()
            settings.audit.file = .file(path)
            return try AuditVerification.run(settings, paths, isStream: false, key: key)
        }

        /// What verifying complains of; empty when all is good.
        func fault(_ paths: [String] = []) throws -> String {
            do {
                _ = try verify(paths)
                return ""
            } catch let failure as CommandFailure {
                return failure.description
            }
        }
    }

    /// Tries again when another held the lock for too long, as a thread does that a busy machine has stopped.
    private static func unlocked<Result>(_ body: () throws -> Result) throws -> Result {
        let end = ContinuousClock.now + .seconds(120)
        while true {
            do {
                return try body()
            } catch let error as FileError
                where error.code == EWOULDBLOCK && ContinuousClock.now < end
            {}
        }
    }

    private static func events(_ count: Int, from first: Int64 = 1) -> [UInt8] {
        (0..<Int64(count)).flatMap { index in
            var event = AuditEvent(.signIn, in: .signIn)
            event.actor = .user(first + index)
            return event.line(at: 1_700_000_000_000 + index)
        }
    }

    @Test("every change of any byte of a line is noticed, and where it is")
    func everyByte() throws {
        let log = try Log()
        try log.open().append(Self.events(3), dropped: 0)
        #expect(try log.verify().check.lines == 4)
        let good = try log.lines()
        // The third of four.
        for offset in good[2].utf8.indices {
            var bytes = Array(good[2].utf8)
            bytes[good[2].utf8.distance(from: good[2].utf8.startIndex, to: offset)] ^= 1
            var changed = good
            changed[2] = String(decoding: bytes, as: UTF8.self)
            try log.write(changed)
            #expect(try log.fault().contains("audit.log: line 3 "), "\(changed[2])")
        }
    }

    @Test("lines that are missing, twice, in another order, put in or cut off are noticed")
    func everyLine() throws {
        let log = try Log()
        try log.open().append(Self.events(5), dropped: 0)
        let good = try log.lines()
        func expect(_ text: String, _ change: (inout [String]) -> Void) throws {
            var lines = good
            change(&lines)
            try log.write(lines)
            let fault = try log.fault()
            #expect(fault.contains(text), "\(fault)")
        }
        #expect(try log.fault().isEmpty)
        try expect("line 3 follows a missing one: line 3 of") { $0.remove(at: 2) }
        try expect("line 3 follows missing ones: lines 3 to 4") { $0.removeSubrange(2...3) }
        try expect("line 3 ") { $0.swapAt(2, 3) }
        try expect("line 4 is line 3 of the log once more") { $0.insert($0[2], at: 3) }
        try expect("line 3 is no line of an audit log") { $0.insert("{}", at: 2) }
        try expect("line 1 is line 2 of the log and not") { $0.removeFirst() }
        try expect("the end is missing: lines 5 to 6") { $0.removeLast(2) }
        try expect("the end is missing: lines 1 to 6") { $0.removeAll() }
        try log.write(good)
        _ = try log.folder.write(String(try log.text().dropLast(9)), to: "audit.log")
        #expect(try log.fault().contains("line 6 is cut"))
    }

    @Test("what is good under one key is not under another")
    func otherKey() throws {
        let log = try Log()
        try log.open().append(Self.events(2), dropped: 0)
        let other = SecretBytes([UInt8](repeating: 8, count: 32))
        #expect(throws: CommandFailure.self) { try log.verify(key: other) }
    }

    @Test(
        "a chain goes on over files, of which so many are kept, and one that is missing is noticed")
    func rotation() throws {
        var log = try Log()
        log.rotateBytes = 4096
        let file = try log.open()
        for index in Int64(0)..<60 { try file.append(Self.events(2, from: index), dropped: 0) }
        let all = log.paths
        #expect(all.count > 4)
        for path in all {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(try #require(size) <= 4096)
        }
        let report = try log.verify()
        #expect(report.files == all.count && report.check.first == 1)
        #expect(report.check.lines == 120 + all.count)
        // In any order; the newest alone; and without one.
        #expect(try log.fault(all.reversed()).isEmpty)
        #expect(try log.verify([all[2]]).check.first > 1)
        #expect(try log.fault(Array(all[..<2] + all[3...])).contains("missing"))

        log.keep = 2
        try log.open().append(Self.events(30), dropped: 0)
        #expect(log.paths.count == 3)
        let rest = try log.verify().check
        #expect(rest.first > 1 && rest.position?.number == Int64(150 + all.count + 1))
    }

    @Test(
        "a line that a crash left unfinished is taken off, and what had not reached the head goes on"
    )
    func crashes() throws {
        let log = try Log()
        try log.open().append(Self.events(3), dropped: 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: log.path + ".head"))
        try log.open().append(Self.events(2), dropped: 0)
        // The lines were written, the head was not; then half a line.
        try before.write(to: URL(fileURLWithPath: log.path + ".head"))
        _ = try log.folder.write(try log.text() + #"{"n":7,"time":"2023"#, to: "audit.log")
        try log.open().append(Self.events(1), dropped: 0)
        let events = try log.lines().map { line in
            line.firstMatch(of: /"event":"([a-z_.]+)"/).map { String($0.1) } ?? ""
        }
        #expect(
            events == ["audit.opened"] + Array(repeating: "sign_in", count: 5)
                + ["audit.torn", "sign_in"])
        #expect(try log.fault().isEmpty)
    }

    @Test("an end that was cut off while nobody wrote is recorded, and stays a fault")
    func cut() throws {
        let log = try Log()
        let file = try log.open()
        try file.append(Self.events(5), dropped: 0)
        try log.write(Array(try log.lines().dropLast(2)))
        // The same writer, which is still open, and another.
        try file.append(Self.events(1), dropped: 0)
        try log.open().append(Self.events(1), dropped: 0)
        #expect(try log.text().components(separatedBy: "audit.cut").count == 2)
        #expect(try log.fault().contains("line 5 follows missing ones: lines 5 to 6 of the log"))
    }

    @Test("a file that was removed, and a head that was, are recorded")
    func removed() throws {
        let log = try Log()
        let file = try log.open()
        try file.append(Self.events(5), dropped: 0)
        try FileManager.default.removeItem(atPath: log.path)
        try file.append(Self.events(1), dropped: 0)
        #expect(try log.text().contains("audit.cut"))
        #expect(try log.verify().check.first == 7)

        try FileManager.default.removeItem(atPath: log.path + ".head")
        #expect(try log.fault().contains("audit.log.head is missing"))
        try log.open().append(Self.events(1), dropped: 0)
        #expect(try log.text().contains("audit.head_missing"))
        #expect(try log.fault().isEmpty)
    }

    @Test("two writers that take turns make one chain, and lost lines are counted in it")
    func writers() throws {
        var log = try Log()
        log.rotateBytes = 4096
        let writers = [try log.open(), try log.open()]
        for index in 0..<40 { try writers[index % 2].append(Self.events(1), dropped: 0) }
        try writers[0].append([], dropped: 12)
        #expect(log.paths.count > 1)
        #expect(try log.fault().isEmpty)
        let last = try #require(try log.lines().last)
        #expect(last.contains(#""event":"audit.dropped""#) && last.contains(#""count":12"#))
    }

    @Test(
        "lines whose head can't be written are taken back, so that none is written twice",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func headFails() throws {
        let log = try Log()
        let disk = try #require(SmallDisk(bytes: 1 << 20))
        // The head alone is on the disk that is full.
        let head = log.path + ".head"
        for path in ["\(disk.path)/head", head] {
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
        }
        try #require(mount("\(disk.path)/head", head, nil, UInt(MS_BIND), nil) == 0)
        defer { umount2(head, Int32(MNT_DETACH)) }
        disk.fill()
        let file = try log.open()
        for _ in 0..<2 {
            #expect(throws: FileError.self) { try file.append(Self.events(2), dropped: 3) }
        }
        #expect(try log.text().isEmpty)
        disk.free()
        try file.append(Self.events(2), dropped: 3)
        let events = try log.lines().map { line in
            line.firstMatch(of: /"event":"([a-z_.]+)"/).map { String($0.1) } ?? ""
        }
        #expect(events == ["audit.opened", "audit.dropped", "sign_in", "sign_in"])
        #expect(try log.fault().isEmpty)
    }

    @Test("verifying finds nothing wrong while a writer begins files and removes old ones")
    func besideRotation() throws {
        var log = try Log()
        log.rotateBytes = 4096
        log.keep = 3
        try log.open().append(Self.events(1), dropped: 0)
        // The number of appends; -1 when they failed.
        let written = Watched(0)
        let mustStop = Watched(false)
        let thread = try Thread(name: "writer") { [log] in
            do {
                let file = try log.open()
                while !mustStop.current {
                    try Self.unlocked { try file.append(Self.events(15), dropped: 0) }
                    written.update { $0 += 1 }
                }
            } catch {
                written.update { $0 = -1 }
            }
        }
        var faults: Set<String> = []
        for _ in 0..<100 {
            let fault = try Self.unlocked { try log.fault() }
            if !fault.isEmpty { faults.insert(fault) }
            // Each time at least one file was begun meanwhile.
            let before = written.current
            guard before >= 0, written.wait(atMostSeconds: 60, until: { $0 != before }) != nil
            else { break }
        }
        mustStop.update { $0 = true }
        thread.join()
        #expect(faults.isEmpty)
        #expect(written.current >= 100)
    }

    @Test(
        "a stream that took half a line goes on with the whole one, and verifying says so",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func torn() throws {
        let log = try Log()
        let disk = try #require(SmallDisk(bytes: 1 << 20))
        let path = "\(disk.path)/out"
        let output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        let stream = try AuditStream(descriptor: output, key: Self.key) { 0 }
        stream.take(Self.events(1), dropped: 0)
        try stream.flush()
        disk.fill()
        // What is left of a page takes some of these lines.
        stream.take(Self.events(100), dropped: 0)
        for _ in 0..<2 { #expect(throws: FileError.self) { try stream.flush() } }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).last != 0x0A)
        disk.free()
        try stream.flush()
        stream.take(Self.events(1), dropped: 0)
        try stream.flush()

        func verify(_ lines: [Substring]) throws -> AuditVerification.Report {
            let file = try log.folder.write(
                lines.map { $0 + "\n" }.joined(), to: "captured.txt")
            return try AuditVerification.run(Settings(), [file], isStream: true, key: Self.key)
        }
        func fault(_ lines: [Substring]) throws -> String {
            do {
                _ = try verify(lines)
                return ""
            } catch let failure as CommandFailure {
                return failure.description
            }
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let report = try verify(lines)
        #expect(report.check.lines == 103 && report.check.torn == 1)
        let cut = try #require(lines.firstIndex { !$0.hasSuffix("\"}") })
        #expect(lines[cut + 1].hasPrefix(lines[cut]))
        // Without the whole line, or with nothing after the torn one, something is missing.
        #expect(
            try fault(Array(lines[...cut] + lines[(cut + 2)...])).contains("follows a missing one"))
        #expect(try fault(Array(lines[...cut])).contains("line \(cut + 1) is no line of an audit"))
    }

    @Test("somebody else who keeps its lock makes appending fail, and it goes on after that")
    func lockIsKept() throws {
        let log = try Log()
        let file = try log.open()
        try file.append(Self.events(1), dropped: 0)
        // To take a lock it is enough to be able to read.
        let reader = open(log.path + ".head", O_RDONLY | O_CLOEXEC)
        try #require(reader >= 0 && flock(reader, LOCK_SH) == 0)
        #expect(throws: FileError(code: EWOULDBLOCK)) {
            try file.append(Self.events(1), dropped: 0)
        }
        #expect(try log.lines().count == 2)
        close(reader)
        try file.append(Self.events(1), dropped: 0)
        #expect(try log.lines().count == 3)
        #expect(try log.fault().isEmpty)
    }

    @Test("is for its owner alone")
    func modes() throws {
        let log = try Log()
        try log.open().append(Self.events(1), dropped: 0)
        for path in [log.path, log.path + ".head"] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }
}
