internal import SignetRuntime
internal import SignetStorage
internal import Synchronization

/// Counts the sessions in the store over and over, on the control loop and in small steps, until it is stopped.
///
/// An actor on the loop, and its tasks prefer the loop (docs/decisions/0008-mutex-in-tasks.md).
actor SessionCounter {
    private static let intervalMilliseconds: UInt64 = 100
    /// Rows that are looked at in a step: half a millisecond of the store's reader.
    private static let stepRows = 2048
    /// After a count there is a rest of at least so many intervals, and of four times as many as the count took.
    private static let restMin = 10
    private static let restFactor = 4

    /// The last count that came to its end; nil before that.
    final class Latest: Sendable {
        private let census = Mutex<SessionCensus?>(nil)

        // Never inlined: docs/decisions/0008-mutex-in-tasks.md.

        var count: SessionCensus? {
            @inline(never) get { census.withLock { $0 } }
        }

        @inline(never)
        fileprivate func publish(_ count: SessionCensus) { census.withLock { $0 = count } }
    }

    private let eventLoop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.asUnownedSerialExecutor()
    }
    private let store: any Store
    nonisolated let latest = Latest()
    private let timer: RepeatingTimer
    private var census = SessionCensus()
    private var steps = 0
    /// Intervals until the next count begins.
    private var rest = 0
    private var isCounting = false

    init(_ store: any Store, on eventLoop: EventLoop) {
        self.store = store
        self.eventLoop = eventLoop
        timer = RepeatingTimer(on: eventLoop, everyMilliseconds: Self.intervalMilliseconds)
    }

    /// Begins to count.
    nonisolated func start() {
        timer.start { self.assumeIsolated { $0.goOn() } }
    }

    /// Ends counting; a step that is under way may still end.
    func stop() {
        timer.stop()
    }

    private func goOn() {
        if rest > 0 { return rest -= 1 }
        // A slow store must not gather questions.
        guard !isCounting else { return }
        isCounting = true
        Task(executorPreference: eventLoop) { await self.step() }
    }

    private func step() async {
        defer { isCounting = false }
        let now = WallClock.unixMilliseconds / 1000
        // It is tried again: whoever needs the store says that it does not answer.
        guard let next = try? await store.count(census, limit: Self.stepRows, at: now) else {
            return
        }
        steps += 1
        census = next
        guard census.isDone else { return }
        latest.publish(census)
        rest = max(Self.restMin, Self.restFactor * steps)
        steps = 0
        census = SessionCensus()
    }
}
