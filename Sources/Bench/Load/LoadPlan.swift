import SignetRuntime

/// What a measurement does: where, what, how much and for how long.
package struct LoadPlan: Sendable {
    package let target: LoadTarget
    package let scenario: LoadScenario
    /// Whether the answers decide when requests are sent.
    package var pace = LoadPace.closed
    /// Connections that are open at a time, over all threads.
    package var connections = 64
    /// Requests that a connection has on the way at most; 1 is without pipelining.
    package var pipeline = 1
    /// Threads of the load generator, with a loop each.
    package var threads = 1
    /// How long the same load runs before anything is counted.
    package var warmUp = Duration.seconds(1)
    package var duration = Duration.seconds(10)
    /// How long a connection, or the answer to a request, may take.
    package var timeout = Duration.seconds(10)
    /// How many tokens are kept to have their signatures checked after the run.
    package var verifySample = 100
    /// What random arrivals and samples depend on.
    package var seed: UInt64 = 1
    /// What the report says about the run and the generator can't know.
    package var facts = RunFacts()

    package init(target: LoadTarget, scenario: LoadScenario) {
        self.target = target
        self.scenario = scenario
    }
}
