internal import Glibc

/// The queue before a thread: many put, one takes all at once and sleeps while there is nothing.
///
/// `@unchecked Sendable`: every stored variable is touched only under `mutex`. POSIX primitives,
/// since `Synchronization` has no condition to sleep on.
final class Inbox<Item: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let filled: UnsafeMutablePointer<pthread_cond_t>
    private var items: [Item] = []
    private var isClosed = false
    private var isSleeping = false

    init() {
        mutex = .allocate(capacity: 1)
        filled = .allocate(capacity: 1)
        // With default attributes, and memory of our own, neither of the two can fail on Linux.
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(filled, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(filled)
        pthread_mutex_destroy(mutex)
        filled.deallocate()
        mutex.deallocate()
    }

    /// How many items wait to be taken.
    var count: Int {
        withLock { items.count }
    }

    /// Queues an item, as the last one ever if it says so.
    ///
    /// - Returns: false when the inbox is closed; the item is then not queued.
    func put(_ item: Item, isLast: Bool = false) -> Bool {
        let (isQueued, wakes) = withLock { () -> (Bool, Bool) in
            guard !isClosed else { return (false, false) }
            items.append(item)
            isClosed = isLast
            return (true, isSleeping)
        }
        // Not under the lock, which the thread would find taken if it displaced the caller.
        if wakes { pthread_cond_signal(filled) }
        return isQueued
    }

    /// Takes no more items; those that are queued can still be taken.
    func close() {
        withLock { isClosed = true }
        pthread_cond_signal(filled)
    }

    /// Swaps everything queued into `taken`, which must be empty; sleeps at most `milliseconds` for
    /// it.
    ///
    /// - Returns: false when the inbox is closed and empty for good.
    func take(into taken: inout [Item], waitingMilliseconds milliseconds: Int) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if items.isEmpty && !isClosed && milliseconds > 0 {
            var deadline = timespec()
            clock_gettime(CLOCK_MONOTONIC, &deadline)
            let nanoseconds = deadline.tv_nsec + milliseconds * 1_000_000
            deadline.tv_sec += nanoseconds / 1_000_000_000
            deadline.tv_nsec = nanoseconds % 1_000_000_000
            isSleeping = true
            while items.isEmpty && !isClosed {
                // Anything but 0 is the deadline: the arguments are right by construction.
                guard pthread_cond_timedwait(filled, mutex, &deadline) == 0 else { break }
            }
            isSleeping = false
        }
        swap(&items, &taken)
        return !(isClosed && taken.isEmpty)
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
