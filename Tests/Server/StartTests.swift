import Foundation
import Testing
import TestSupport

@Suite("How a server starts")
struct StartTests {
    private static let otherMasterKey = Data(repeating: 7, count: 32).base64EncodedString()

    /// The permissions of a file or folder.
    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    /// What the database holds, as SQL.
    private func dump(_ folder: String) throws -> String {
        let script = """
            import sqlite3, sys
            print("\\n".join(sqlite3.connect(sys.argv[1]).iterdump()))
            """
        let output = try Python.run(script, arguments: ["\(folder)/signet.db"])
        return String(decoding: output, as: UTF8.self)
    }

    private func execute(_ sql: String, in database: String) throws {
        try Python.run(
            "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.executescript(sys.argv[2])",
            arguments: [database, sql])
    }

    /// Starts `signet serve` on `data`, which must be refused with one line that says `text`, and with 78
    /// unless the fault may go away by itself, or is the disk's.
    private func expectRefusal(
        _ text: String, data: String, in folder: TemporaryFolder, port: Int = 0,
        environment: [String: String] = [:], status: Int32 = 78
    ) throws {
        let outcome = try Signet.run(
            ["serve", "--port", "\(port)", "--data", data], environment: environment, in: folder)
        #expect(outcome.ending == .exited(status))
        #expect(outcome.output == "")
        #expect(outcome.errors.hasPrefix("signet: "))
        #expect(outcome.errors.contains(text))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test("prints a root key of 128 characters at the first start, and at that one only")
    func rootKeyOnce() throws {
        let first = try SignetProcess()
        let key = try #require(first.rootKey)
        #expect(try /[A-Za-z0-9+\/]{128}/.wholeMatch(in: key) != nil)
        #expect(first.greeting.components(separatedBy: key).count == 2)
        #expect(try first.connect().call("GET", "/root/list", key: key).status == 200)
        #expect(try first.stop() == .exited(0))

        let second = try SignetProcess(in: first.folder)
        #expect(second.rootKey == nil)
        #expect(try second.connect().call("GET", "/root/list", key: key).status == 200)
    }

    @Test("takes the root key of SIGNET_ROOT_KEY and shows it nowhere")
    func rootKeyGiven() throws {
        let key = String(repeating: "Ab+/", count: 32)
        let server = try SignetProcess(rootKey: key)
        #expect(try server.connect().call("GET", "/root/list", key: key).status == 200)
        #expect(try server.connect().call("GET", "/root/list", key: key + "A").status == 403)
        #expect(try server.stop() == .exited(0))
        #expect(!server.process.outputText.contains("Root key"))
        #expect(!(server.process.outputText + server.process.errorText).contains(key))
    }

    @Test("refuses a root key of another length")
    func rootKeyLength() throws {
        let folder = try TemporaryFolder()
        try expectRefusal(
            "128", data: folder.path("data"), in: folder,
            environment: ["SIGNET_ROOT_KEY": "short-and-secret"])
        #expect(!FileManager.default.fileExists(atPath: folder.path("data")))
    }

    @Test("keeps its data from everybody else, even when the mask would not")
    func modes() throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        // A shell sets the mask, because that of this process belongs to all its tests.
        let server = try ChildProcess(
            "/bin/sh",
            [
                "-c", #"umask 0 && exec "$0" "$@""#, Signet.binary, "serve", "--demo", "--port",
                "0", "--data", data,
            ], environment: ["SIGNET_ADMIN_PORT": "0"], in: folder.path())
        try #require(server.waitForOutput("listens on") != nil)
        #expect(try mode(data) == 0o700)
        let files = try FileManager.default.contentsOfDirectory(atPath: data)
        #expect(Set(files).isSuperset(of: ["signet.db", "signet.db-wal", "master.key", "lock"]))
        for file in files { #expect(try mode("\(data)/\(file)") == 0o600, "\(file)") }
    }

    @Test("refuses a data folder whose master key is gone, wrong or damaged, and changes nothing")
    func masterKey() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let token = try app.pair(on: server.connect()).authToken
        #expect(try server.stop() == .exited(0))
        let file = "\(server.data)/master.key"
        let key = try String(contentsOfFile: file, encoding: .utf8)
        let before = try dump(server.data)

        try FileManager.default.removeItem(atPath: file)
        try expectRefusal("master.key is missing", data: server.data, in: server.folder)
        #expect(!FileManager.default.fileExists(atPath: file))
        for (wrong, text) in [
            (Self.otherMasterKey + "\n", "the master key does not open"),
            ("not base64\n", "master.key can't be used"), ("", "master.key can't be used"),
        ] {
            _ = try server.folder.write(wrong, to: "data/master.key")
            chmod(file, 0o600)
            try expectRefusal(text, data: server.data, in: server.folder)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == wrong)
        }
        #expect(try dump(server.data) == before)

