import Synchronization
import TestSupport
import Testing

@testable import SignetStorage

@Suite("Group commit")
struct GroupCommitTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(folder: folder.data) { Sample.second }
    }

    @Test("commits a thousand concurrent batches in far fewer transactions")
    func coalesces() async throws {
        let before = store.commitCount
        let failures = await withTaskGroup(of: StoreError.Reason?.self) { [store] group in
            for n in 0..<1_000 {
                group.addTask {
                    await reason { () throws(StoreError) in
                        try await store.commit(Sample.batch(Sample.session(n)))
                    }
                }
            }
            var failures: [StoreError.Reason] = []
            for await failure in group { if let failure { failures.append(failure) } }
            return failures
        }
        #expect(failures.isEmpty)
        #expect(store.commitCount - before < 500)
        #expect(try await store.sessions(app: 1, subject: 77).count == 1_000)
        await store.close()
    }

    @Test("fails the one batch at fault and commits the others of its group")
    func isolates() async throws {
        try await store.write([.insertApp(Sample.app(1))])
        try await store.commit(Sample.batch(Sample.session(5)))
        await store.close()
        let harness = try SubjectIndexHarness(folder)
        let works: [WriteRequest.Work] =
            (0..<10).map { n in
                .sessions(Sample.batch(Sample.session(100 + n), Sample.session(n)))
            } + [
                .mutations([.insertApp(Sample.app(1))]),
                .mutations([.setProperty(name: "p", value: [1])]),
            ]
        let outcomes = await Self.commit(works, with: harness.committer)
        for n in works.indices {
            let expected: StoreError.Reason? = n == 5 || n == 10 ? .conflict : nil
            #expect(outcomes[n] == .some(expected), "\(n)")
        }

        let reopened = try SQLiteStore(folder: folder.data) { Sample.second }
        for n in 0..<10 {
            #expect(try await reopened.session(Sample.id(n)) != nil)
            #expect((try await reopened.session(Sample.id(100 + n)) == nil) == (n == 5))
        }
        #expect(try await reopened.load().properties == ["p": [1]])
        #expect(try await reopened.sessions(app: 1, subject: 77).count == 19)
        await reopened.close()
    }

    /// Commits everything as one group; whoever comes last does it for all.
    private static func commit(
        _ works: [WriteRequest.Work], with committer: GroupCommitter
    ) async -> [Int: StoreError.Reason?] {
        let collected = Collected()
        return await withTaskGroup(of: (Int, StoreError.Reason?).self) { group in
            for (n, work) in works.enumerated() {
                group.addTask {
                    let failure = await withUnsafeContinuation { done in
                        let all = collected.requests.withLock { requests in
                            requests.append(WriteRequest(work: work, done: done))
                            return requests.count == works.count ? requests : []
                        }
                        if !all.isEmpty { committer.commit(all) }
                    }
                    return (n, failure?.reason)
                }
            }
            var outcomes: [Int: StoreError.Reason?] = [:]
            for await (n, outcome) in group { outcomes[n] = outcome }
            return outcomes
        }
    }

    @Test("reads while another process keeps it from writing")
    func readsDoNotWait() async throws {
        // However long the reads take on a busy machine, the write is not refused meanwhile.
        await self.store.close()
        let store = try SQLiteStore(
            folder: folder.data, busyTimeoutMilliseconds: 3_600_000
        ) { Sample.second }
        try await store.commit(Sample.batch(Sample.session(1)))
        let holder = try Connection(path: folder.database)
        try holder.execute("BEGIN IMMEDIATE")
        async let write: Void = store.commit(Sample.batch(Sample.session(2)))
        #expect(try await store.session(Sample.id(1)) == Sample.session(1))
        #expect(try await store.session(Sample.id(2)) == nil)
        holder.rollback()
        try await write
        #expect(try await store.session(Sample.id(2)) == Sample.session(2))
        await store.close()
    }
}

/// Requests on their way into one group.
private final class Collected: Sendable {
    let requests = Mutex<[WriteRequest]>([])
}
