import Testing

@testable import SignetRuntime

@Suite("LoopTimer")
struct LoopTimerTests {
    /// Loop-bound things that a test carries to their loop.
    private final class Carrier: @unchecked Sendable {
        /// Set before the loop runs, and then touched only on its thread.
        var timer: LoopTimer?
    }

    @Test("repeats on its loop's thread, where it may enter actors")
    func repeats() async throws {
        let count = Monitor(0)
        let recorder = Monitor<Recorder?>(nil)
        let loop = try RunningLoop { eventLoop throws(LoopError) in
            recorder.withLock { $0 = Recorder(on: eventLoop) }
            _ = try LoopTimer(on: eventLoop, everyMilliseconds: 1) {
                recorder.withLock { $0 }?.assumeIsolated { $0.note(0) }
                count.withLock { $0 += 1 }
                count.signal()
            }
        }
        #expect(count.wait(atMostMilliseconds: 120_000) { $0 >= 5 ? true : nil } == true)
        #expect(await recorder.withLock { $0 }?.strayNotes == 0)
        _ = loop
    }

    @Test("ends for good when it is cancelled, from its own action and twice")
    func cancel() throws {
        let carrier = Carrier()
        let count = Monitor(0)
        let loop = try RunningLoop { eventLoop throws(LoopError) in
            carrier.timer = try LoopTimer(on: eventLoop, everyMilliseconds: 1) {
                carrier.timer?.cancel()
                carrier.timer?.cancel()
                count.withLock { $0 += 1 }
                count.signal()
            }
            // A second one tells that time has passed.
            _ = try LoopTimer(on: eventLoop, everyMilliseconds: 5) {
                count.withLock { $0 += 100 }
                count.signal()
            }
        }
        #expect(count.wait(atMostMilliseconds: 120_000) { $0 > 500 ? $0 % 100 : nil } == 1)
        loop.call {
            carrier.timer?.cancel()
            // Its action holds the carrier.
            carrier.timer = nil
        }
    }

    @Test("may be cancelled after its loop has closed it")
    func cancelAfterEnd() throws {
        let carrier = Carrier()
        let eventLoop = try EventLoop()
        carrier.timer = try LoopTimer(on: eventLoop, everyMilliseconds: 1000) {}
        eventLoop.stop()
        eventLoop.run()
        carrier.timer?.cancel()
        weak let timer = carrier.timer
        carrier.timer = nil
        #expect(timer == nil)
    }
}
