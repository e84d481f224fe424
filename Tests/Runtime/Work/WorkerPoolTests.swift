import Glibc
import Testing

@testable import SignetRuntime

/// Jobs that note who did them, once `gate` lets them.
private final class NotingBatch: WorkBatch {
    struct Notes {
        var done: [Int]
        var workers: Set<Int> = []
    }

    let count: Int
    let notes: Monitor<Notes>
    private let workersAwaited: Int

    /// The workers go on when `workersAwaited` of them have come.
    init(_ count: Int, workersAwaited: Int = 1) {
        self.count = count
        self.workersAwaited = workersAwaited
        notes = Monitor(Notes(done: [Int](repeating: 0, count: count)))
    }

    func run(_ range: Range<Int>, worker: Int) {
        notes.withLock { notes in
            for index in range { notes.done[index] += 1 }
            notes.workers.insert(worker)
        }
        notes.broadcast()
        _ = notes.wait(atMostMilliseconds: 600_000) {
            $0.workers.count >= workersAwaited ? true : nil
        }
    }
}

/// One job that waits until it is let go.
private final class HeldBatch: WorkBatch {
    enum Progress: Sendable { case queued, running, letGo }

    let count: Int
    let progress = Monitor(Progress.queued)

    init(_ count: Int) {
        self.count = count
    }

    func run(_ range: Range<Int>, worker: Int) {
        progress.withLock { $0 = .running }
        progress.broadcast()
        progress.wait { $0 == .letGo ? () : nil }
    }

    /// Gives way meanwhile: a test that blocked its thread could keep the pool's caller from running.
    func waitUntilRunning() async {
        while progress.withLock({ $0 }) != .running { await Task.yield() }
    }

    func letGo() {
        progress.withLock { $0 = .letGo }
        progress.broadcast()
    }
}

/// Jobs of one group, whose turns are noted.
private final class GroupBatch: WorkBatch {
    let count: Int
    let group: Int64
    private let order: Monitor<[Int64]>

    init(_ count: Int, group: Int64, _ order: Monitor<[Int64]>) {
        self.count = count
        self.group = group
        self.order = order
    }

    func run(_ range: Range<Int>, worker: Int) {
        order.withLock { $0.append(group) }
    }

    /// Returns when the pool has it in its queue.
    func waitUntilQueued(_ pool: WorkerPool) async {
        while !pool.has(self) { await Task.yield() }
    }
}

/// One job of everybody's, which notes when it is done.
private final class StrandBatch: WorkBatch {
    let count = 1
    private let number: Int
    private let events: Monitor<[String]>
    private let awaitsEarlier: Bool

    /// - Parameter awaitsEarlier: whether the job waits until those before it are back.
    init(_ number: Int, _ events: Monitor<[String]>, awaitsEarlier: Bool) {
        self.number = number
        self.events = events
        self.awaitsEarlier = awaitsEarlier
    }

    func run(_ range: Range<Int>, worker: Int) {
        if awaitsEarlier {
            _ = events.wait(atMostMilliseconds: 600_000) { [number] in
                $0.count >= 2 * number ? true : nil
            }
        }
        events.withLock { [number] in $0.append("job \(number)") }
    }
}

/// Sends work to the pool from a loop.
private actor Sender {
    private let eventLoop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }

    init(on eventLoop: EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Whether the call came back on the loop.
    func send(_ batch: any WorkBatch, to pool: WorkerPool) async throws -> Bool {
        try await pool.run(batch)
        return eventLoop.isCurrent
    }
}

@Suite("WorkerPool")
struct WorkerPoolTests {
    @Test("shares a batch among its workers, and does each job once")
    func shares() async throws {
        let pool = try WorkerPool(workers: 3, jobsMax: 1000)
        defer { pool.stop() }
        // Each worker waits for the other two: were they not called, the test would say so.
        let batch = NotingBatch(100, workersAwaited: 3)
        try await pool.run(batch)
        #expect(batch.notes.withLock { $0.done } == [Int](repeating: 1, count: 100))
        #expect(batch.notes.withLock { $0.workers } == [0, 1, 2])
    }

