internal import CLibUV

/// A libuv timer on one loop, which repeats or is set each time. It lives until `cancel`; touched only on
/// the loop's thread.
package final class LoopTimer {
    private let timer: UnsafeMutablePointer<uv_timer_t>
    private let action: () -> Void
    private var isCancelled = false

    /// Makes a timer that runs `action` whenever it was `set` and the time has come.
    package init(on eventLoop: EventLoop, _ action: @escaping () -> Void) throws(LoopError) {
        self.action = action
        timer = .allocate(capacity: 1)
        let status = uv_timer_init(eventLoop.loop, timer)
        guard status == 0 else {
            timer.deallocate()
            throw LoopError(call: "uv_timer_init", status: status)
        }
        // Balanced in the close callback: the handle keeps its owner alive.
        timer.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    /// Starts a timer that runs `action` every `intervalMilliseconds`, first after one interval.
    package convenience init(
        on eventLoop: EventLoop, everyMilliseconds intervalMilliseconds: UInt64,
        _ action: @escaping () -> Void
    ) throws(LoopError) {
        try self.init(on: eventLoop, action)
        start(intervalMilliseconds, repeating: intervalMilliseconds)
    }

    /// Has the action run once, in `milliseconds`, and not when it was set to run before.
    func set(afterMilliseconds milliseconds: UInt64) {
        guard !isCancelled else { return }
        start(milliseconds, repeating: 0)
    }

    /// Has the action not run before it is set again.
    func unset() {
        guard !isCancelled else { return }
        uv_timer_stop(timer)
    }

    private func start(_ milliseconds: UInt64, repeating interval: UInt64) {
        let status = uv_timer_start(
            timer, { LoopTimer.from($0?.pointee.data)?.action() }, milliseconds, interval)
        precondition(status == 0, "a timer of ours has a callback and is not closing")
    }

    /// Ends the timer for good. A second call does nothing.
    package func cancel() {
        guard !isCancelled else { return }
        isCancelled = true
        let handle = UnsafeMutableRawPointer(timer).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(handle) { handle in
            guard let handle, let owner = handle.pointee.data else { return }
            UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_timer_t.self).deallocate()
            Unmanaged<LoopTimer>.fromOpaque(owner).release()
        }
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> LoopTimer? {
        guard let context else { return nil }
        return Unmanaged<LoopTimer>.fromOpaque(context).takeUnretainedValue()
    }
}
