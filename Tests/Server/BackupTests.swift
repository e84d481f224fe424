import Foundation
import TestSupport
import Testing

@Suite("A backup")
struct BackupTests {
    /// Runs `signet backup` on the data of a server.
    private func backUp(
        _ server: SignetProcess, to path: String, _ arguments: [String] = []
    ) throws -> Signet.Outcome {
        try Signet.run(
            ["backup", path, "--data", server.data] + arguments, in: server.folder)
    }

    /// A data folder of a backup and the master key of the server that it was made of.
    private func restore(_ path: String, of server: SignetProcess, to name: String) throws -> String
    {
        let data = server.folder.path(name)
        let files = FileManager.default
        try files.createDirectory(atPath: data, withIntermediateDirectories: false)
        try files.copyItem(atPath: path, toPath: "\(data)/signet.db")
        try files.copyItem(atPath: "\(server.data)/master.key", toPath: "\(data)/master.key")
        return data
    }

    @Test("made under load has every session from before it, and passes the check when restored")
    func load() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        try server.createUser("ann")
        let load = ClientLoad.signing(20, app: app, port: server.port)
        try load.wait(forAnswers: 200)
        let connection = try server.connect()
        let before = try (0..<50).map { _ in try app.pair(on: connection) }

        let path = server.folder.path("copy.db")
        let outcome = try backUp(server, to: path)
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        #expect(outcome.output.contains("without \(server.data)/master.key, which is not in it"))
        let atBackup = try SessionRows.count(in: server.data)
        _ = try app.pair(on: connection)
        #expect(try server.stop() == .exited(0))
        let all = try load.finish()

        let data = try restore(path, of: server, to: "restored")
        #expect(try SessionRows.missing(of: before, in: data) == 0)
        let count = try SessionRows.count(in: data)
        #expect(count >= 250 && count <= atBackup && atBackup <= all.count + 51)
        let check = try Signet.run(["check", "--data", data], in: server.folder)
        #expect(check.ending == .exited(0), "\(check.output)")
        #expect(check.output.contains("is sound: 1 apps, 1 keys, 1 users, \(count) sessions"))

        let second = try SignetProcess(in: server.folder, data: data, rootKey: nil)
        let again = try second.connect()
        for pair in before { #expect(try app.verifies(pair.authToken, on: again)) }
        #expect(try app.renew(before[0], on: again).status == 200)
        #expect(try OutboundServer.signIn("ann", on: second).status == 200)
        #expect(try second.connect().call("GET", "/root/list", key: server.rootKey).status == 200)
    }

    @Test("is its owner's alone, and replaces nothing unless it is told to")
    func replace() throws {
        let server = try SignetProcess()
        let path = try server.folder.write("mine", to: "copy.db")
        let refused = try backUp(server, to: path)
        #expect(refused.ending == .exited(1))
        #expect(refused.errors.contains("is there already; --force replaces it"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")

        // What a command left that was killed is in nobody's way.
        _ = try server.folder.write("half", to: "copy.db.part")
        let replaced = try backUp(server, to: path, ["--force", "--json"])
        #expect(replaced.ending == .exited(0), "\(replaced.errors)")
        #expect(replaced.output.contains(#""master_key":"\#(server.data)/master.key""#))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(!FileManager.default.fileExists(atPath: "\(path).part"))
        let data = try restore(path, of: server, to: "restored")
        #expect(
            try Signet.run(["check", "--data", data], in: server.folder).ending == .exited(0))
    }

    @Test("of a database that was emptied is refused, and leaves the last good one alone")
    func emptied() throws {
        let server = try SignetProcess()
        #expect(try server.stop() == .exited(0))
        let copy = server.folder.path("copy")
        let backup = ["backup", copy, "--data", server.data]
        #expect(try Signet.run(backup, in: server.folder).ending == .exited(0))
        let good = try Data(contentsOf: URL(fileURLWithPath: copy))
        try Data().write(to: URL(fileURLWithPath: "\(server.data)/signet.db"))
        let refused = try Signet.run(backup + ["--force"], in: server.folder)
        #expect(refused.ending == .exited(1), "\(refused)")
        #expect(refused.errors.contains("signet.db is missing or empty"), "\(refused.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == good)
    }

    @Test(
        "that is killed leaves the file whole or not there, and the next one works",
        .enabled(if: FaultPoints.areBuilt, "needs a debug build of the server"),
        arguments: ["backup-copying:1", "backup-copying:2", "backup-whole:1", "backup-named:1"])
    func kill(point: String) throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        // Two steps of 4 MiB.
        let claim = String(repeating: "x", count: 900_000)
        for _ in 0..<6 {
            let body = #"{"sub":"a","aud":"b","ip":"::1","useragent":"c","claim":"\#(claim)"}"#
            _ = try TokenPair(app.sign(on: connection, body: body))
        }
        let path = server.folder.path("copy.db")
        let killed = try Signet.run(
            ["backup", path, "--data", server.data], environment: ["SIGNET_FAULT_POINT": point],
            in: server.folder)
        #expect(killed.ending == .killed(signal: SIGKILL))
        let isNamed = point == "backup-named:1"
        #expect(FileManager.default.fileExists(atPath: path) == isNamed)
        let again = try backUp(server, to: path, isNamed ? ["--force"] : [])
        #expect(again.ending == .exited(0), "\(again.errors)")
        let data = try restore(path, of: server, to: "restored")
        #expect(
            try Signet.run(["check", "--data", data], in: server.folder).ending == .exited(0))
    }

    @Test(
        "is not written into the data folder, a folder that is not there, or over what is no file")
    func place() throws {
        let server = try SignetProcess()
        for (path, text) in [
            ("\(server.data)/signet.db", "is in the data folder"),
            ("\(server.data)/copy.db", "is in the data folder"),
            (server.folder.path("none/copy.db"), "it is not there"),
            (server.data, "it is no file"),
        ] {
            let outcome = try backUp(server, to: path, ["--force"])
            #expect(outcome.ending == .exited(1))
            #expect(outcome.errors.contains(text), "\(outcome.errors)")
        }
        #expect(
            try Signet.run(["check", "--data", server.data], in: server.folder).ending == .exited(0)
        )
    }

    @Test(
        "that finds no room leaves nothing behind",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func full() throws {
        let disk = try #require(SmallDisk(bytes: 1 << 20))
        disk.fill()
        let server = try SignetProcess()
        let outcome = try backUp(server, to: "\(disk.path)/copy.db")
        #expect(outcome.ending == .exited(1))
        #expect(outcome.errors.contains("there is no room for"), "\(outcome.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["ballast"])
    }
}
