import Synchronization

/// Many small jobs that go to the workers together: those of one loop's round.
package protocol WorkBatch: AnyObject, Sendable {
    /// How many jobs there are. Does not change while the batch is with the workers.
    var count: Int { get }

    /// Does the jobs of `range`. Several workers call it at once, with ranges that do not overlap;
    /// `worker` numbers the calling one from 0, so that it finds caches of its own.
    func run(_ range: Range<Int>, worker: Int)
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
/// workers shared it. The queue is bounded by jobs.
package final class WorkerPool: Sendable {
    /// Jobs that a worker takes at a time: few enough to share a batch fairly, enough to fill the
    /// lanes of a multi-buffer backend.
    private static let jobsPerTake = 8

    /// One batch on its way through the pool. `@unchecked Sendable`: `next` and `left` are guarded by
    /// the queue's lock, the rest does not change.
    private final class Order: @unchecked Sendable {
        let batch: any WorkBatch
        let continuation: UnsafeContinuation<WorkerPoolError?, Never>
        var next = 0
        var left: Int

        init(
            _ batch: any WorkBatch, _ continuation: UnsafeContinuation<WorkerPoolError?, Never>
        ) {
            self.batch = batch
            self.continuation = continuation
            left = batch.count
        }
    }

    private struct Queue {
        var orders: [Order] = []
        /// Jobs that are not done yet.
        var jobsWaiting = 0
        var isStopped = false
    }

    /// The number of worker threads.
    package let workers: Int
    private let jobsMax: Int
    private let queue = Monitor(Queue())
    private let threads = Mutex<[Thread]>([])

    /// Starts `workers` threads; at most `jobsMax` jobs are with the pool at a time, apart from a larger
    /// batch that finds it idle.
    package init(workers: Int, jobsMax: Int) throws(LoopError) {
        precondition(workers > 0)
        precondition(jobsMax > 0)
        self.workers = workers
        self.jobsMax = jobsMax
        do throws(LoopError) {
            for index in 0..<workers {
                let thread = try Thread(name: "worker-\(index)") { [queue] in
                    Self.work(on: queue, worker: index)
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

    /// Queues `order`, or says why not; then nobody but the caller has it.
    private func put(_ order: Order) -> WorkerPoolError? {
        let count = order.batch.count
        return queue.withLock { queue in
            if queue.isStopped { return .stopped }
            guard queue.jobsWaiting + count <= jobsMax || queue.jobsWaiting == 0 else {
                return .full
            }
            queue.jobsWaiting += count
            queue.orders.append(order)
            return nil
        }
    }

    private static func work(on queue: Monitor<Queue>, worker: Int) {
        while let (order, range) = queue.wait({ take(from: &$0) }) {
            order.batch.run(range, worker: worker)
            let isDone = queue.withLock { queue in
                queue.jobsWaiting -= range.count
                order.left -= range.count
                return order.left == 0
            }
            if isDone { order.continuation.resume(returning: nil) }
        }
    }

    /// The next piece for a worker; nil to go on waiting, or `.some(nil)` to end.
    private static func take(from queue: inout Queue) -> (Order, Range<Int>)?? {
        guard let order = queue.orders.first else { return queue.isStopped ? .some(nil) : nil }
        let end = min(order.next + jobsPerTake, order.batch.count)
        let range = order.next..<end
        order.next = end
        if end == order.batch.count { queue.orders.removeFirst() }
        return .some((order, range))
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
