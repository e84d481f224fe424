import Testing

@testable import SignetBench

@Suite struct SentRequestsTests {
    @Test("gives the requests back in their order, however often the ring goes round")
    func order() {
        var requests = SentRequests(countMax: 3)
        var next: UInt64 = 0
        var due: UInt64 = 0
        for step in 0..<100 {
            // Fills up to one, two or three, then takes all but the newest.
            while requests.count < step % 3 + 1 {
                requests.append(SentRequest(time: next, call: 0))
                next += 1
            }
            while requests.count > 1 {
                #expect(requests.oldest?.time == due)
                #expect(requests.removeFirst().time == due)
                due += 1
            }
        }
        requests.removeAll()
        #expect(requests.oldest == nil)
        #expect(requests.count == 0)
    }
}
