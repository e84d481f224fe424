/// A request that waits for its answer.
struct SentRequest: Equatable {
    /// When it went out; in an open loop, when it should have gone out. Nanoseconds.
    let time: UInt64
    /// Which call of the scenario it is.
    let call: Int
    /// Whether it only gets what the call needs, and counts for nothing.
    var isPreparation = false
}

/// The requests of a connection that wait for their answers, oldest first: a ring of fixed size.
struct SentRequests {
    private var requests: [SentRequest]
    private var first = 0
    private(set) var count = 0

    /// - Parameter countMax: how many requests wait at most.
    init(countMax: Int) {
        precondition(countMax > 0)
        requests = [SentRequest](repeating: SentRequest(time: 0, call: 0), count: countMax)
    }

    /// The request whose answer is due next.
    var oldest: SentRequest? { count > 0 ? requests[first] : nil }

    mutating func append(_ request: SentRequest) {
        precondition(count < requests.count)
        let index = first + count
        requests[index < requests.count ? index : index - requests.count] = request
        count += 1
    }

    mutating func removeFirst() -> SentRequest {
        precondition(count > 0)
        let request = requests[first]
        first = first + 1 < requests.count ? first + 1 : 0
        count -= 1
        return request
    }

    mutating func removeAll() {
        first = 0
        count = 0
    }
}
