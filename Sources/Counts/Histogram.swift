internal import Glibc
internal import Synchronization

/// How often a value fell into each of a row of ranges that double, and the sum of all values. To note one takes some
/// instructions: nothing is locked, and nothing allocated.
///
/// One thread at a time notes, any thread reads; of a value that is being noted, a reading may have a part.
/// `@unchecked Sendable`: the numbers are touched by atomic operations alone.
package final class Histogram: @unchecked Sendable {
    /// The first range ends at two to this power.
    private let firstExponent: Int
    private let boundCount: Int
    /// One for each range, one for what is beyond them, and the sum.
    private let cells: UnsafeMutablePointer<Atomic<Int>>

    /// - Parameters:
    ///   - first: the first range ends at two to this power.
    ///   - last: the last one ends at two to this power.
    package init(first: Int, last: Int) {
        precondition(0 <= first && first <= last && last < 63)
        firstExponent = first
        boundCount = last - first + 1
        cells = .allocate(capacity: boundCount + 2)
        for index in 0..<boundCount + 2 { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: boundCount + 2)
        cells.deallocate()
    }

    /// For lengths of time in nanoseconds: from a microsecond to four seconds.
    package static func durations() -> Histogram { Histogram(first: 10, last: 32) }

    /// For how much there is of something, up to sixteen thousand.
    package static func sizes() -> Histogram { Histogram(first: 0, last: 14) }

    /// Counts a value so many times. A negative one counts as 0.
    package func note(_ value: Int64, times: Int = 1) {
        add(times, at: range(of: value))
        add(Int(max(value, 0)) &* times, at: boundCount + 1)
    }

    /// What has been counted so far. Any thread.
    package var reading: HistogramReading {
        HistogramReading(
            bounds: (0..<boundCount).map { 1 << Int64(firstExponent + $0) },
            counts: (0...boundCount).map { cells[$0].load(ordering: .relaxed) },
            sum: UInt(bitPattern: cells[boundCount + 1].load(ordering: .relaxed)))
    }

    /// The first range whose end is not below the value.
    private func range(of value: Int64) -> Int {
        let exponent = Int64.bitWidth - (max(value, 1) - 1).leadingZeroBitCount
        return min(max(exponent - firstExponent, 0), boundCount)
    }

    /// Nobody else writes, so that adding needs no bus lock.
    private func add(_ number: Int, at index: Int) {
        cells[index].store(cells[index].load(ordering: .relaxed) &+ number, ordering: .relaxed)
    }
}
