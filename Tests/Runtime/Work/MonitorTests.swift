import Testing

@testable import SignetRuntime

@Suite("Monitor")
struct MonitorTests {
    @Test("lets threads change the value one at a time")
    func exclusion() throws {
        let sum = Monitor(0)
        let threads = try (0..<4).map { _ in
            try Thread(name: "adder") { for _ in 0..<10_000 { sum.withLock { $0 += 1 } } }
        }
        for thread in threads { thread.join() }
        #expect(sum.withLock { $0 } == 40_000)
    }

    @Test("wakes who waits for the value, and all with a broadcast")
    func waiting() throws {
        let value = Monitor(0)
        let threads = try (0..<3).map { _ in
            try Thread(name: "waiter") {
                value.wait { $0 >= 10 ? () : nil }
                value.withLock { $0 += 1 }
                value.signal()
            }
        }
        for _ in 0..<10 {
            value.withLock { $0 += 1 }
            value.broadcast()
        }
        value.wait { $0 == 13 ? () : nil }
        for thread in threads { thread.join() }
    }

    @Test("gives up after the time it was given, and not before")
    func timeOut() {
        let value = Monitor(0)
        let start = ContinuousClock.now
        #expect(value.wait(atMostMilliseconds: 1020) { $0 == 1 ? true : nil } == nil)
        #expect(ContinuousClock.now - start >= .milliseconds(1020))
        #expect(value.wait(atMostMilliseconds: 0) { $0 == 0 ? true : nil } == true)
    }
}