    @Test("knows how long a job of a group would wait: for its own, and for the turns of others")
    func expectedWait() async throws {
        let pool = try WorkerPool(workers: 1, jobsMax: 1000)
        defer { pool.stop() }
        #expect(pool.expectedWait(behind: 100) == 0)
        // A job that takes some time, so that the pool knows what one takes.
        let first = HeldBatch(1)
        async let measured: Void = pool.run(first)
        await first.waitUntilRunning()
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .milliseconds(2) { await Task.yield() }
        first.letGo()
        try await measured

        let held = HeldBatch(1)
        async let one: Void = pool.run(held)
        await held.waitUntilRunning()
        let large = GroupBatch(100, group: 7, Monitor([]))
        async let two: Void = pool.run(large)
        await large.waitUntilQueued(pool)
        let job = pool.expectedWait(behind: 1) - pool.expectedWait(behind: 0)
        #expect(job > 0)
        // Eight of the large one's and the one that runs, which is everybody's.
        #expect(pool.expectedWait(of: 9) == 9 * job)
        #expect(pool.expectedWait(of: 0) == 9 * job)
        #expect(pool.expectedWait(behind: 0) == 9 * job)
        #expect(pool.expectedWait(of: 7) == 101 * job)
        held.letGo()
        _ = try await (one, two)
        #expect(pool.expectedWait(behind: 0) == 0)
    }

    @Test(
        "knows that everybody's jobs go by turns of a worker's share, 64 at the most",
        arguments: [(1, 8, 9), (1, 70, 64), (2, 20, 16), (2, 200, 64)] as [(Int, Int, Int64)])
    func expectedTurns(workers: Int, jobs: Int, turn: Int64) async throws {
        let pool = try WorkerPool(workers: workers, jobsMax: 1000)
        defer { pool.stop() }
        let holds = (0..<workers).map { _ in HeldBatch(1) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for held in holds {
                group.addTask { try await pool.run(held) }
                await held.waitUntilRunning()
            }
            let batches = [
                GroupBatch(jobs, group: 0, Monitor([])), GroupBatch(1000, group: 7, Monitor([])),
            ]
            for batch in batches {
                group.addTask { try await pool.run(batch) }
                await batch.waitUntilQueued(pool)
            }
            // A turn of everybody's, those that run included, and one of the large one's.
            let before = pool.jobsBefore(oneOf: 9)
            #expect(before == turn + 8)
            for held in holds { held.letGo() }
            try await group.waitForAll()
        }
    }

    @Test("takes turns among groups, so that much work of one does not hold up another's")
    func turns() async throws {
        let pool = try WorkerPool(workers: 1, jobsMax: 1000)
        defer { pool.stop() }
        let held = HeldBatch(1)
        async let first: Void = pool.run(held)
        await held.waitUntilRunning()
        // All that follows is queued while the only worker is held.
        let order = Monitor<[Int64]>([])
        let large = GroupBatch(100, group: 7, order)
        let more = GroupBatch(100, group: 7, order)
        let small = GroupBatch(3, group: 9, order)
        async let one: Void = pool.run(large)
        await large.waitUntilQueued(pool)
        async let two: Void = pool.run(more)
        await more.waitUntilQueued(pool)
        async let three: Void = pool.run(small)
        await small.waitUntilQueued(pool)
        held.letGo()
        _ = try await (first, one, two, three)
        let turns = order.withLock { $0 }
        #expect(turns.count == 26 + 1)
        // The second turn, not the twenty-seventh.
        #expect(turns.firstIndex(of: 9) == 1)
    }

