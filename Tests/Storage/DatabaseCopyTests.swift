import Foundation
import TestSupport
import Testing

@testable import SignetStorage

@Suite("A copy of a database, and a check of it")
struct DatabaseCopyTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open() throws -> SQLiteStore {
        try SQLiteStore(folder: folder.data, subjectBatchRows: 64) { Sample.second }
    }

    /// Copies the database into the folder `copy`, and returns its path.
    private func copy(
        _ progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> String {
        let place = "\(folder.path)/copy"
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(place)/signet.db"))
        try DatabaseCopy.make(
            ofFolder: folder.data, at: "\(place)/signet.db", progress: progress)
        return place
    }

    @Test("is as of one moment, whatever is written meanwhile")
    func moment() async throws {
        let store = try open()
        try await store.write([.insertApp(Sample.app(1))])
        for n in 0..<1000 { try await store.commit(Sample.batch(Sample.session(n))) }
        async let more: Void = {
            for n in 1000..<3000 { try? await store.commit(Sample.batch(Sample.session(n))) }
        }()
        var told: [Int] = []
        let place = try copy { done, of in told.append(of - done) }
        await more
        #expect(told.last == 0)
        let check = try DatabaseCheck(folder: place)
        #expect(try check.pageFaults() + check.ruleFaults() == [])
        let copied = try SQLiteStore(folder: place) { Sample.second }
        let sessions = try await copied.sessions(app: 1, subject: 77)
        #expect(sessions.count >= 1000)
        // The sessions of a moment are the first ones.
        #expect(sessions.map(\.id).sorted() == (0..<sessions.count).map { Sample.id($0) })
        await copied.close()
        await store.close()
    }

    @Test("takes an earlier schema as it is, of which only the pages are checked")
    func earlier() async throws {
        let store = try open()
        try await store.write([.insertApp(Sample.app(1))])
        await store.close()
        try folder.goBack(toSchema: 6)
        let place = try copy()
        let check = try DatabaseCheck(folder: place)
        #expect(check.schema == 6 && !check.isCurrent)
        #expect(try check.pageFaults() == [])
        // The next start brings it to the current one, after which the rules hold.
        await (try SQLiteStore(folder: place) { Sample.second }).close()
        #expect(try DatabaseCheck(folder: place).ruleFaults() == [])
    }

    @Test("is sound with a subject index in several runs, and is not when one loses an entry")
    func subjects() async throws {
        let store = try open()
        try await store.write([.insertApp(Sample.app(1))])
        for n in 0..<500 {
            try await store.commit(Sample.batch(Sample.session(n, subject: UInt64(n % 7))))
        }
        try await store.maintain()
        await store.close()
        #expect(try folder.sql("SELECT count(*) > 2 FROM subject_runs") == ["1"])
        #expect(try DatabaseCheck(folder: folder.data).ruleFaults() == [])
        _ = try folder.sql(
            "DELETE FROM subjects WHERE session = (SELECT min(session) FROM subjects)")
        #expect(
            try DatabaseCheck(folder: folder.data).ruleFaults()
                == ["1 sessions are not in the index of subjects"])
    }

    @Test("is not made of what is no Signet database")
    func foreign() throws {
        try FileManager.default.createDirectory(
            atPath: folder.data, withIntermediateDirectories: true)
        _ = try folder.sql("CREATE TABLE theirs(x)")
        #expect(throws: StoreError(.notSignet)) { _ = try copy() }
        #expect(throws: StoreError(.notSignet)) { _ = try DatabaseCheck(folder: folder.data) }
    }
}
