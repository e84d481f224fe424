/// Has something done over and over on a loop, from `start` to `stop`.
///
/// `@unchecked Sendable`: its state is touched on the loop's thread alone.
package final class RepeatingTimer: @unchecked Sendable {
    private let eventLoop: EventLoop
    private let intervalMilliseconds: UInt64
    private var timer: LoopTimer?
    /// Whether it was started and not stopped. To be asked on the loop's thread.
    package var isRunning: Bool { timer != nil }

    package init(on eventLoop: EventLoop, everyMilliseconds intervalMilliseconds: UInt64) {
        self.eventLoop = eventLoop
        self.intervalMilliseconds = intervalMilliseconds
    }

    /// Has the loop run `action` every interval, first after one. From any thread, once.
    package func start(_ action: @escaping @Sendable () -> Void) {
        eventLoop.submit {
            // Without a timer nothing would be done; libuv refuses none.
            self.timer = try? LoopTimer(
                on: self.eventLoop, everyMilliseconds: self.intervalMilliseconds, action)
        }
    }

    /// Runs it no more. On the loop's thread.
    package func stop() {
        timer?.cancel()
        timer = nil
    }
}
