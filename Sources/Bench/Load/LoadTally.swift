internal import Histogram
import SignetRuntime

/// What one loop has counted so far, or all of them together.
struct LoadTally: Sendable {
    /// Each call of the scenario by itself.
    var calls: [CallTally]
    /// The measured time in pieces.
    var slices: TimeSlices
    /// Good answers of the whole run, warm-up included.
    var requestsInAll = 0
    /// Answers of any kind, of the whole run.
    var answers = 0
    /// Bytes of all answers and of all requests, of the whole run.
    var answerBytes = 0
    var requestBytes = 0
    /// Requests of the whole run.
    var sent = 0
    var errors = LoadErrors()
    /// Connections made anew after an earlier one had ended.
    var reconnects = 0
    /// The share of the measured time that the busiest loop's thread was running.
    var busiestThread = 0.0
    /// Processor time of all loops' threads within the measured time, in nanoseconds.
    var processorNanoseconds: UInt64 = 0
    var openConnections = 0
    var hasConnected = false
    /// What the first connection agreed on for TLS; nil for plain HTTP.
    var tls: String?
    var lastConnectError: LoopError?
    /// Whether nothing more will be counted.
    var isDone = false

    init(calls: Int, _ schedule: LoadSchedule) {
        self.calls = [CallTally](repeating: CallTally(), count: calls)
        slices = TimeSlices(schedule)
    }

    /// Good answers that came within the measured time.
    var requests: Int { calls.reduce(0) { $0 + $1.requests } }

    /// All calls as if they were one.
    var together: CallTally { calls.dropFirst().reduce(into: calls[0]) { $0.add($1) } }

    /// Adds what another loop of the same run counted.
    mutating func add(_ other: LoadTally) {
        for index in calls.indices { calls[index].add(other.calls[index]) }
        slices.add(other.slices)
        requestsInAll += other.requestsInAll
        answers += other.answers
        answerBytes += other.answerBytes
        requestBytes += other.requestBytes
        sent += other.sent
        errors.add(other.errors)
        reconnects += other.reconnects
        busiestThread = max(busiestThread, other.busiestThread)
        processorNanoseconds += other.processorNanoseconds
        openConnections += other.openConnections
        tls = tls ?? other.tls
        hasConnected = hasConnected || other.hasConnected
        lastConnectError = other.lastConnectError ?? lastConnectError
        isDone = isDone && other.isDone
    }
}

extension [LoadTally] {
    /// What all loops counted. Not of an empty array.
    var sum: LoadTally { dropFirst().reduce(into: self[0]) { $0.add($1) } }
}
