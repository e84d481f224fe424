import SignetRuntime

/// What a run measured, and under which circumstances.
package struct LoadReport: Sendable, Equatable {
    /// The version of the JSON form. It grows when a member changes its meaning or goes away.
    package static let schema = 1

    // The run.
    package let scenario: String
    package let server: String
    package let connections: Int
    package let pipeline: Int
    package let threads: Int
    package let warmUp: Duration
    package let duration: Duration
    package let facts: RunFacts
    package let machine: Machine

    // What came of it.
    /// Good answers within the measured time.
    package let requests: Int
    package let requestsPerSecond: Double
    /// Tokens in those answers.
    package let tokensPerSecond: Double
    package let latency: LatencyFigures
    package let errors: LoadErrors
    /// Connections made anew after an earlier one had ended.
    package let reconnects: Int

    init(_ plan: LoadPlan, _ tally: LoadTally, on machine: Machine = .current) {
        scenario = plan.scenario.name
        server = plan.target.description
        connections = plan.connections
        pipeline = plan.pipeline
        threads = plan.threads
        warmUp = plan.warmUp
        duration = plan.duration
        facts = plan.facts
        self.machine = machine
        requests = tally.requests
        requestsPerSecond = Double(tally.requests) / plan.duration.inSeconds
        tokensPerSecond = requestsPerSecond * Double(plan.scenario.tokensPerAnswer)
        latency = LatencyFigures(tally)
        errors = tally.errors
        reconnects = tally.reconnects
    }
}
