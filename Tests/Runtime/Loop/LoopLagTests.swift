import Testing

@testable import SignetRuntime

@Suite("LoopLag")
struct LoopLagTests {
    private static let millisecond: Int64 = 1_000_000

    @Test("is how late the timer last fired, or how long it is overdue, if that is more")
    func lag() {
        let lag = LoopLag(intervalMilliseconds: 100, at: 0)
        func milliseconds(at now: Int64) -> Int64 {
            lag.nanoseconds(at: now * Self.millisecond) / Self.millisecond
        }
        #expect(milliseconds(at: 0) == 0)
        #expect(milliseconds(at: 100) == 0)
        // It should have fired by now.
        #expect(milliseconds(at: 130) == 30)
        lag.beat(at: 150 * Self.millisecond)
        #expect(milliseconds(at: 151) == 50)
        #expect(milliseconds(at: 340) == 90)
        // In time again; early is not late.
        lag.beat(at: 250 * Self.millisecond)
        #expect(milliseconds(at: 251) == 0)
        lag.beat(at: 340 * Self.millisecond)
        #expect(milliseconds(at: 341) == 0)
    }

    @Test("of a server's loop shows while something holds it up")
    func ofServer() throws {
        let server = try TestServer(loops: 2)
        let (held, released) = (Monitor(false), Monitor(false))
        server.http.loops[1].submit {
            held.withLock { $0 = true }
            held.broadcast()
            released.wait { $0 ? () : nil }
        }
        held.wait { $0 ? () : nil }
        // Its timer is one of 10 ms.
        #expect(lag(of: server, becomes: { $0 >= 30_000_000 }))
        released.withLock { $0 = true }
        released.broadcast()
        // It has fired late meanwhile, which is told until it fires in time.
        #expect(lag(of: server, becomes: { $0 < 30_000_000 }))
    }

    /// Whether the lag of the second loop is as wanted before a minute is over.
    private func lag(of server: TestServer, becomes isWanted: (Int64) -> Bool) -> Bool {
        let deadline = WallClock.monotonicNanoseconds + 60_000_000_000
        while WallClock.monotonicNanoseconds < deadline {
            if isWanted(server.http.loopLags[1]) { return true }
        }
        return false
    }
}
