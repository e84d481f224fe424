internal import Glibc
package import SignetCounts
import Synchronization

/// Many small jobs that go to the workers together: those of one loop's round.
package protocol WorkBatch: AnyObject, Sendable {
    /// How many jobs there are. Does not change while the batch is with the workers.
    var count: Int { get }

    /// On whose behalf. The workers take turns among the groups, so that one with very much to do
    /// does not hold up the others.
    var group: Int64 { get }

    /// Does the jobs of `range`. Several workers call it at once, with ranges that do not overlap;
    /// `worker` numbers the calling one from 0, so that it finds caches of its own.
    func run(_ range: Range<Int>, worker: Int)
}

extension WorkBatch {
    /// Everybody's: group 0.
    package var group: Int64 { 0 }
}

/// The pool refused work.
package enum WorkerPoolError: Error {
    /// As many jobs wait as the pool's limit allows.
    case full
    /// The pool has ended.
    case stopped
}

/// Threads for what is too expensive for a loop: public-key signatures, password hashes, key generation.
///
/// A batch goes over in one step and comes back as one wake-up of the loop that sent it, however many
/// workers shared it. The jobs of a group are bounded.
package final class WorkerPool: Sendable {
    /// Jobs that a worker takes at a time: few enough to share a batch fairly, enough to fill the
    /// lanes of a multi-buffer backend.
    private static let jobsPerTake = 8
    /// Of everybody's it takes its share of all that wait, up to as many, and hands them back together: a loop that is
    /// woken for each round's few has its core from a worker as often (docs/decisions/0037-wake-ups.md).
    private static let jobsPerTurnMax = 64

    /// One batch on its way through the pool. `@unchecked Sendable`: `next`, `left` and `begunAt` are
    /// guarded by the queue's lock, the rest does not change.
    private final class Order: @unchecked Sendable {
        let batch: any WorkBatch
        let continuation: UnsafeContinuation<WorkerPoolError?, Never>
        var next = 0
        var left: Int
        let queuedAt = WallClock.monotonicNanoseconds
        /// When the first worker began with it.
        var begunAt = Int64.max

        init(
            _ batch: any WorkBatch, _ continuation: UnsafeContinuation<WorkerPoolError?, Never>
        ) {
            self.batch = batch
            self.continuation = continuation
            left = batch.count
        }
    }

    /// What a worker takes of an order.
    private struct Piece {
        let order: Order
        let range: Range<Int>
    }

    /// The orders of one group, the oldest first.
    private struct Lane {
        let group: Int64
        var orders: [Order] = []
        /// Their jobs that no worker has taken.
        var jobs = 0
    }

    private struct Queue {
        let workers: Int
        /// Never empty ones, in the order of their turns.
        var lanes: [Lane] = []
        /// Jobs of each group that are not done yet.
        var jobsWaiting: [Int64: Int] = [:]
        var isStopped = false

        init(workers: Int) {
            self.workers = workers
        }

        mutating func append(_ order: Order) {
            let group = order.batch.group
            jobsWaiting[group, default: 0] += order.left
            let index = lanes.firstIndex { $0.group == group } ?? lanes.endIndex
            if index == lanes.endIndex { lanes.append(Lane(group: group)) }
            lanes[index].orders.append(order)
            lanes[index].jobs += order.left
        }

        /// What a worker does of a group in one turn, if so many of its jobs wait. A call of very many goes by turns of
        /// a few, so that what comes meanwhile is not behind all of it.
        private func jobsPerTurn(of group: Int64, waiting jobs: Int) -> Int {
            guard group == 0 else { return jobsPerTake }
            let takes = (jobs + workers * jobsPerTake - 1) / (workers * jobsPerTake)
            return min(max(1, takes) * jobsPerTake, jobsPerTurnMax)
        }

        /// Adds to `pieces` the turn of a worker.
        mutating func take(into pieces: inout [Piece]) {
            guard !lanes.isEmpty else { return }
            var lane = lanes.removeFirst()
            var left = jobsPerTurn(of: lane.group, waiting: lane.jobs)
            var ordersTaken = 0
            // What is no signature may take long, and is handed back by itself.
            let ordersMax = lane.group == 0 ? lane.orders.count : 1
            while left > 0, ordersTaken < ordersMax {
                let order = lane.orders[ordersTaken]
                let count = min(left, jobsPerTake, order.batch.count - order.next)
                pieces.append(Piece(order: order, range: order.next..<order.next + count))
                order.next += count
                left -= count
                lane.jobs -= count
                if order.next == order.batch.count { ordersTaken += 1 }
            }
            lane.orders.removeFirst(ordersTaken)
            if !lane.orders.isEmpty { lanes.append(lane) }
        }

        /// The jobs before one more of a group: its own, and those of other groups whose turns come
        /// before its last one.
        func jobsBefore(oneOf group: Int64) -> Int64 {
            let own = jobsWaiting[group] ?? 0
            let turns = own / jobsPerTurn(of: group, waiting: own) + 1
            var jobs = own
            for (other, waiting) in jobsWaiting where other != group {
                jobs += min(waiting, turns * jobsPerTurn(of: other, waiting: waiting))
            }
            return Int64(jobs)
        }

        mutating func didFinish(_ count: Int, of order: Order) {
            order.left -= count
            let group = order.batch.group
            let left = jobsWaiting[group, default: 0] - count
            jobsWaiting[group] = left > 0 ? left : nil
        }
    }

    /// The number of worker threads.
    package let workers: Int
    /// How many jobs of a group may be with the pool.
    package let jobsMax: Int
    /// For how many nanoseconds a batch that is done may wait for others that its worker has taken.
    private let holdMax: Int64
    private let queue: Monitor<Queue>
    /// What a signature took lately, and how long a new one would wait, in nanoseconds.
    private let jobTime = Atomic<Int64>(0)
    private let wait = Atomic<Int64>(0)
    private let threads = Mutex<[Thread]>([])
    /// How long signatures waited until their batch was begun, and how long that then took.
    package let waitTimes = Histogram.durations()
    package let runTimes = Histogram.durations()

    /// Starts `workers` threads; at most `jobsMax` jobs of a group are with the pool at a time, apart
    /// from a larger batch that is its group's only one.
    ///
    /// - Parameters:
    ///   - name: what the threads are called, each with its number behind.
    ///   - niceness: how far the threads stand back for others when the processors are busy
    ///     (`nice(2)`); Linux has one for each thread.
    ///   - holdMaxMilliseconds: how long a batch that is done may wait for others that its worker has taken, apart from
    ///     the jobs that this is doing then.
    package init(
        workers: Int, jobsMax: Int, name: String = "worker", niceness: Int32 = 0,
        holdMaxMilliseconds: Int64 = 8
    ) throws(LoopError) {
        precondition(workers > 0)
        precondition(jobsMax > 0)
        holdMax = holdMaxMilliseconds * 1_000_000
        self.workers = workers
        self.jobsMax = jobsMax
        queue = Monitor(Queue(workers: workers))
        do throws(LoopError) {
            for index in 0..<workers {
                let thread = try Thread(name: "\(name)-\(index)") { [self] in
                    // A refusal costs nothing but the courtesy.
                    if niceness != 0 { _ = nice(niceness) }
                    work(as: index)
                }
                threads.withLock { $0.append(thread) }
            }
        } catch {
            stop()
            throw error
        }
    }

    /// Has the workers do all jobs of `batch`, and returns when they are done. The caller resumes on
    /// its own executor. Throws at once, with nothing done, when too many jobs wait.
    package func run(_ batch: any WorkBatch) async throws(WorkerPoolError) {
        let count = batch.count
        guard count > 0 else { return }
        let refusal: WorkerPoolError? = await withUnsafeContinuation { continuation in
            let refusal = put(Order(batch, continuation))
            if let refusal {
                continuation.resume(returning: refusal)
            } else if count > Self.jobsPerTake {
                queue.broadcast()
            } else {
                queue.signal()
            }
        }
        if let refusal { throw refusal }
    }

    /// Does one piece of work, such as the generation of a key, and returns its result.
    package func run<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(WorkerPoolError) -> Result {
        let single = SingleJob(work)
        try await run(single)
        return single.take()
    }

    /// About how long one more job of everybody's would wait for a worker, in nanoseconds, if it came
    /// behind so many that have not been sent yet.
    package func expectedWait(behind unsent: Int) -> Int64 {
        wait.load(ordering: .relaxed)
            + Int64(unsent) * jobTime.load(ordering: .relaxed) / Int64(workers)
    }

    /// About how long one more job of a group would wait for a worker, in nanoseconds.
    package func expectedWait(of group: Int64) -> Int64 {
        jobsBefore(oneOf: group) * jobTime.load(ordering: .relaxed) / Int64(workers)
    }

    /// The jobs that would be done before one more of a group.
    func jobsBefore(oneOf group: Int64) -> Int64 {
        queue.withLock { $0.jobsBefore(oneOf: group) }
    }

    /// Jobs that wait or are being done, of all groups.
    package var jobsWaiting: Int { queue.withLock { $0.jobsWaiting.values.reduce(0, +) } }

    /// Ends the threads after the work that waits. Not from a worker or a loop.
    package func stop() {
        queue.withLock { $0.isStopped = true }
        queue.broadcast()
        let ending = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in ending { thread.join() }
    }

    /// Whether some of `batch` waits for a worker; for tests.
    func has(_ batch: any WorkBatch) -> Bool {
        queue.withLock { $0.lanes.contains { $0.orders.contains { $0.batch === batch } } }
    }

    /// Queues `order`, or says why not; then nobody but the caller has it.
    private func put(_ order: Order) -> WorkerPoolError? {
        let count = order.batch.count
        return queue.withLock { queue in
            if queue.isStopped { return .stopped }
            let waiting = queue.jobsWaiting[order.batch.group] ?? 0
            guard waiting + count <= jobsMax || waiting == 0 else { return .full }
            queue.append(order)
            noteWait(queue)
            return nil
        }
    }

    private func noteWait(_ queue: Queue) {
        let jobs = queue.jobsBefore(oneOf: 0)
        wait.store(
            jobs * jobTime.load(ordering: .relaxed) / Int64(workers), ordering: .relaxed)
    }

    /// Signatures are what a queue is made of; keys are generated and passwords hashed now and then.
    private func note(nanoseconds: Int64, for count: Int, of order: Order) {
        guard order.batch.group >= 0 else { return }
        let known = jobTime.load(ordering: .relaxed)
        let step = (nanoseconds / Int64(count) - known) / 16
        jobTime.store(known + step, ordering: .relaxed)
    }

    /// Under the queue's lock, so that one worker at a time does it. How long a key took to be generated says nothing of
    /// how long one takes to sign.
    private func noteTimes(of order: Order, until end: Int64) {
        guard order.batch.group >= 0 else { return }
        let count = order.batch.count
        waitTimes.note(order.begunAt - order.queuedAt, times: count)
        runTimes.note(end - order.begunAt, times: count)
    }

    private func work(as worker: Int) {
        var pieces: [Piece] = []
        var done: [Order] = []
        while queue.wait({ takes(&pieces, from: &$0) }) {
            var heldSince = Int64.max
            for piece in pieces {
                let end = run(piece, as: worker, done: &done)
                if !done.isEmpty { heldSince = min(heldSince, end) }
                if end - heldSince >= holdMax {
                    handBack(&done)
                    heldSince = .max
                }
            }
            pieces.removeAll(keepingCapacity: true)
            handBack(&done)
        }
    }

    /// Whether there is something for a worker, or it must end; nil to go on waiting.
    private func takes(_ pieces: inout [Piece], from queue: inout Queue) -> Bool? {
        queue.take(into: &pieces)
        if !pieces.isEmpty { return true }
        return queue.isStopped ? false : nil
    }

    /// Does a piece, and adds its order to `done` if it was the last of it.
    ///
    /// - Returns: when that was.
    private func run(_ piece: Piece, as worker: Int, done: inout [Order]) -> Int64 {
        let order = piece.order
        let start = WallClock.monotonicNanoseconds
        order.batch.run(piece.range, worker: worker)
        let end = WallClock.monotonicNanoseconds
        let isDone = queue.withLock { queue in
            queue.didFinish(piece.range.count, of: order)
            note(nanoseconds: end - start, for: piece.range.count, of: order)
            noteWait(queue)
            order.begunAt = min(order.begunAt, start)
            return order.left == 0
        }
        if isDone { done.append(order) }
        return end
    }

    private func handBack(_ orders: inout [Order]) {
        guard !orders.isEmpty else { return }
        let end = WallClock.monotonicNanoseconds
        queue.withLock { [orders] _ in
            for order in orders { noteTimes(of: order, until: end) }
        }
        LoopWakes.together {
            for order in orders { order.continuation.resume(returning: nil) }
        }
        orders.removeAll(keepingCapacity: true)
    }
}

/// A batch of one job with a result.
///
/// `@unchecked Sendable`: `result` is written by the one worker that runs the job, and read after the
/// pool has handed it back.
private final class SingleJob<Result: Sendable>: WorkBatch, @unchecked Sendable {
    private let work: @Sendable () -> Result
    private var result: Result?

    var count: Int { 1 }
    /// Apart from signatures, which are many and short.
    var group: Int64 { -1 }

    init(_ work: @escaping @Sendable () -> Result) {
        self.work = work
    }

    func run(_ range: Range<Int>, worker: Int) {
        result = work()
    }

    func take() -> Result {
        guard let result else { preconditionFailure("the pool returns after the job") }
        return result
    }
}
