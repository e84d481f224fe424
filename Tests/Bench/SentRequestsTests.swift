import Testing

@testable import SignetBench

@Suite struct SendTimesTests {
    @Test("gives the times back in their order, however often the ring goes round")
    func order() {
        var times = SendTimes(countMax: 3)
        var next: UInt64 = 0
        var due: UInt64 = 0
        for step in 0..<100 {
            // Fills up to one, two or three, then takes all but the newest.
            while times.count < step % 3 + 1 {
                times.append(next)
                next += 1
            }
            while times.count > 1 {
                #expect(times.oldest == due)
                #expect(times.removeFirst() == due)
                due += 1
            }
        }
        times.removeAll()
        #expect(times.oldest == nil)
        #expect(times.count == 0)
    }
}
