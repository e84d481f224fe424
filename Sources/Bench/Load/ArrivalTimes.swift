import Glibc

/// When the requests of one loop should go out in an open loop, one after the other, in nanoseconds of
/// the monotonic clock.
struct ArrivalTimes {
    /// The time of the next request.
    private(set) var next: UInt64

    private let start: UInt64
    private let arrivals: LoadPace.Arrivals
    /// Nanoseconds between two requests of this loop, on average.
    private let interval: Double
    /// Nanoseconds from the start to the next request. A sum of intervals would drift.
    private var offset: Double
    private var count = 0.0
    private var random: SplitMix64

    /// - Parameters:
    ///   - perSecond: the rate of all loops together, above zero.
    ///   - index: which of `loops` loops this is: they take turns.
    init(
        from start: UInt64, perSecond: Double, _ arrivals: LoadPace.Arrivals, index: Int,
        loops: Int, seed: UInt64
    ) {
        precondition(perSecond > 0 && loops > 0)
        self.start = start
        self.arrivals = arrivals
        interval = 1e9 * Double(loops) / perSecond
        random = SplitMix64(seed: seed &+ UInt64(index))
        offset = interval * Double(index) / Double(loops)
        next = start
        if arrivals == .poisson { offset = gap() }
        next = start + UInt64(offset)
    }

    /// Goes on to the request after the next.
    mutating func advance() {
        switch arrivals {
        case .constant:
            count += 1
            next = start + UInt64(offset + count * interval)
        case .poisson:
            offset += gap()
            next = start + UInt64(offset)
        }
    }

    /// A gap between two arrivals of a Poisson process.
    private mutating func gap() -> Double { -log(random.nextUnit()) * interval }
}
