import TestSupport
import Testing

@testable import signet

@Suite("TimingSample: whether times can be told apart")
struct TimingSampleTests {
    /// Times with a slow tail, as a machine makes them; those of kind 1 take `more` nanoseconds longer.
    private func sample(more: Double, count: Int = 40_000) -> TimingSample {
        var sample = TimingSample()
        var random = SeededGenerator(seed: 5)
        for _ in 0..<count {
            let kind = Int.random(in: 0...1, using: &random)
            let isDisturbed = Int.random(in: 0..<20, using: &random) == 0
            let noise = Double.random(in: 0..<20, using: &random)
            let tail = isDisturbed ? Double.random(in: 0..<50_000, using: &random) : 0
            sample.add(400 + noise + tail + (kind == 1 ? more : 0), kind: kind)
        }
        return sample
    }

    @Test("equal ones can't be, however noisy; a nanosecond in 400 can, below the noise")
    func differences() {
        #expect(sample(more: 0).difference < TimingSample.threshold)
        #expect(sample(more: 1).difference > TimingSample.threshold)
        #expect(sample(more: -1).difference > TimingSample.threshold)
    }

    @Test("times without any spread are told apart when they differ, and not otherwise")
    func constants() {
        for (other, isApart) in [(7.0, false), (8.0, true)] {
            var sample = TimingSample()
            for index in 0..<1000 { sample.add(index % 2 == 0 ? 7 : other, kind: index % 2) }
            #expect((sample.difference > TimingSample.threshold) == isApart)
        }
    }
}
