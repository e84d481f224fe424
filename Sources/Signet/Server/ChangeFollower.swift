internal import Logging
internal import SignetAuthority
internal import SignetRuntime

/// Follows what other processes change in the store, on the control loop, until it is stopped.
///
/// An actor on the loop, and its tasks prefer the loop: a task that moved between threads here would meet
/// a fault of the compiler (docs/decisions/0008-mutex-in-tasks.md).
actor ChangeFollower {
    /// How often the store is asked.
    private static let intervalMilliseconds: UInt64 = 100

    private let eventLoop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }
    private let apps: Apps
    private let log: Logger
    private let timer: RepeatingTimer
    private var hasFailed = false

    init(_ apps: Apps, on eventLoop: EventLoop, log: Logger) {
        self.apps = apps
        self.eventLoop = eventLoop
        timer = RepeatingTimer(on: eventLoop, everyMilliseconds: Self.intervalMilliseconds)
        self.log = log
    }

    /// Begins to follow.
    nonisolated func start() {
        timer.start { self.assumeIsolated { $0.follow() } }
    }

    /// Ends following; what is under way may still end.
    func stop() {
        timer.stop()
    }

    private func follow() {
        Task(executorPreference: eventLoop) { await self.followOnce() }
    }

    private func followOnce() async {
        do throws(AuthorityError) {
            try await apps.followChanges()
            hasFailed = false
        } catch {
            // Ten times a second is too often to say it, and at the end the store is closed.
            if !hasFailed && timer.isRunning {
                log.error("changes of the store can't be read: \(error)")
            }
            hasFailed = true
        }
    }
}
