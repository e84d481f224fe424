import Foundation
import TestSupport
import Testing

@Suite("A damaged database")
struct DamageTests {
    private static let pageBytes = 4096

    /// A data folder with an app, its keys, sessions and a user; nobody works on it.
    private struct Store {
        let folder: TemporaryFolder
        let data: String
        var database: String { "\(data)/signet.db" }

        /// - Parameter ending: how the server is ended that makes it: SIGKILL leaves the log.
        init(_ ending: Int32 = SIGTERM) throws {
            let server = try SignetProcess()
            let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
            try server.createUser("ann")
            let connection = try server.connect()
            for _ in 0..<200 { _ = try app.pair(on: connection) }
            _ = try server.stop(ending)
            folder = server.folder
            data = server.data
        }

        /// Rows of the database, columns parted by `|`.
        @discardableResult
        func sql(_ statement: String) throws -> [String] {
            let script = """
                import sqlite3, sys
                database = sqlite3.connect(sys.argv[1])
                database.execute("PRAGMA writable_schema = ON")
                for row in database.execute(sys.argv[2]):
                    print("|".join(str(column) for column in row))
                database.commit()
                """
            let output = try Python.run(script, arguments: [database, statement])
            return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        }

        /// Overwrites a page; the first is number 1.
        func overwrite(page: Int) throws {
            let file = try #require(FileHandle(forUpdatingAtPath: database))
            try file.seek(toOffset: UInt64((page - 1) * pageBytes))
            try file.write(contentsOf: Data(repeating: 0xA5, count: pageBytes))
            try file.close()
        }

        func check(_ arguments: [String] = []) throws -> Signet.Outcome {
            try Signet.run(["check", "--data", data] + arguments, in: folder)
        }

        /// Both refuse it, in one line that says which file, what is wrong and what to do.
        func expectRefusal(_ text: String) throws {
            let start = try Signet.run(["serve", "--port", "0", "--data", data], in: folder)
            #expect(start.ending == .exited(1), "\(start.output)")
            #expect(start.output == "")
            #expect(start.errors.split(separator: "\n").count == 1)
            for part in [data, text, "restore a backup"] {
                #expect(start.errors.contains(part), "\(start.errors)")
            }
            let check = try check()
            #expect(check.ending == .exited(1))
            #expect(check.output.contains(text), "\(check.output)\(check.errors)")
        }
    }

    @Test("is told from a sound one, which passes while a server works on it")
    func sound() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let load = ClientLoad.signing(4, app: app, port: server.port)
        try load.wait(forAnswers: 20)
        let check = try Signet.run(["check", "--json", "--data", server.data], in: server.folder)
        #expect(check.ending == .exited(0), "\(check.errors)")
        #expect(check.output == "{\"sound\":true,\"faults\":[]}\n")
        #expect(try server.stop() == .exited(0))
        _ = try load.finish()
    }

    @Test("is noticed by the check, whichever page was overwritten")
    func everyPage() throws {
        let store = try Store()
        let good = try Data(contentsOf: URL(fileURLWithPath: store.database))
        #expect(good.count > 30 * Self.pageBytes)
        for page in 1...good.count / Self.pageBytes {
            try store.overwrite(page: page)
            let outcome = try store.check()
            #expect(outcome.ending == .exited(1), "page \(page): \(outcome.output)")
            try good.write(to: URL(fileURLWithPath: store.database))
        }
        #expect(try store.check().ending == .exited(0))
    }

    @Test(
        "is refused at the start when a table or an index of what a server needs is gone",
        arguments: [
            "sqlite_schema", "apps", "keys", "keys_by_app", "properties", "marks",
            "subject_runs", "sessions", "users", "user_sessions",
        ])
    func root(table: String) throws {
        let store = try Store()
        // The first page of the file has the header as well.
        let roots =
            table == "sqlite_schema"
            ? ["1"] : try store.sql("SELECT rootpage FROM sqlite_schema WHERE name = '\(table)'")
        try store.overwrite(page: try #require(roots.first.flatMap { Int($0) }))
        try store.expectRefusal("damaged")
    }

    @Test("is refused when it was cut off, wherever", arguments: [0, 1, 100, 4096, 20_000, 90_001])
    func cut(bytes: Int) throws {
        let store = try Store()
        let file = try #require(FileHandle(forUpdatingAtPath: store.database))
        try file.truncate(atOffset: UInt64(bytes))
        try file.close()
        try store.expectRefusal("damaged")
    }

    @Test(
        "is refused, and its log kept, when it is empty beside a log or the log's beginning is gone"
    )
    func log() throws {
        let store = try Store(SIGKILL)
        let log = URL(fileURLWithPath: "\(store.database)-wal")
        let good = try Data(contentsOf: log)
        try (Data(repeating: 0xA5, count: 32) + good.dropFirst(32)).write(to: log)
        try store.expectRefusal("signet.db-wal does not begin as a write-ahead log does")
        try good.write(to: log)

        let database = try Data(contentsOf: URL(fileURLWithPath: store.database))
        try Data().write(to: URL(fileURLWithPath: store.database))
        try FileManager.default.removeItem(atPath: "\(store.data)/lock")
        try store.expectRefusal("signet.db is empty")
        #expect(try Data(contentsOf: log) == good)
        try database.write(to: URL(fileURLWithPath: store.database))
        #expect(try store.check().ending == .exited(0))
    }

    @Test(
        "is noticed by the check when rows go against what Signet writes",
        arguments: [
            (
                "UPDATE keys SET sealed_private_key = zeroblob(length(sealed_private_key))",
                "does not open with the master key"
            ),
            ("UPDATE keys SET algorithm = 'ES256'", "is no key of ES256"),
            ("UPDATE keys SET public_key = x'00'", "has another public key"),
            (
                "UPDATE marks SET value = (SELECT max(id) FROM sessions)",
                "200 sessions are not in the index of subjects"
            ),
            ("DELETE FROM marks", "1 marks are missing"),
            ("DELETE FROM apps", "1 rows refer to rows that are not there"),
            ("DROP INDEX keys_by_app", "index keys_by_app is missing or changed"),
            ("CREATE TABLE theirs(a)", "table theirs does not belong here"),
            (
                "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'users'",
                "1 rows of users have numbers that are still to be given"
            ),
        ])
    func rules(statement: String, fault: String) throws {
        let store = try Store()
        try store.sql(statement)
        let outcome = try store.check()
        #expect(outcome.ending == .exited(1))
        #expect(outcome.output.contains(fault), "\(outcome.output)")
        #expect(outcome.errors.contains("restore a backup"))
        let json = try store.check(["--json"])
        #expect(json.output.hasPrefix("{\"sound\":false,\"faults\":[\""))
    }

    @Test("is told from a master key that is missing, or another one")
    func masterKey() throws {
        let store = try Store()
        let other = Data(repeating: 7, count: 32).base64EncodedString()
        let wrong = try Signet.run(
            ["check", "--data", store.data], environment: ["SIGNET_MASTER_KEY": other],
            in: store.folder)
        #expect(wrong.ending == .exited(1))
        #expect(wrong.output.contains("the master key is another one"))
        try FileManager.default.removeItem(atPath: "\(store.data)/master.key")
        let missing = try store.check()
        #expect(missing.ending == .exited(1))
        #expect(missing.output.contains("master.key is missing"))
        #expect(!FileManager.default.fileExists(atPath: "\(store.data)/master.key"))
    }
}
