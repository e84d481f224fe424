/// When the requests of a connection that wait for their answers were sent, oldest first: a ring of
/// fixed size.
struct SendTimes {
    private var times: [UInt64]
    private var first = 0
    private(set) var count = 0

    /// - Parameter countMax: how many requests wait at most.
    init(countMax: Int) {
        precondition(countMax > 0)
        times = [UInt64](repeating: 0, count: countMax)
    }

    /// The time of the request whose answer is due next.
    var oldest: UInt64? { count > 0 ? times[first] : nil }

    mutating func append(_ time: UInt64) {
        precondition(count < times.count)
        let index = first + count
        times[index < times.count ? index : index - times.count] = time
        count += 1
    }

    mutating func removeFirst() -> UInt64 {
        precondition(count > 0)
        let time = times[first]
        first = first + 1 < times.count ? first + 1 : 0
        count -= 1
        return time
    }

    mutating func removeAll() {
        first = 0
        count = 0
    }
}
