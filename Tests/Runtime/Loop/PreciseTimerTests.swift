import Glibc
import Testing

@testable import SignetRuntime

@Suite("PreciseTimer")
struct PreciseTimerTests {
    /// Loop-bound things that a test carries to their loop.
    private final class Carrier: @unchecked Sendable {
        /// Set before the loop runs, and then touched only on its thread.
        var timer: PreciseTimer?
        var due: UInt64 = 0
    }

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    @Test("is never early, and goes off once for each time that it is set to")
    func due() throws {
        let carrier = Carrier()
        let lateness = Monitor<[Int64]>([])
        let loop = try RunningLoop { eventLoop throws(LoopError) in
            carrier.timer = try PreciseTimer(on: eventLoop) {
                let late = Int64(Self.now) - Int64(carrier.due)
                let count = lateness.withLock { times in
                    times.append(late)
                    return times.count
                }
                lateness.signal()
                guard count < 20 else { return }
                // Intervals that libuv's milliseconds could not tell apart.
                carrier.due = Self.now + UInt64(count) * 50_000
                carrier.timer?.set(carrier.due)
            }
            carrier.due = Self.now + 300_000
            carrier.timer?.set(carrier.due)
        }
        let times = lateness.wait(atMostMilliseconds: 120_000) { $0.count >= 20 ? $0 : nil }
        #expect(times?.allSatisfy { $0 >= 0 } == true)
        loop.call {
            carrier.timer?.cancel()
            carrier.timer = nil
        }
        #expect(lateness.withLock { $0.count } == 20)
    }

    @Test("goes off at once for a time that is past, and for the last time that it was set to")
    func past() throws {
        let carrier = Carrier()
        let count = Monitor(0)
        let loop = try RunningLoop { eventLoop throws(LoopError) in
            carrier.timer = try PreciseTimer(on: eventLoop) {
                count.withLock { $0 += 1 }
                count.signal()
            }
            // An hour from now, but then thought better of.
            carrier.timer?.set(Self.now + 3_600_000_000_000)
            carrier.timer?.set(0)
        }
        #expect(count.wait(atMostMilliseconds: 120_000) { $0 > 0 ? $0 : nil } == 1)
        loop.call {
            carrier.timer?.cancel()
            carrier.timer?.set(0)
            carrier.timer = nil
        }
    }

    @Test("is closed by its loop, set or not, and may be cancelled after that")
    func closedByLoop() throws {
        let carrier = Carrier()
        let eventLoop = try EventLoop()
        carrier.timer = try PreciseTimer(on: eventLoop) {}
        carrier.timer?.set(Self.now + 3_600_000_000_000)
        eventLoop.stop()
        eventLoop.run()
        carrier.timer?.cancel()
        carrier.timer = nil
    }
}
