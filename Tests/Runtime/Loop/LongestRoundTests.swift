import Testing

@testable import SignetRuntime

@Suite("LongestRound")
struct LongestRoundTests {
    private let window = LongestRound.window

    @Test(
        "tells the longest round of this window and the one before it, and of none that is long past"
    )
    func windows() {
        let longest = LongestRound()
        #expect(longest.recent(at: 7 * window) == 0)
        longest.note(500, at: 7 * window)
        longest.note(900, at: 7 * window + 1)
        longest.note(400, at: 8 * window - 1)
        #expect(longest.recent(at: 8 * window - 1) == 900)
        #expect(longest.recent(at: 9 * window - 1) == 900)
        #expect(longest.recent(at: 9 * window) == 0)

        longest.note(300, at: 8 * window)
        #expect(longest.recent(at: 8 * window) == 900)
        #expect(longest.recent(at: 9 * window) == 300)
        #expect(longest.recent(at: 10 * window) == 0)

        // After a pause the window before is not the last one that had a round.
        longest.note(10, at: 20 * window)
        #expect(longest.recent(at: 20 * window) == 10)

        // Who looks had the time before the loop noted a round of the next window.
        longest.note(20, at: 21 * window)
        #expect(longest.recent(at: 21 * window - 1) == 20)
    }

    @Test("of a loop is told in less than milliseconds, when the round is over")
    func ofLoop() throws {
        let loop = try RunningLoop()
        let eventLoop = loop.eventLoop
        #expect(eventLoop.longestRoundNanoseconds == 0)
        loop.call {
            _ = eventLoop.roundMilliseconds
            let began = WallClock.monotonicNanoseconds
            while WallClock.monotonicNanoseconds - began < 200_000 {}
        }
        // The next round begins when that one has ended.
        loop.call {}
        #expect(eventLoop.longestRoundNanoseconds >= 200_000)
    }
}
