import Glibc
import Synchronization

/// An executor whose jobs run when a test says so, one by one on the test's own thread.
///
/// Both kinds at once, like an event loop: actors live on it, and tasks that prefer it resume on it.
package final class ManualExecutor: SerialExecutor, TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// The thread in `runAll`.
        var thread: pthread_t?
    }

    private let state = Mutex(State())

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    package func isIsolatingCurrentContext() -> Bool? {
        state.withLock { $0.thread } == pthread_self()
    }

    package func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "outside of runAll")
    }

    /// Runs jobs, and those that they queue, until none is left.
    package func runAll() {
        state.withLock { $0.thread = pthread_self() }
        defer { state.withLock { $0.thread = nil } }
        while let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) {
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    /// Work that was begun on the executor, and its result once it has one.
    package final class Work<Value: Sendable>: Sendable {
        private let outcome = Mutex<Result<Value, any Error>?>(nil)

        /// Nil while it waits for something.
        package var result: Result<Value, any Error>? { outcome.withLock { $0 } }

        fileprivate func end(_ result: Result<Value, any Error>) {
            outcome.withLock { $0 = result }
        }
    }

    /// The test waited for something that never came.
    package struct Stuck: Error {
        package init() {}
    }

    /// Begins `body` as a task on this executor. It goes on in `runAll`.
    package func begin<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) -> Work<Value> {
        let work = Work<Value>()
        Task(executorPreference: self) {
            do {
                work.end(.success(try await body()))
            } catch {
                work.end(.failure(error))
            }
        }
        return work
    }

    /// Runs `body` to its end. Throws `Stuck` when it waits for what no job brings.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let work = begin(body)
        runAll()
        guard let result = work.result else { throw Stuck() }
        return try result.get()
    }
}