        _ = try server.folder.write(key, to: "data/master.key")
        let again = try SignetProcess(in: server.folder)
        #expect(try app.verifies(token, on: again.connect()))
    }

    @Test("refuses files of secrets that others may read, and a folder that others may write to")
    func openFiles() throws {
        let server = try SignetProcess()
        #expect(try server.stop() == .exited(0))
        for name in ["master.key", "signet.db"] {
            let path = "\(server.data)/\(name)"
            chmod(path, 0o604)
            try expectRefusal("chmod o= \(path)", data: server.data, in: server.folder)
            let command = try Signet.run(["app", "list", "--data", server.data], in: server.folder)
            #expect(command.ending == .exited(78) && command.errors.contains("chmod o= \(path)"))
            chmod(path, 0o640)
        }
        chmod(server.data, 0o757)
        try expectRefusal("chmod o-w \(server.data)", data: server.data, in: server.folder)
        chmod(server.data, 0o750)
        #expect(try SignetProcess(in: server.folder).stop() == .exited(0))
    }

    @Test("refuses a database of a newer Signet, of another program, and a damaged one")
    func database() throws {
        let server = try SignetProcess()
        #expect(try server.stop() == .exited(0))
        let database = "\(server.data)/signet.db"
        let good = try Data(contentsOf: URL(fileURLWithPath: database))

        try execute("PRAGMA user_version = 99", in: database)
        let newer = try dump(server.data)
        try expectRefusal("newer Signet", data: server.data, in: server.folder)
        #expect(try dump(server.data) == newer)

        try Data("This is no database. ".utf8 + good.dropFirst(21)).write(
            to: URL(fileURLWithPath: database))
        try expectRefusal(
            "not a Signet database", data: server.data, in: server.folder, status: 1)

        // Every page but the first, which names the file's format, is overwritten.
        var damaged = good
        for index in 4096..<damaged.count { damaged[index] = 0xA5 }
        try damaged.write(to: URL(fileURLWithPath: database))
        try expectRefusal("damaged", data: server.data, in: server.folder, status: 1)

        try FileManager.default.removeItem(atPath: database)
        try execute("CREATE TABLE theirs(a); INSERT INTO theirs VALUES(1)", in: database)
        chmod(database, 0o600)
        let theirs = try dump(server.data)
        try expectRefusal("not a Signet database", data: server.data, in: server.folder)
        #expect(try dump(server.data) == theirs)
    }

    @Test("refuses a second server on the same port, and on the same data folder")
    func second() throws {
        let server = try SignetProcess()
        try expectRefusal(
            "another server listens on 127.0.0.1:\(server.port)",
            data: server.folder.path("other"), in: server.folder, port: server.port, status: 1)
        try expectRefusal(
            "another Signet server works on", data: server.data, in: server.folder, status: 1)
        #expect(try server.connect().call("GET", "/ping").text == "pong")
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        // The lock of a server that was killed holds nobody up.
        _ = try SignetProcess(in: server.folder)
    }

    @Test("calls an address that the machine does not have a fault that may go away")
    func foreignAddress() throws {
        let folder = try TemporaryFolder()
        // Of no machine: for documentation (RFC 5737).
        try expectRefusal(
            "can't listen on 192.0.2.1:", data: folder.path("data"), in: folder,
            environment: ["SIGNET_HTTP_HOST": "192.0.2.1"], status: 1)
    }

    @Test("refuses one port for both listeners, and an audit log that nobody could verify")
    func contradictions() throws {
        let folder = try TemporaryFolder()
        let port = try Signet.run(
            [
                "serve", "--port", "18080", "--set", "admin.port=18080", "--data",
                folder.path("data"),
            ],
            in: folder)
        #expect(port.ending == .exited(78))
        #expect(port.errors.contains("http.port and admin.port are both 18080"))
        let log = try Signet.run(
            [
                "serve", "--port", "0", "--data", "memory:", "--set",
                "audit.file=\(folder.path("log"))",
            ], in: folder)
        #expect(log.ending == .exited(78))
        #expect(log.errors.contains("SIGNET_AUDIT_KEY"))
    }

    @Test("refuses --demo where others could reach it", arguments: ["0.0.0.0", "::"])
    func demo(host: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Signet.run(
            ["serve", "--demo", "--port", "0", "--host", host, "--data", folder.path("data")],
            in: folder)
        #expect(outcome.ending == .exited(64))
        #expect(outcome.errors.contains("loopback"))
        #expect(!FileManager.default.fileExists(atPath: folder.path("data")))
    }

    @Test("leaves nothing on the disk with --data memory:")
    func memory() throws {
        let server = try SignetProcess(data: "memory:")
        let app = try AppAccount.create(on: server)
        let connection = try server.connect()
        #expect(try app.verifies(app.pair(on: connection).authToken, on: connection))
        // Neither a file with a name nor one that was unlinked. A server shows its descriptors to root alone.
        let descriptors = "/proc/\(server.process.id)/fd"
        let names =
            geteuid() == 0 ? try FileManager.default.contentsOfDirectory(atPath: descriptors) : []
        for descriptor in names {
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "\(descriptors)/\(descriptor)")
            guard let target, target.hasPrefix("/") else { continue }
            #expect(target.hasPrefix("/dev/"))
        }
        #expect(try server.stop() == .exited(0))
        #expect(try FileManager.default.contentsOfDirectory(atPath: server.folder.path()) == [])
    }
}
