import Foundation
import SignetCrypto
import SignetHandlers
import TestSupport
import Testing

@testable import signet

@Suite("AuditStream: a chain on an output that can't be taken back")
struct AuditStreamTests {
    private static let key = SecretBytes([UInt8](repeating: 7, count: 32))

    private static func event() -> [UInt8] { AuditEvent(.serverStarted, in: .server).line(at: 0) }

    private static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private static func check(_ bytes: some Collection<UInt8>) throws -> AuditCheck {
        var check = try AuditCheck(key: key, isStream: true)
        let lines = Array(bytes).split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() { try check.check(line, number: index + 1) }
        try check.end()
        return check
    }

    @Test(
        "goes on with its chain wherever it was cut",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func everyCut() throws {
        let pageBytes = 4096
        let disk = try #require(SmallDisk(bytes: 1 << 16))
        let path = "\(disk.path)/out"
        let output = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        func stream() throws -> AuditStream {
            let stream = try AuditStream(descriptor: output, key: Self.key) { 0 }
            stream.take(Self.event(), dropped: 0)
            return stream
        }
        try stream().flush()
        let whole = try Self.bytes(path)
        // An empty line, and two lines of the chain.
        try #require(whole.first == 0x0A && whole.count { $0 == 0x0A } == 3)
        for cut in 1..<whole.count {
            ftruncate(output, 0)
            // So much of its one page is left.
            let ballast = [UInt8](repeating: 0x0A, count: pageBytes - cut)
            try #require(write(output, ballast, ballast.count) == ballast.count)
            disk.fill()
            let stream = try stream()
            #expect(throws: FileError.self) { try stream.flush() }
            try #require(try Self.bytes(path).count == pageBytes)
            disk.free()
            try stream.flush()
            let written = try Self.bytes(path).dropFirst(ballast.count)
            let check = try Self.check(written)
            let fragment = whole[..<cut].reversed().prefix { $0 != 0x0A }.count
            let isCut = fragment > 0 && whole[cut] != 0x0A
            let expected =
                isCut ? whole[..<cut] + [0x0A] + whole[(cut - fragment)...] : whole[...]
            #expect(written.elementsEqual(expected), "\(cut)")
            // Of less than that it can't be told whose it is.
            let isKnown = isCut && fragment >= AuditLine.head.count
            #expect(check.lines == 2 && check.torn == (isKnown ? 1 : 0), "\(cut)")
        }
    }

    @Test("begins a line of its own, whatever another process has left in the same capture")
    func afterAnother() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("captured.txt")
        let output = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        for (left, torn) in [(1, 0), (9, 1), (0, 0)] {
            ftruncate(output, 0)
            for run in 0..<2 {
                let stream = try AuditStream(descriptor: output, key: Self.key) { 0 }
                stream.take(Self.event(), dropped: 0)
                try stream.flush()
                // It was killed within its last line.
                if run == 0 { ftruncate(output, off_t(try Self.bytes(path).count - left)) }
            }
            let check = try Self.check(Self.bytes(path))
            #expect(check.beginnings == 2 && check.torn == torn)
            #expect(check.lines == (torn == 0 ? 4 : 3))
        }
    }

    @Test("is verified by itself where the settings name the file that it was captured in")
    func withoutHead() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("captured.txt")
        let output = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        let stream = try AuditStream(descriptor: output, key: Self.key) { 0 }
        stream.take(Self.event(), dropped: 0)
        try stream.flush()
        var settings = Settings()
        settings.audit.file = .file(path)
        let report = try AuditVerification.run(settings, [path], isStream: true, key: Self.key)
        #expect(report.check.lines == 2 && !report.includesEnd)
        #expect(throws: CommandFailure.self) {
            try AuditVerification.run(settings, [], isStream: true, key: Self.key)
        }
    }
}
