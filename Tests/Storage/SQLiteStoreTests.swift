import Foundation
import TestSupport
import Testing

@testable import SignetStorage

@Suite("SQLiteStore")
struct SQLiteStoreTests {
    let folder: TemporaryFolder
    let clock = ManualClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(
        role: StoreRole = .server, subjectBatchRows: Int = 65_536
    ) throws(StoreError) -> SQLiteStore {
        // Who has to wait for another on a busy machine is not refused.
        try SQLiteStore(
            folder: folder.data, role: role, subjectBatchRows: subjectBatchRows,
            busyTimeoutMilliseconds: 600_000
        ) { [clock] in clock.now }
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test("has everything again after it was closed")
    func reopens() async throws {
        let first = try open()
        try await first.write([
            .insertApp(Sample.app(1)), .insertKey(Sample.key(1, app: 1)),
            .setProperty(name: "root", value: [1, 2]),
            .endSessions(app: 1, through: 5, expires: clock.now + 60),
        ])
        try await first.commit(Sample.batch((0..<100).map { Sample.session($0) }))
        await first.close()
        let second = try open()
        let contents = try await second.load()
        #expect(contents.apps == [Sample.app(1)])
        #expect(contents.keys == [Sample.key(1, app: 1)])
        #expect(contents.properties == ["root": [1, 2]])
        #expect(contents.newestSession == Sample.id(99))
        #expect(try await second.session(Sample.id(50)) == Sample.session(50))
        #expect(try await second.sessions(app: 1, subject: 77).count == 100)
        #expect(try await second.changes(after: 0).count == 4)
        await second.close()
    }

    @Test("commits what is queued when it is closed")
    func closesCleanly() async throws {
        let store = try open()
        await withTaskGroup(of: StoreError.Reason?.self) { group in
            for n in 0..<50 {
                group.addTask {
                    await reason { () throws(StoreError) in
                        try await store.commit(Sample.batch(Sample.session(n)))
                    }
                }
            }
            group.addTask {
                await store.close()
                return nil
            }
            var committed = 0
            for await failure in group where failure == nil { committed += 1 }
            let rows = try? folder.sql("SELECT count(*) FROM sessions")
            #expect(rows == ["\(committed - 1)"])
        }
    }

    @Test("makes the folder and its files for the owner alone, whatever the mask")
    func permissions() async throws {
        let mask = umask(0)
        let store = try open()
        umask(mask)
        try await store.commit(Sample.batch(Sample.session(1)))
        #expect(try mode(folder.data) == 0o700)
        for file in ["signet.db", "signet.db-wal", "signet.db-shm", "lock"] {
            #expect(try mode("\(folder.data)/\(file)") == 0o600, "\(file)")
        }
        await store.close()
    }

    @Test("says what is wrong with a folder that cannot be made")
    func unusableFolder() async throws {
        try Data().write(to: URL(fileURLWithPath: folder.data))
        let refused = await reason { () throws(StoreError) in _ = try open() }
        #expect(refused == .cannotOpen)
    }

    @Test("refuses a second server and takes one after the first is gone")
    func locks() async throws {
        let first = try open()
        let refused = await reason { () throws(StoreError) in _ = try open() }
        #expect(refused == .locked)
        #expect(StoreError(.locked).description.contains("another Signet server"))
        await first.close()
        let second = try open()
        await second.close()
    }

    @Test("shows a server what a visitor writes, and a visitor what the server has")
    func visitor() async throws {
        let server = try open(subjectBatchRows: 100)
        try await server.write([.insertApp(Sample.app(1))])
        try await server.commit(Sample.batch((0..<250).map { Sample.session($0) }))
        let seen = try await server.load().lastChange

        let visitor = try open(role: .visitor)
        #expect(try await visitor.load().apps == [Sample.app(1)])
        #expect(try await visitor.sessions(app: 1, subject: 77).count == 250)
        try await visitor.write([
            .insertApp(Sample.app(2)),
            .endSession(id: Sample.id(3), app: 1, expires: clock.now + 9),
        ])
        try await visitor.commit(Sample.batch(Sample.session(1_000)))
        let changes = try await server.changes(after: seen)
        #expect(changes.map(\.kind) == [.appInserted, .sessionEnded])
        #expect(try await server.load().apps.count == 2)
        #expect(try await server.session(Sample.id(3)) == nil)
        #expect(try await server.sessions(app: 1, subject: 77).count == 250)
        try await server.write([.deleteApp(number: 2)])
        #expect(try await visitor.load().apps == [Sample.app(1)])
        await visitor.close()
        await server.close()
    }

    @Test("finds what was renewed before the index of it changed (schema 2)")
    func renewedUnderSchema2() async throws {
        let first = try open()
        try await first.commit(Sample.batch((1...3).map { Sample.session($0) }))
        await first.close()
        let id = Sample.id(2)
        try folder.goBack(toSchema: 2)
        _ = try folder.sql(
            "UPDATE sessions SET renewed = 1, replaced_expires = 5 WHERE id = \(id)")
        let second = try open()
        #expect(try await second.renewedSessions().map(\.id) == [id])
        await second.close()
        #expect(try folder.sql("PRAGMA user_version") == ["\(Migrations.current)"])
    }

    @Test("marks a session at its first renewal only, once for all")
    func renewalsKeepTheMark() async throws {
        let store = try open()
        var row = Sample.session(1)
        try await store.commit(Sample.batch(row))
        for step in 1...3 {
            let batch = SessionBatch()
            row.renewal = SessionRenewal(
                previousTag: row.tag, at: (row.issued + 1) * 1000,
                replacedExpires: row.refreshExpires, successor: [])
            row.tag &+= 1
            batch.renew(row, isFirst: step == 1)
            try await store.commit(batch)
            #expect(try await store.renewedSessions().map(\.tag) == [row.tag])
        }
        #expect(try await store.session(row.id) == row)
        await store.close()
        #expect(
            try folder.sql(
                "SELECT count(*) FROM sessions INDEXED BY sessions_renewed WHERE was_renewed IS NOT NULL"
            )
                == ["1"])
    }

