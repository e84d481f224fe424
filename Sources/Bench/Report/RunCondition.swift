/// A circumstance of a measurement that its figures depend on.
package struct RunCondition: Sendable, Equatable {
    package let name: String
    /// Nil when it is not known.
    package let value: String?
    /// Whether the figures of runs that differ in it say nothing beside each other. What is left is what people
    /// compare: versions.
    package let decides: Bool

    init(_ name: String, _ value: String?, decides: Bool = true) {
        self.name = name
        self.value = value
        self.decides = decides
    }

    /// What differs between two measurements.
    package struct Difference: Sendable, Equatable {
        package let decides: Bool
        /// In words: `pipelining 1 there, 16 here`.
        package let text: String
    }
}

extension [RunCondition] {
    /// Where these are not those of an earlier report. What is known of neither is no difference.
    ///
    /// - Parameter earlier: values by name; what is missing is not known.
    package func differences(from earlier: [String: String]) -> [RunCondition.Difference] {
        compactMap { condition in
            let before = earlier[condition.name]
            guard before != condition.value else { return nil }
            return RunCondition.Difference(
                decides: condition.decides,
                text: "\(condition.name) \(before ?? "not known") there, "
                    + "\(condition.value ?? "not known") here")
        }
    }

    var object: JSONObjectText {
        var object = JSONObjectText()
        for condition in self { object.add(condition.name, known: condition.value) }
        return object
    }
}

extension LoadReport {
    /// What has to be the same for figures to be compared, and what else may be worth knowing.
    package var conditions: [RunCondition] {
        [
            RunCondition("scenario", scenario),
            RunCondition("different requests", differentRequests.map { "\($0)" }),
            RunCondition("algorithm", facts.algorithm),
            RunCondition("TLS", tls),
            RunCondition("keep-alive", "yes"),
            RunCondition("connections", "\(connections)"),
            RunCondition("pipelining", "\(pipeline)"),
            RunCondition("durability", facts.durability),
            RunCondition("data", facts.data),
            RunCondition("loop", loopText),
            RunCondition("server loops", facts.serverLoops.map { "\($0)" }),
        ] + machine.conditions
            + [RunCondition("generator threads", "\(threads)", decides: false)]
            + facts.versions.conditions
    }

    private var loopText: String {
        guard case .open(let perSecond, let arrivals) = pace else { return "closed" }
        // The rate of a sweep is what it found.
        let rate =
            sweep.map { "sweep, p99 up to \(FigureText.time($0.objective.inSeconds * 1e9))" }
            ?? "open, \(FigureText.whole(perSecond))/s"
        return "\(rate), \(arrivals.rawValue) arrivals"
    }
}

extension LoadPlan {
    /// The conditions of the report that this plan will come to, as far as they are known: an algorithm may be
    /// learned on the way, and what TLS comes to is.
    ///
    /// - Parameter sweep: the objective and the arrivals, if the rate is what is looked for.
    package func conditions(
        sweep: (objective: Duration, arrivals: LoadPace.Arrivals)? = nil
    ) -> [RunCondition] {
        var plan = self
        if let sweep { plan.pace = .open(perSecond: 1, sweep.arrivals) }
        let nothing = LoadTally(calls: scenario.parts.count, LoadSchedule(plan, start: 0))
        var report = LoadReport(plan, nothing, verified: 0)
        report.sweep = sweep.map {
            RateSweep(objective: $0.objective, closedLoopRate: 0, steps: [])
        }
        return report.conditions.filter {
            !["algorithm", "TLS"].contains($0.name) || $0.value != nil
        }
    }
}

extension CryptoReport {
    /// As for a report on a server.
    package static func conditions(
        versions: [RunFacts.Version], on machine: Machine = .current
    ) -> [RunCondition] {
        [
            RunCondition("signed at a time", "\(AlgorithmRate.batchCount)"),
            RunCondition("message bytes", "\(AlgorithmRate.messageBytes)"),
        ] + machine.conditions + versions.conditions
    }
}

extension Machine {
    fileprivate var conditions: [RunCondition] {
        [
            RunCondition("processor", processor), RunCondition("cores", "\(cores)"),
            RunCondition("kernel", kernel, decides: false),
        ]
    }
}

extension [RunFacts.Version] {
    fileprivate var conditions: [RunCondition] {
        map { RunCondition($0.name, $0.version, decides: false) }
    }
}
