import Foundation
import Logging
import SignetCrypto
import SignetHandlers
import TestSupport
import Testing

@testable import signet

@Suite("AuditLog: the thread that writes a log")
struct AuditLogTests {
    @Test(
        "tells the lines that it could not write before its end, in its chain and to who ends it",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func givesUp() throws {
        let disk = try #require(SmallDisk(bytes: 1 << 20))
        let key = SecretBytes([UInt8](repeating: 7, count: 32))
        var settings = Settings()
        settings.audit.file = .file("\(disk.path)/audit.log")
        settings.audit.whenFull = .stop
        let opened = try AuditLog(settings.audit, key: key, log: Logger(label: "test"))
        let log = try #require(opened)
        disk.fill()
        // More than what is left of the page that the log ends in, which has room for the last lines.
        let count = 100
        var lines = (0..<count).flatMap { _ in AuditEvent(.signIn, in: .signIn).line(at: 0) }
        let bytes = lines.count
        log.take(&lines, count: count)
        let deadline = ContinuousClock.now + .seconds(60)
        while !log.isStopped, ContinuousClock.now < deadline { sched_yield() }
        #expect(log.isStopped)
        #expect(log.readings.failedWrites > 0)
        #expect(log.readings.waitingBytes == bytes)

        #expect(log.close() == count)
        #expect(log.readings.droppedLines == count)
        let text = try String(contentsOfFile: "\(disk.path)/audit.log", encoding: .utf8)
        let last = try text.split(separator: "\n").suffix(2).map {
            try #require(
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(last.map { $0["event"] as? String } == ["audit.dropped", "server.stopped"])
        #expect(last.first?["count"] as? Int == count)
        let report = try AuditVerification.run(settings, [], isStream: false, key: key)
        #expect(report.includesEnd)
    }
}
