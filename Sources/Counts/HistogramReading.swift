/// What a histogram had counted at a moment.
package struct HistogramReading: Sendable, Equatable {
    /// The ends of the ranges, each double the one before. A value that equals an end belongs to its range.
    package let bounds: [Int64]
    /// How many values fell into each range, and how many were beyond them all.
    package private(set) var counts: [Int]
    /// The sum of all values. Begins again after its highest, as counters do: of nanoseconds, each as often as there
    /// were requests at that time, that takes 584 years with one request at a time, and seven months with a thousand.
    package private(set) var sum: UInt

    /// - Parameter counts: one for each of `bounds`, and one more.
    init(bounds: [Int64], counts: [Int], sum: UInt) {
        precondition(counts.count == bounds.count + 1)
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    /// How many values there were.
    package var count: Int { counts.reduce(0, +) }

    /// Adds what another histogram of the same ranges has counted.
    package mutating func add(_ other: HistogramReading) {
        precondition(other.bounds == bounds)
        for index in counts.indices { counts[index] += other.counts[index] }
        sum &+= other.sum
    }
}
