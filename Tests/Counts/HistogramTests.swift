import Testing

@testable import SignetCounts

@Suite("Histogram")
struct HistogramTests {
    @Test("puts a value into the first range whose end is not below it")
    func ranges() {
        let histogram = Histogram(first: 2, last: 4)
        for value: Int64 in [-7, 0, 1, 4, 5, 8, 9, 16, 17, .max / 64] { histogram.note(value) }
        let reading = histogram.reading
        #expect(reading.bounds == [4, 8, 16])
        #expect(reading.counts == [4, 2, 2, 2])
        #expect(reading.count == 10)
    }

    @Test("finds the range of each value as a comparison with every end does")
    func exhaustive() {
        let durations = Histogram.durations().reading.bounds
        #expect(durations.first == 1024 && durations.last == 4_294_967_296)
        for bound in durations {
            for value in [bound - 1, bound, bound + 1] {
                let histogram = Histogram.durations()
                histogram.note(value)
                let expected = durations.firstIndex { value <= $0 } ?? durations.count
                #expect(histogram.reading.counts.firstIndex(of: 1) == expected, "\(value)")
            }
        }
    }

    @Test("counts a value as often as it is told, and sums all up")
    func times() {
        let histogram = Histogram.sizes()
        histogram.note(3, times: 5)
        histogram.note(100, times: 0)
        histogram.note(1)
        var reading = histogram.reading
        #expect(reading.count == 6)
        #expect(reading.sum == 16)
        reading.add(histogram.reading)
        #expect(reading.count == 12)
        #expect(reading.sum == 32)
        #expect(reading.counts == histogram.reading.counts.map { 2 * $0 })
    }

    @Test("one call of seven is timed, and the others count as long")
    func lots() {
        let stages = StageTimes()
        var timed: [Int] = []
        for index in 0..<20 {
            let began = stages.willSign()
            if began != 0 { timed.append(index) }
            // The first took a thousand seconds, the eighth two thousand, the fifteenth three.
            let length = Int64(timed.count) * 1_000_000_000_000
            stages.didSign(since: began == 0 ? 0 : began - length)
        }
        #expect(timed == [0, 7, 14])
        let reading = stages.sign.reading
        #expect(reading.count == 20)
        #expect(reading.sum / 1_000_000_000_000 == 7 * 1 + 7 * 2 + 6 * 3)
    }

    @Test("a sum that has become too large begins again, and stops nobody")
    func overflow() {
        let histogram = Histogram.durations()
        histogram.note(.max, times: 1)
        histogram.note(.max, times: 1)
        #expect(histogram.reading.sum == UInt.max - 1)
        histogram.note(5)
        var reading = histogram.reading
        #expect(reading.sum == 3)
        histogram.note(.max)
        reading.add(histogram.reading)
        reading.add(histogram.reading)
        #expect(reading.count == 11)
        #expect(reading.sum == 7)
        // Less than nothing is nothing.
        histogram.note(-9)
        #expect(histogram.reading.sum == UInt(Int.max) + 3)
    }

    @Test("of a round: signing is no part of parsing, and each request has the round's time")
    func stages() {
        let stages = StageTimes()
        stages.willParse()
        // Signing took 30 of 40 seconds, so that a stalled machine makes no difference.
        let began = MonotonicClock.nanoseconds - 40_000_000_000
        stages.didSign(since: began + 10_000_000_000)
        stages.didParse(3, since: began)
        let (parse, sign) = (stages.parse.reading, stages.sign.reading)
        #expect(sign.count == 1 && sign.sum >= 30_000_000_000)
        #expect(parse.count == 3)
        #expect(parse.sum >= 3 * 10_000_000_000 && parse.sum < 3 * sign.sum)
        // The next round has signed nothing, whatever was signed since the last one was parsed.
        stages.didSign(since: began)
        stages.willParse()
        stages.didParse(1, since: MonotonicClock.nanoseconds - 20_000_000_000)
        #expect(stages.parse.reading.sum - parse.sum >= 20_000_000_000)
    }
}
