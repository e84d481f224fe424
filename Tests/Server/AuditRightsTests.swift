import Foundation
import TestSupport
import Testing

/// Who owns the files of an audit log, and who may check them.
@Suite(
    "Rights to the files of an audit log",
    .enabled(if: geteuid() == 0 && getpwnam("nobody") != nil, "needs root and a user to become"))
struct AuditRightsTests {
    private static func owner(_ path: String) throws -> UInt32? {
        try FileManager.default.attributesOfItem(atPath: path)[.ownerAccountID] as? UInt32
    }

    private static func size(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    /// Waits until `isReached` holds for the size of a file.
    private func waitForFile(_ path: String, until isReached: (Int) throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try !isReached(Self.size(path)) {
            try #require(ContinuousClock.now < deadline, "\(path) does not grow")
            sched_yield()
        }
    }

    @Test("a server with --user goes on with its log when commands of root have begun files of it")
    func besideRoot() throws {
        let nobody = try #require(getpwnam("nobody")).pointee
        let folder = try TemporaryFolder()
        chmod(folder.path(), 0o711)
        for name in ["data", "logs"] {
            mkdir(folder.path(name), 0o700)
            chown(folder.path(name), nobody.pw_uid, nobody.pw_gid)
        }
        let path = folder.path("logs/audit.log")
        let settings = ["--set", "audit.file=\(path)", "--set", "audit.rotate_bytes=65536"]
        let server = try SignetProcess(in: folder, ["--user", "nobody"] + settings)
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        func names() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")).sorted()
        }
        // Nearly a file's worth, so that a few lines more begin the next: the last of it one by one.
        for _ in 0..<150 { _ = try app.pair(on: connection) }
        try waitForFile(path) { _ in
            // What is being written may end within a line.
            (try? AuditRecords(path: path))?.of("token.made").count == 150
        }
        while try Self.size(path) < 64_000 {
            let before = try Self.size(path)
            _ = try app.pair(on: connection)
            try waitForFile(path) { $0 > before }
        }
        try #require(names() == ["audit.log", "audit.log.head"])
        var commands = 0
        while try names().count == 2, commands < 30 {
            let command = try Signet.run(
                ["app", "flush", app.id, "--data", server.data] + settings, in: folder)
            try #require(command.ending == .exited(0), "\(command)")
            commands += 1
        }
        #expect(try names() == ["audit.log", "audit.log.000000000001", "audit.log.head"])
        for name in try names() {
            #expect(try Self.owner(folder.path("logs/\(name)")) == nobody.pw_uid, "\(name)")
        }
        let pair = try app.pair(on: connection)
        #expect(
            try connection.call(
                "POST", "/app/\(app.id)/logout", key: app.key,
                body: #"{"token":"\#(pair.authToken)"}"#
            ).status == 200)
        #expect(try server.stop() == .exited(0))
        #expect(!server.process.errorText.contains("can't be written"))
        let records = try AuditRecords(path: path)
        #expect(records.told("session.ended").last == "ok apps app:\(app.id)")
        let outcome = try Signet.run(
            ["audit", "verify", "--data", server.data] + settings, in: folder)
        #expect(outcome.ending == .exited(0), "\(outcome)")
    }

    @Test("who may read the files and has SIGNET_AUDIT_KEY can verify, without a right to write")
    func reader() throws {
        let nobody = try #require(getpwnam("nobody")).pointee
        let key = ["SIGNET_AUDIT_KEY": Data(repeating: 9, count: 32).base64EncodedString()]
        let folder = try TemporaryFolder()
        let path = folder.path("audit.log")
        let settings = ["--set", "audit.file=\(path)"]
        let server = try SignetProcess(in: folder, settings, environment: key)
        _ = try AppAccount.create(on: server)
        #expect(try server.stop() == .exited(0))
        chmod(folder.path(), 0o755)
        for name in [path, "\(path).head"] { chmod(name, 0o644) }
        let verify = try ChildProcess(
            ChildProcess.find("setpriv"),
            [
                "--reuid=\(nobody.pw_uid)", "--regid=\(nobody.pw_gid)", "--clear-groups",
                Signet.binary, "audit", "verify",
            ] + settings, environment: key, in: folder.path())
        #expect(try verify.waitForEnd() == .exited(0), "\(verify.errorText)")
        #expect(
            verify.outputText.contains("all good") && !verify.outputText.contains("not checked"))
    }
}
