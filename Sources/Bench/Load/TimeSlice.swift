internal import Histogram

/// What happened in one short piece of the measured time.
struct TimeSlice: Sendable {
    /// Good answers.
    var answers = 0
    /// Answers that were not.
    var errors = 0
    /// The latencies of the good ones in nanoseconds, to two digits: there are many slices.
    var latency = Histogram<UInt32>(
        highestTrackableValue: 16_000_000_000, numberOfSignificantValueDigits: .two)

    init() {
        latency.autoResize = true
    }

    mutating func add(_ other: TimeSlice) {
        answers += other.answers
        errors += other.errors
        latency.add(other.latency)
    }
}

/// The measured time in slices of one length.
struct TimeSlices: Sendable {
    /// More would not fit into a picture.
    private static let countMax = 60

    /// How long a slice is, in nanoseconds.
    let interval: UInt64
    private(set) var slices: [TimeSlice]
    private let start: UInt64

    /// Slices of the shortest handy length with which `schedule` has no more than fit.
    init(_ schedule: LoadSchedule) {
        let duration = schedule.measureUntil - schedule.measureFrom
        let milliseconds: [UInt64] = [
            10, 20, 50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 1_800_000,
        ]
        let fitting = milliseconds.first { duration <= $0 * 1_000_000 * UInt64(Self.countMax) }
        interval = (fitting ?? 1_800_000) * 1_000_000
        start = schedule.measureFrom
        let count = Int((duration + interval - 1) / interval)
        slices = [TimeSlice](repeating: TimeSlice(), count: max(1, count))
    }

    /// Counts a good answer. One that comes after the end belongs to the last slice.
    @inline(__always)
    mutating func record(latency: UInt64, at now: UInt64) {
        let index = index(now)
        slices[index].answers += 1
        slices[index].latency.record(latency)
    }

    /// Counts an answer that was not good.
    mutating func recordError(at now: UInt64) {
        guard now >= start else { return }
        slices[index(now)].errors += 1
    }

    mutating func add(_ other: TimeSlices) {
        for (index, slice) in other.slices.enumerated() where index < slices.count {
            slices[index].add(slice)
        }
    }

    private func index(_ now: UInt64) -> Int {
        min(slices.count - 1, Int((now - start) / interval))
    }
}