    @Test(
        "hands back together what one worker has of everybody's, unless that takes too long",
        arguments: [1_000_000, 0] as [Int64])
    func handsBack(holdMax: Int64) async throws {
        let pool = try WorkerPool(workers: 1, jobsMax: 1000, holdMaxMilliseconds: holdMax)
        defer { pool.stop() }
        let loop = try RunningLoop()
        let held = HeldBatch(1)
        let events = Monitor<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run(held) }
            await held.waitUntilRunning()
            // All that follows is queued while the only worker is held.
            for number in 0..<20 {
                let batch = StrandBatch(number, events, awaitsEarlier: holdMax == 0)
                let sender = Sender(on: loop.eventLoop)
                group.addTask {
                    let isOnLoop = try await sender.send(batch, to: pool)
                    #expect(isOnLoop)
                    events.withLock { $0.append("back") }
                    events.broadcast()
                }
                while !pool.has(batch) { await Task.yield() }
            }
            held.letGo()
            try await group.waitForAll()
        }
        let alone = (0..<20).flatMap { ["job \($0)", "back"] }
        let together = (0..<20).map { "job \($0)" } + [String](repeating: "back", count: 20)
        #expect(events.withLock { $0 } == (holdMax == 0 ? alone : together))
    }

    @Test("bounds the jobs of each group by themselves")
    func boundOfAGroup() async throws {
        let pool = try WorkerPool(workers: 1, jobsMax: 10)
        defer { pool.stop() }
        let order = Monitor<[Int64]>([])
        let held = HeldBatch(1)
        async let first: Void = pool.run(held)
        await held.waitUntilRunning()
        let large = GroupBatch(10, group: 7, order)
        async let one: Void = pool.run(large)
        await large.waitUntilQueued(pool)
        await #expect(throws: WorkerPoolError.full) {
            try await pool.run(GroupBatch(1, group: 7, order))
        }
        let other = GroupBatch(10, group: 8, order)
        async let two: Void = pool.run(other)
        await other.waitUntilQueued(pool)
        held.letGo()
        _ = try await (first, one, two)
        try await pool.run(GroupBatch(10, group: 7, order))
    }

    @Test("has threads that stand back as far as they are told")
    func niceness() async throws {
        func niceness(of pool: WorkerPool) async throws -> Int32 {
            // On Linux that of the calling thread.
            try await pool.run { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
        }
        let usual = try WorkerPool(workers: 1, jobsMax: 1)
        let polite = try WorkerPool(workers: 1, jobsMax: 1, name: "password", niceness: 3)
        defer {
            usual.stop()
            polite.stop()
        }
        #expect(try await niceness(of: polite) == min(19, try await niceness(of: usual) + 3))
    }

    @Test("comes back to the loop that sent the batch")
    func comesBack() async throws {
        let pool = try WorkerPool(workers: 2, jobsMax: 1000)
        defer { pool.stop() }
        let loop = try RunningLoop()
        let sender = Sender(on: loop.eventLoop)
        for count in [0, 1, 8, 9, 100] {
            let batch = NotingBatch(count)
            #expect(try await sender.send(batch, to: pool))
            #expect(batch.notes.withLock { $0.done } == [Int](repeating: 1, count: count))
        }
    }

    @Test("does the batches of many callers at once")
    func manyCallers() async throws {
        let pool = try WorkerPool(workers: 2, jobsMax: 10_000)
        defer { pool.stop() }
        let batches = (0..<50).map { NotingBatch($0) }
        try await withThrowingTaskGroup { group in
            for batch in batches { group.addTask { try await pool.run(batch) } }
            try await group.waitForAll()
        }
        for batch in batches {
            #expect(batch.notes.withLock { $0.done.allSatisfy { $0 == 1 } })
        }
    }

    @Test("refuses what is over its limit, and takes it when there is room")
    func bounded() async throws {
        let pool = try WorkerPool(workers: 1, jobsMax: 4)
        defer { pool.stop() }
        let held = HeldBatch(3)
        // Begins at once, so that the batch is queued when the next line runs.
        let first = Task.immediate { try await pool.run(held) }
        await held.waitUntilRunning()
        let tooMany = NotingBatch(2)
        await #expect(throws: WorkerPoolError.full) { try await pool.run(tooMany) }
        #expect(tooMany.notes.withLock { $0.done } == [0, 0])
        held.letGo()
        try await first.value
        try await pool.run(tooMany)
        #expect(tooMany.notes.withLock { $0.done } == [1, 1])
        // What is larger than the limit is taken by an idle pool, else it could never be done.
        try await pool.run(NotingBatch(100))
    }

    @Test("returns the result of a single piece of work, done by a worker")
    func single() async throws {
        let pool = try WorkerPool(workers: 1, jobsMax: 1)
        defer { pool.stop() }
        let loop = try RunningLoop()
        let eventLoop = loop.eventLoop
        let (isCurrent, answer) = try await pool.run { (eventLoop.isCurrent, 6 * 7) }
        #expect(!isCurrent)
        #expect(answer == 42)
    }

    @Test("does what waits before it stops, and refuses what comes after")
    func stop() async throws {
        let pool = try WorkerPool(workers: 1, jobsMax: 100)
        let held = HeldBatch(1)
        // Begins at once, so that the batch is queued when the next line runs.
        let first = Task.immediate { try await pool.run(held) }
        await held.waitUntilRunning()
        let waiting = NotingBatch(20)
        let second = Task.immediate { try await pool.run(waiting) }
        let stopper = try Thread(name: "stopper") { pool.stop() }
        held.letGo()
        try await first.value
        try await second.value
        stopper.join()
        #expect(waiting.notes.withLock { $0.done } == [Int](repeating: 1, count: 20))
        await #expect(throws: WorkerPoolError.stopped) { try await pool.run(NotingBatch(1)) }
        pool.stop()
    }
}
