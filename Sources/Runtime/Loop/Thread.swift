internal import CLibUV
import Glibc

/// A joinable POSIX thread with a name, for the loops and the workers.
package struct Thread: Sendable {
    private let thread: pthread_t

    /// What a new thread needs to begin; consumed by it.
    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts `body` on a new thread. `name` shows in `top -H`; Linux keeps 15 bytes of it.
    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(LoopError) {
        let start = Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                signet_set_thread_name(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw LoopError(call: "pthread_create", status: -status)
        }
        self.thread = thread
    }

    /// Waits for the thread's end. Call it once.
    package func join() {
        pthread_join(thread, nil)
    }
}