    @Test("refuses the database of a newer Signet and leaves it as it is")
    func newerSchema() async throws {
        try await open().close()
        _ = try folder.sql("PRAGMA user_version = 99")
        let known = Migrations.current
        do throws(StoreError) {
            _ = try open()
            Issue.record("it was opened")
        } catch {
            #expect(error.reason == .newerSchema(found: 99, known: known))
            #expect(
                error.description.contains(
                    "made by a newer Signet (schema 99; this one knows \(known))"))
        }
        #expect(try folder.sql("PRAGMA user_version") == ["99"])
    }

    @Test("leaves the database as it is for a server of an older schema that works on it")
    func olderServer() async throws {
        try await open().close()
        try folder.goBack(toSchema: 9)
        let server = try StoreFolder(path: folder.data, role: .server)
        let refusal = await reason { () throws(StoreError) in _ = try open(role: .visitor) }
        #expect(refusal == .serverOfOlderSchema(found: 9, known: Migrations.current))
        #expect(try folder.sql("PRAGMA user_version") == ["9"])
        server.unlock()
        try await open(role: .visitor).close()
        #expect(try folder.sql("PRAGMA user_version") == ["\(Migrations.current)"])
        // The visitor gave the lock back.
        try await open().close()
    }

    @Test("gives its lock back though a child process has the lock's file open still")
    func lockOfAChild() async throws {
        let store = try open()
        // What a fork leaves to a child until it calls exec: another descriptor of the same open file.
        let path = try #require(realpath("\(folder.data)/lock", nil))
        defer { free(path) }
        let lock = try #require(
            (Int32(0)..<4096).first { file in
                var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
                return readlink("/proc/self/fd/\(file)", &target, Int(PATH_MAX)) > 0
                    && strcmp(target, path) == 0
            })
        let inherited = dup(lock)
        defer { Glibc.close(inherited) }
        #expect(inherited >= 0)
        #expect(await reason { () throws(StoreError) in _ = try open() } == .locked)
        await store.close()
        try await open().close()
    }

    @Test("refuses what is not a Signet database and leaves it as it is")
    func foreignFiles() async throws {
        try FileManager.default.createDirectory(
            atPath: folder.data, withIntermediateDirectories: true)
        let text = Data(repeating: UInt8(ascii: "x"), count: 8_192)
        try text.write(to: URL(fileURLWithPath: folder.database))
        let refusedText = await reason { () throws(StoreError) in _ = try open() }
        #expect(refusedText == .notSignet)
        #expect(FileManager.default.contents(atPath: folder.database) == text)

        try FileManager.default.removeItem(atPath: folder.database)
        _ = try folder.sql("CREATE TABLE theirs(x)")
        let refusedTable = await reason { () throws(StoreError) in _ = try open() }
        #expect(refusedTable == .notSignet)
        #expect(try folder.sql("PRAGMA journal_mode") == ["delete"])
    }

    @Test("marks its file and works with a write-ahead log")
    func pragmas() async throws {
        let store = try open()
        #expect(try folder.sql("PRAGMA application_id") == ["1397182036"])
        #expect(try folder.sql("PRAGMA journal_mode") == ["wal"])
        await store.close()
    }

    @Test("has every acknowledged session in a copy of its files taken while it writes")
    func copyWhileWriting() async throws {
        let store = try open()
        let copy = "\(folder.path)/copy"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for n in 0..<50 { try await store.commit(Sample.batch(Sample.session(n))) }
        async let more: Void = {
            for n in 50..<400 { try? await store.commit(Sample.batch(Sample.session(n))) }
        }()
        // Another process copies: closing the files in this one would drop the store's locks. The
        // log is far from being copied into the database, so that file stays as it is.
        try Python.run(
            """
            import shutil, sys
            for name in ("signet.db", "signet.db-wal"):
                shutil.copy(f"{sys.argv[1]}/{name}", f"{sys.argv[2]}/{name}")
            """, arguments: [folder.data, copy])
        await more
        let reopened = try SQLiteStore(folder: copy) { [clock] in clock.now }
        for n in 0..<50 {
            #expect(try await reopened.session(Sample.id(n)) == Sample.session(n))
        }
        await reopened.close()
        await store.close()
    }

    @Test("has every acknowledged session after its process was killed")
    func killed() async throws {
        let data = folder.data
        await #expect(processExitsWith: .signal(SIGKILL)) { [data = data as String] in
            try await Self.commitUntilKilled(data)
        }
        let acknowledged = try String(contentsOfFile: "\(data)/acknowledged", encoding: .utf8)
            .split(separator: "\n").compactMap { Int($0) }
        #expect(acknowledged.count >= 300)
        let store = try open(subjectBatchRows: 64)
        for n in acknowledged {
            #expect(try await store.session(Sample.id(n)) == Sample.session(n))
        }
        let found = Set(try await store.sessions(app: 1, subject: 77).map(\.id))
        #expect(found.isSuperset(of: acknowledged.map(Sample.id)))
        await store.close()
        #expect(try folder.sql("PRAGMA integrity_check") == ["ok"])
    }

    /// Commits from several tasks, notes each acknowledged session in a file, and dies in the
    /// middle.
    private static func commitUntilKilled(_ data: String) async throws {
        let store = try SQLiteStore(folder: data, subjectBatchRows: 64) { Sample.second }
        let log = Glibc.open("\(data)/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask {
                    for n in stride(from: lane, to: 100_000, by: 8) {
                        try await store.commit(Sample.batch(Sample.session(n)))
                        let line = Array("\(n)\n".utf8)
                        _ = write(log, line, line.count)
                        if n >= 400 { kill(getpid(), SIGKILL) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
