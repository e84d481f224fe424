import Testing

@testable import signet

@Suite("StoreVerdict")
struct StoreVerdictTests {
    @Test("an answer is good for a second, then it is asked again", arguments: [true, false])
    func answer(_ isYes: Bool) {
        var verdict = StoreVerdict()
        func known(at now: Int64) -> Bool? { verdict.known(at: now) }
        #expect(known(at: 5000) == nil)
        verdict.didAnswer(isYes, askedAt: 5000)
        #expect(known(at: 5001) == isYes)
        #expect(known(at: 5999) == isYes)
        #expect(known(at: 6000) == nil)
    }

    @Test("who asks a store that hangs is told no after two seconds, and nobody asks it then")
    func hang() {
        var verdict = StoreVerdict()
        func known(at now: Int64) -> Bool? { verdict.known(at: now) }
        #expect(known(at: 0) == nil)
        verdict.didAnswer(true, askedAt: 0)
        // From here on it hangs.
        #expect(known(at: 10_000) == nil)
        #expect(known(at: 11_999) == nil)
        #expect(known(at: 12_000) == false)
        #expect(known(at: 60_000) == false)
        // It goes on: what it took a minute for is no news any more.
        verdict.didAnswer(true, askedAt: 10_000)
        #expect(known(at: 70_000) == nil)
        verdict.didAnswer(true, askedAt: 70_000)
        #expect(known(at: 70_500) == true)
    }
}
