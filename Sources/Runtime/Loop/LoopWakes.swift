internal import Glibc

/// The loops that a thread has to wake, when it holds that back until it has put in their inboxes all that it has for
/// them.
///
/// A loop that has its core with the thread displaces it as soon as it is woken. Woken by the first of many answers,
/// it would take them one by one (docs/decisions/0037-wake-ups.md).
package enum LoopWakes {
    private final class Held {
        var loops: [EventLoop] = []
    }

    /// Under which each thread finds its own.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key, nil)
        precondition(status == 0, "a process has a thousand keys, and uses a few")
        return key
    }()

    /// Runs `body`, which resumes callers, and then wakes each of their loops once. Not for what blocks: nobody is woken
    /// meanwhile. Safe from any thread; within itself it only runs `body`.
    package static func together(_ body: () -> Void) {
        guard pthread_getspecific(key) == nil else { return body() }
        let held = Held()
        withExtendedLifetime(held) {
            pthread_setspecific(key, Unmanaged.passUnretained(held).toOpaque())
            body()
            pthread_setspecific(key, nil)
        }
        for loop in held.loops { loop.wakeAfterHold() }
    }

    /// Notes that the calling thread has something for a loop that nobody wakes yet; false when it does not hold back.
    static func hold(for loop: EventLoop) -> Bool {
        guard let pointer = pthread_getspecific(key) else { return false }
        let held = Unmanaged<Held>.fromOpaque(pointer).takeUnretainedValue()
        if !held.loops.contains(where: { $0 === loop }) { held.loops.append(loop) }
        return true
    }
}
