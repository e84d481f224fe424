internal import CLibUV
import Glibc

/// A timer of one loop that is set to a time of the monotonic clock, to the microsecond: libuv's own
/// timers round to milliseconds. It lives until `cancel`; touched only on the loop's thread.
package final class PreciseTimer: PollOwner {
    private let descriptor: Int32
    private let poll: UnsafeMutablePointer<uv_poll_t>
    private let action: () -> Void
    private var isCancelled = false

    /// A timer that is not set. `action` runs on the loop each time it is due.
    package init(on eventLoop: EventLoop, _ action: @escaping () -> Void) throws(LoopError) {
        self.action = action
        descriptor = signet_timer_create()
        guard descriptor >= 0 else { throw LoopError(call: "timerfd_create", status: -errno) }
        poll = .allocate(capacity: 1)
        let status = uv_poll_init(eventLoop.loop, poll, descriptor)
        guard status == 0 else {
            Glibc.close(descriptor)
            poll.deallocate()
            throw LoopError(call: "uv_poll_init", status: status)
        }
        // Balanced in the close callback: the handle keeps its owner alive.
        poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
        let start = uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { poll, _, _ in
            PreciseTimer.from(poll?.pointee.data)?.expired()
        }
        precondition(start == 0, "a handle of ours has a callback and is not closing")
    }

    /// Has the action run at `nanoseconds` of CLOCK_MONOTONIC, at once when they are past, instead of
    /// when it was set to before.
    package func set(_ nanoseconds: UInt64) {
        guard !isCancelled else { return }
        // Zero would turn the timer off.
        signet_timer_set(descriptor, max(1, nanoseconds))
    }

    /// Ends the timer for good. A second call does nothing.
    package func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        uv_poll_stop(poll)
        let handle = UnsafeMutableRawPointer(poll).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(handle) { handle in
            guard let handle, let owner = handle.pointee.data else { return }
            UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_poll_t.self).deallocate()
            Unmanaged<PreciseTimer>.fromOpaque(owner).release()
        }
        Glibc.close(descriptor)
    }

    /// As `cancel`, when the loop is closed.
    func close() { cancel() }

    private func expired() {
        var count: UInt64 = 0
        // Nothing to read: it was set anew since it was due.
        guard read(descriptor, &count, MemoryLayout<UInt64>.size) > 0 else { return }
        action()
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> PreciseTimer? {
        guard let context else { return nil }
        return Unmanaged<PreciseTimer>.fromOpaque(context).takeUnretainedValue()
    }
}
