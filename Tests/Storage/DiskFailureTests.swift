import Foundation
import TestSupport
import Testing

@testable import SignetStorage

@Suite("A disk that fails")
struct DiskFailureTests {
    @Test(
        "fails the requests that found the disk full, and goes on when there is room again",
        .enabled(if: SmallDisk.canMount, "needs root: mounts a small file system"))
    func full() async throws {
        let disk = try #require(SmallDisk(bytes: 3 << 20))
        let store = try SQLiteStore(folder: "\(disk.path)/data") { Sample.second }
        try await store.write([.insertApp(Sample.app(1))])

        // Something else fills the disk up to the last page.
        disk.fill()

        var acknowledged: [Int] = []
        var refused: [Int] = []
        var reasons: [StoreError.Reason] = []
        for n in 0..<200 where reasons.count < 5 {
            let row = Sample.session(n, claims: [UInt8](repeating: 7, count: 3_000))
            let failure = await reason { () throws(StoreError) in
                try await store.commit(Sample.batch(row))
            }
            if let failure {
                refused.append(n)
                reasons.append(failure)
            } else {
                acknowledged.append(n)
            }
        }
        #expect(reasons == [StoreError.Reason](repeating: .diskFull, count: 5))
        // Reading goes on.
        #expect(try await store.load().apps == [Sample.app(1)])

        disk.free()
        for n in 500..<520 { try await store.commit(Sample.batch(Sample.session(n))) }
        for n in refused { #expect(try await store.session(Sample.id(n)) == nil) }
        for n in acknowledged { #expect(try await store.session(Sample.id(n)) != nil) }
        #expect(
            try await store.sessions(app: 1, subject: 77).count == acknowledged.count + 20)
        await store.close()

        let again = try SQLiteStore(folder: "\(disk.path)/data") { Sample.second }
        #expect(
            try await again.sessions(app: 1, subject: 77).count == acknowledged.count + 20)
        await again.close()
    }

    @Test("reports a database that may not grow as a full disk and recovers")
    func pageLimit() async throws {
        let folder = try TemporaryFolder()
        let connection = try openCommitter(in: folder)
        try connection.execute("PRAGMA max_page_count = 40")
        let committer = try GroupCommitter(
            on: connection, tail: SubjectTail(batchLength: 100), counters: WriterCounters()
        ) { Sample.second }
        func commit(_ n: Int) async -> StoreError.Reason? {
            let row = Sample.session(n, claims: [UInt8](repeating: 7, count: 3_000))
            return await withUnsafeContinuation { done in
                committer.commit([.init(work: .sessions(Sample.batch(row)), done: done)])
            }?.reason
        }
        var outcomes: [StoreError.Reason?] = []
        for n in 0..<60 { outcomes.append(await commit(n)) }
        #expect(outcomes.first == .some(nil))
        #expect(outcomes.last == .some(.diskFull))
        #expect(outcomes.allSatisfy { $0 == nil || $0 == .diskFull })
        try connection.execute("PRAGMA max_page_count = 4000")
        #expect(await commit(100) == nil)
        let stored = try connection.integer("SELECT count(*) FROM sessions")
        #expect(stored == Int64(outcomes.count { $0 == nil } + 1))
    }

    private func openCommitter(in folder: TemporaryFolder) throws -> Connection {
        let place = try StoreFolder(path: folder.data, role: .server)
        let connection = try Connection(path: place.databasePath)
        try Migrations.run(connection)
        return connection
    }
}
