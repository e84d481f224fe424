internal import CLibUV
import Glibc
package import SignetCounts
import Synchronization

/// One libuv loop on one thread, and the executor of every actor that lives on that thread.
///
/// A *round* is what happens between two sleeps of the loop: callbacks bring in work, jobs run, and
/// just before the loop sleeps again the round's observers run (`atRoundEnd`), so that what one round
/// brought in is signed, committed and written together.
///
/// `@unchecked Sendable`: all stored variables are touched only by the loop's own thread (or before
/// it starts); from elsewhere only the `Mutex`, the `Atomic` and the descriptor that wakes it, to which
/// any thread may write.
package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var errands: [@Sendable () -> Void] = []
        var wakeIsPending = false
        var mustStop = false
        var isClosed = false
    }

    /// How often a round's jobs and observers may feed each other before the loop looks at its
    /// sockets again.
    private static let turnsPerRoundMax = 16
    private static let readBufferBytes = 64 * 1024

    /// The loop's place in its group; the shard number of the actors that live on it.
    package let index: Int

    let loop: UnsafeMutablePointer<uv_loop_t>
    /// What every socket of this loop reads into; valid until the read callback returns.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// An `eventfd`, readable when somebody has put something in the inbox, and its handle. Not a `uv_async_t`, whose
    /// receiver waits for its sender (docs/decisions/0037-wake-ups.md).
    private let wakeDescriptor: Int32
    private let wake: UnsafeMutablePointer<uv_poll_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let inbox = Mutex(Inbox())
    private let thread = Atomic<UInt>(0)
    /// Jobs queued from the loop's own thread: no lock and no wake-up.
    private var ownJobs: [UnownedJob] = []
    /// Swapped with `ownJobs` and the inbox, so that a steady load allocates nothing.
    private var batch: [UnownedJob] = []
    private var roundObservers: [() -> Void] = []
    private var wantsTurn = false
    private var isOpen = false
    private var clockIsFresh = false
    private var clockMilliseconds: Int64 = 0
    /// When the round was first asked for its age, by the coarse clock and by the fine one; 0 before that.
    private var roundBegan: Int64 = 0
    private var roundBeganExactly: Int64 = 0
    /// When the round's first bytes came, by the monotonic clock; 0 before that, and when they are all parsed.
    private(set) var readingBegan: Int64 = 0
    /// The requests that they were.
    private var requestsRead = 0
    /// How long requests spend in the stages that happen here.
    package let stages = StageTimes()

    /// Makes a loop that does not run yet. Throws when the system has no descriptors left.
    package init(index: Int = 0) throws(LoopError) {
        self.index = index
        loop = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        prepare = .allocate(capacity: 1)
        readBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 64)
        wakeDescriptor = signet_eventfd_create()
        try check(wakeDescriptor < 0 ? -errno : 0, "eventfd")
        // libuv writes without MSG_NOSIGNAL: a peer that is gone must be an error and not our end.
        signal(SIGPIPE, SIG_IGN)
        loop.initialize(to: uv_loop_t())
        loop.pointee.backend_fd = -1
        let status = uv_loop_init(loop)
        // libuv 1.44 forgets its epoll descriptor when it fails later on.
        if status != 0, loop.pointee.backend_fd >= 0 { Glibc.close(loop.pointee.backend_fd) }
        try check(status, "uv_loop_init")
        isOpen = true
        // Not retained: both handles are closed by `deinit` at the latest.
        wake.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        try check(uv_poll_init(loop, wake, wakeDescriptor), "uv_poll_init")
        try check(uv_prepare_init(loop, prepare), "uv_prepare_init")
        prepare.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        let wakes = uv_poll_start(wake, Int32(UV_READABLE.rawValue)) { poll, _, _ in
            EventLoop.from(poll?.pointee.data)?.didWake()
        }
        try check(wakes, "uv_poll_start")
        let prepares = uv_prepare_start(prepare) { EventLoop.from($0?.pointee.data)?.endRound() }
        try check(prepares, "uv_prepare_start")
    }

    deinit {
        close()
        if wakeDescriptor >= 0 { Glibc.close(wakeDescriptor) }
        loop.deallocate()
        wake.deallocate()
        prepare.deallocate()
        readBuffer.deallocate()
    }

    /// Runs the loop on the calling thread until `stop` is called, then closes what is left on it.
    /// Once; jobs that come after its end are never run.
    package func run() {
        thread.store(pthread_self(), ordering: .releasing)
        uv_run(loop, UV_RUN_DEFAULT)
        // What was queued together with the stop, then what the closing of the handles brings.
        runTurns()
        close()
        runTurns()
        roundObservers.removeAll()
        thread.store(0, ordering: .releasing)
    }

    /// Closes every handle that is still open, and runs their close callbacks. `run` ends with it; a
    /// loop that never ran is closed by who made it. A second call does nothing.
    func close() {
        guard isOpen else { return }
        isOpen = false
        inbox.withLock { $0.isClosed = true }
        drainInbox()
        uv_walk(
            loop,
            { handle, _ in
                guard let handle, uv_is_closing(handle) == 0 else { return }
                EventLoop.close(handle)
            }, nil)
        while uv_loop_close(loop) == UV_EBUSY.rawValue { uv_run(loop, UV_RUN_DEFAULT) }
        if !isCurrent { roundObservers.removeAll() }
    }

    /// Asks the loop to end after its current round. Safe from any thread.
    package func stop() {
        send { $0.mustStop = true }
    }

    /// Has `errand` run on the loop's thread, for rare things: work of requests enters as jobs of
    /// actors. Safe from any thread.
    package func submit(_ errand: @escaping @Sendable () -> Void) {
        send { $0.errands.append(errand) }
    }

    /// Has `observer` run on the loop's thread at the end of each round, before the loop sleeps, in
    /// the order of registration. Call it before the loop runs, or on its thread.
    package func atRoundEnd(_ observer: @escaping @Sendable () -> Void) {
        roundObservers.append(observer)
    }

    /// Has the round's observers run once more before the loop sleeps: an observer that took in new
    /// work calls it. Only on the loop's thread.
    package func wantAnotherTurn() {
        wantsTurn = true
    }

    /// The wall clock in Unix milliseconds, read once a round. Only on the loop's thread.
    package var unixMilliseconds: Int64 {
        if !clockIsFresh {
            clockMilliseconds = WallClock.unixMilliseconds
            clockIsFresh = true
        }
        return clockMilliseconds
    }

    /// libuv's monotonic clock in milliseconds, as of the start of this round.
    package var monotonicMilliseconds: UInt64 { uv_now(loop) }

    /// For how many milliseconds this round has lasted since it was first asked: what is read only now
    /// has waited for as long. Only on the loop's thread.
    package var roundMilliseconds: Int64 {
        let now = WallClock.coarseNanoseconds
        if roundBegan == 0 {
            roundBegan = now
            roundBeganExactly =
                readingBegan != 0 ? readingBegan : WallClock.monotonicNanoseconds
        }
        return (now - roundBegan) / 1_000_000
    }

    /// How long the last round that was asked took, with its end. From any thread.
    package var lastRoundMilliseconds: Int64 { lastRound.load(ordering: .relaxed) }

    private let lastRound = Atomic<Int64>(0)

    /// The longest of the rounds of the last half minute, or minute, that were asked, in nanoseconds. From any thread.
    package var longestRoundNanoseconds: Int64 {
        longestRound.recent(at: WallClock.monotonicNanoseconds)
    }

    private let longestRound = LongestRound()

    /// Notes that bytes of requests are here, before they are parsed. Only on the loop's thread.
    func willRead() {
        guard readingBegan == 0 else { return }
        readingBegan = WallClock.monotonicNanoseconds
        stages.willParse()
    }

    /// Notes that a request is parsed. Only on the loop's thread.
    func didReadRequest() { requestsRead += 1 }

    /// All that the round has brought so far is parsed.
    private func endReading() {
        if requestsRead > 0, readingBegan != 0 {
            stages.didParse(requestsRead, since: readingBegan)
        }
        readingBegan = 0
        requestsRead = 0
    }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            ownJobs.append(job)
            return
        }
        send { $0.jobs.append(job) }
    }

    /// Whether the caller runs on this loop's thread.
    package var isCurrent: Bool { thread.load(ordering: .acquiring) == pthread_self() }

    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    package func checkIsolated() {
        precondition(isCurrent, "not on this event loop's thread")
    }

    /// Puts something in the inbox and wakes the loop, unless a wake-up is under way already.
    private func send(_ put: (inout sending Inbox) -> Void) {
        let isFirst = inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            put(&inbox)
            guard !inbox.wakeIsPending, !LoopWakes.hold(for: self) else { return false }
            inbox.wakeIsPending = true
            return true
        }
        if isFirst { signalWake() }
    }

    /// Wakes the loop for what a thread has put in that held it back, unless others have. Safe from any thread.
    func wakeAfterHold() {
        let isFirst = inbox.withLock { inbox in
            let isEmpty = inbox.jobs.isEmpty && inbox.errands.isEmpty && !inbox.mustStop
            guard !inbox.isClosed, !inbox.wakeIsPending, !isEmpty else { return false }
            inbox.wakeIsPending = true
            return true
        }
        if isFirst { signalWake() }
    }

    /// Ends the loop's sleep. Not under the inbox's lock, which the loop would find taken if it displaced the caller: who
    /// puts something in a loop's inbox keeps the loop until it is back.
    private func signalWake() {
        var one: UInt64 = 1
        // The descriptor is open for as long as there is a loop, and its counter can't be full.
        write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }

    private func didWake() {
        var count: UInt64 = 0
        read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
        drainInbox()
    }

    /// Runs what other threads queued since the last wake-up.
    private func drainInbox() {
        var errands: [@Sendable () -> Void] = []
        let mustStop = inbox.withLock { inbox in
            swap(&inbox.jobs, &batch)
            swap(&inbox.errands, &errands)
            inbox.wakeIsPending = false
            return inbox.mustStop
        }
        runBatch()
        for errand in errands { errand() }
        guard mustStop else { return }
        endRound()
        uv_stop(loop)
    }

    /// Ends the round before the loop sleeps.
    private func endRound() {
        runTurns()
        // What is left waits for the next round; the poll in between must not sleep.
        if wantsTurn || !ownJobs.isEmpty { signalWake() }
    }

    /// Runs jobs, then observers, until neither leaves anything to do.
    private func runTurns() {
        var turns = 0
        repeat {
            wantsTurn = false
            endReading()
            swap(&ownJobs, &batch)
            runBatch()
            for observer in roundObservers { observer() }
            turns += 1
        } while (wantsTurn || !ownJobs.isEmpty) && turns < Self.turnsPerRoundMax
        clockIsFresh = false
        guard roundBegan != 0 else { return }
        lastRound.store(roundMilliseconds, ordering: .relaxed)
        let now = WallClock.monotonicNanoseconds
        longestRound.note(now - roundBeganExactly, at: now)
        roundBegan = 0
    }

    private func runBatch() {
        for job in batch {
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        batch.removeAll(keepingCapacity: true)
    }

    /// Closes a handle in the way that its owner registered in `handle.data`.
    private static func close(_ handle: UnsafeMutablePointer<uv_handle_t>) {
        switch handle.pointee.type {
        case UV_TCP: TCPSocket.from(handle.pointee.data)?.close()
        case UV_TIMER: LoopTimer.from(handle.pointee.data)?.cancel()
        case UV_POLL where pollOwner(handle.pointee.data) != nil:
            pollOwner(handle.pointee.data)?.close()
        default: uv_close(handle, nil)
        }
    }

    private static func pollOwner(_ context: UnsafeMutableRawPointer?) -> (any PollOwner)? {
        guard let context else { return nil }
        return Unmanaged<AnyObject>.fromOpaque(context).takeUnretainedValue() as? any PollOwner
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> EventLoop? {
        guard let context else { return nil }
        return Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue()
    }
}
