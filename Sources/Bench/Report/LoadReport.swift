internal import Histogram
import SignetRuntime

/// What a run measured, and under which circumstances.
package struct LoadReport: Sendable, Equatable {
    /// The version of the JSON form. It grows when a member changes its meaning or goes away.
    package static let schema = 1

    /// One call of a mix.
    package struct Call: Sendable, Equatable {
        package let name: String
        package let requests: Int
        package let requestsPerSecond: Double
        package let latency: LatencyFigures
    }

    // The run.
    package let scenario: String
    package let server: String
    /// What the connections agreed on, or "none" for plain HTTP; nil when it is not known yet.
    package let tls: String?
    package let pace: LoadPace
    package let connections: Int
    package let pipeline: Int
    package let threads: Int
    /// How many different requests there are, of all calls together; nil when each is another.
    package let differentRequests: Int?
    package let warmUp: Duration
    package let duration: Duration
    package let machine: Machine
    package var facts: RunFacts

    // What came of it.
    /// Good answers within the measured time.
    package let requests: Int
    package let requestsPerSecond: Double
    /// Tokens in those answers.
    package let tokensPerSecond: Double
    package let latency: LatencyFigures
    /// The calls of a mix; one when there is none.
    package let calls: [Call]
    /// The run over time, and how long a slice of it is.
    package let slices: [RunSlice]
    package let sliceSeconds: Double
    package let errors: LoadErrors
    /// Good answers and errors of the whole run, warm-up included.
    package let attempts: Int
    /// Tokens whose signatures were checked.
    package let verified: Int
    /// Connections made anew after an earlier one had ended.
    package let reconnects: Int
    /// Mean bytes of a request, and of an answer's body.
    package let requestBytes: Int
    package let answerBytes: Int
    /// The share of the time that the busiest thread of the load generator was running. From nine
    /// tenths on it may be what limits the rate.
    package let generatorBusy: Double
    /// Processor time of the load generator for each good answer, in microseconds.
    package let generatorMicrosecondsPerRequest: Double
    /// The rates that a sweep tried before this one, in their order.
    package var sweep: RateSweep?

    /// How many of the whole run's calls went wrong, as a share.
    package var errorShare: Double { Double(errors.total) / Double(max(1, attempts)) }

    /// The rate that the run was meant to have; nil in a closed loop.
    package var intendedRate: Double? {
        guard case .open(let perSecond, _) = pace else { return nil }
        return perSecond
    }

    init(_ plan: LoadPlan, _ tally: LoadTally, verified: Int, on machine: Machine = .current) {
        let seconds = plan.duration.inSeconds
        scenario = plan.scenario.name
        server = plan.target.description
        tls = plan.target.tls == nil ? "none" : tally.tls
        pace = plan.pace
        connections = plan.connections
        pipeline = plan.pipeline
        threads = plan.threads
        differentRequests = plan.scenario.differentRequests
        warmUp = plan.warmUp
        duration = plan.duration
        facts = plan.facts
        self.machine = machine
        requests = tally.requests
        requestsPerSecond = Double(tally.requests) / seconds
        let tokens = zip(plan.scenario.parts, tally.calls).map { part, call in
            part.call.tokensPerAnswer * call.requests
        }
        tokensPerSecond = Double(tokens.reduce(0, +)) / seconds
        let latency = LatencyFigures(tally.together)
        self.latency = latency
        let isAlone = tally.calls.count == 1
        calls = zip(plan.scenario.parts, tally.calls).map { part, call in
            Call(
                name: part.call.name, requests: call.requests,
                requestsPerSecond: Double(call.requests) / seconds,
                latency: isAlone ? latency : LatencyFigures(call))
        }
        slices = RunSlice.all(of: tally.slices, until: seconds)
        sliceSeconds = Double(tally.slices.interval) / 1e9
        errors = tally.errors
        attempts = tally.requestsInAll + tally.errors.total
        self.verified = verified
        reconnects = tally.reconnects
        requestBytes = tally.requestBytes / max(1, tally.sent)
        answerBytes = tally.answerBytes / max(1, tally.answers)
        generatorBusy = tally.busiestThread
        generatorMicrosecondsPerRequest =
            Double(tally.processorNanoseconds) / 1000 / Double(max(1, tally.requests))
    }
}

extension RunSlice {
    /// The slices of a measured time of `seconds`; the last may be shorter than the others.
    fileprivate static func all(of slices: TimeSlices, until seconds: Double) -> [RunSlice] {
        let interval = Double(slices.interval) / 1e9
        return slices.slices.enumerated().map { index, slice in
            let start = Double(index) * interval
            let histogram = slice.latency
            let length = min(interval, seconds - start)
            let spread = Spread(
                p50: histogram.valueAtPercentile(50), p99: histogram.valueAtPercentile(99),
                max: histogram.maxRecorded)
            return RunSlice(
                start: start, requestsPerSecond: Double(slice.answers) / length,
                errors: slice.errors, latency: slice.answers > 0 ? spread : nil)
        }
    }
}
