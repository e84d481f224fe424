extension LoadReport {
    /// The report as a JSON object, for programs. Times are in microseconds or seconds, as the
    /// names say; null is not known.
    package var json: String {
        var report = JSONObjectText()
        report.add("schema", number: Self.schema)
        report.add("kind", string: "load")
        report.add("run", object: run)
        report.add("machine", object: machine.object)
        report.add("conditions", object: conditions.object)
        report.add("requests", number: requests)
        report.add("requests_per_second", number: requestsPerSecond)
        report.add("tokens_per_second", number: tokensPerSecond)
        report.add("latency_us", object: latency.object)
        report.add("errors", object: errorsObject)
        report.add("tokens_verified", number: verified)
        report.add("reconnects", number: reconnects)
        report.add("request_bytes", number: requestBytes)
        report.add("answer_bytes", number: answerBytes)
        report.add("generator", object: generatorObject)
        report.add("calls", objects: calls.map(\.object))
        report.add("percentiles", objects: latency.spectrum.map(\.object))
        report.add("slice_seconds", number: sliceSeconds)
        report.add("slices", objects: slices.map(\.object))
        if let sweep { report.add("sweep", object: sweep.object) }
        report.add("figures", object: figures.object)
        return report.text + "\n"
    }

    private var run: JSONObjectText {
        var run = JSONObjectText()
        run.add("scenario", string: scenario)
        run.add("server", string: server)
        run.add("algorithm", known: facts.algorithm)
        run.add("durability", known: facts.durability)
        run.add("data", known: facts.dataBeforeAndAfter)
        run.add("stated", facts.isStated)
        if let serverLoops = facts.serverLoops { run.add("server_loops", number: serverLoops) }
        switch pace {
        case .closed: run.add("loop", string: "closed")
        case .open(let perSecond, let arrivals):
            run.add("loop", string: "open")
            run.add("intended_requests_per_second", number: perSecond)
            run.add("arrivals", string: arrivals.rawValue)
        }
        run.add("keep_alive", true)
        run.add("tls", false)
        run.add("connections", number: connections)
        run.add("pipeline", number: pipeline)
        run.add("threads", number: threads)
        run.add("warm_up_seconds", number: warmUp.inSeconds)
        run.add("duration_seconds", number: duration.inSeconds)
        run.add("versions", object: facts.versionsObject)
        return run
    }

    private var errorsObject: JSONObjectText {
        var object = JSONObjectText()
        object.add("total", number: errors.total)
        object.add("share", number: errorShare)
        object.add("connect_failures", number: errors.connectFailures)
        object.add("resets", number: errors.resets)
        object.add("timeouts", number: errors.timeouts)
        object.add("unsent", number: errors.unsent)
        object.add("malformed", number: errors.malformed)
        object.add("unexpected_bodies", number: errors.unexpectedBodies)
        object.add("bad_signatures", number: errors.badSignatures)
        var statuses = JSONObjectText()
        for (status, count) in errors.statuses.sorted(by: { $0.key < $1.key }) {
            statuses.add("\(status)", number: count)
        }
        object.add("statuses", object: statuses)
        return object
    }

    private var generatorObject: JSONObjectText {
        var object = JSONObjectText()
        object.add("busiest_thread", number: generatorBusy)
        object.add("processor_us_per_request", number: generatorMicrosecondsPerRequest)
        return object
    }
}

extension RunFacts {
    var versionsObject: JSONObjectText {
        var object = JSONObjectText()
        for version in versions { object.add(version.name, string: version.version) }
        return object
    }
}

extension Machine {
    var object: JSONObjectText {
        var object = JSONObjectText()
        object.add("processor", string: processor)
        object.add("cores", number: cores)
        object.add("kernel", string: kernel)
        return object
    }
}

extension [Figure] {
    /// The figures by name, as `Comparison` wants them.
    var object: JSONObjectText {
        var object = JSONObjectText()
        for figure in self { object.add(figure.name, number: figure.value) }
        return object
    }
}

extension LatencyFigures {
    fileprivate var object: JSONObjectText {
        var object = JSONObjectText()
        object.add("count", number: Int(clamping: count))
        object.add("mean", number: mean / 1000)
        object.add("min", number: Double(min) / 1000)
        object.add("p50", number: Double(p50) / 1000)
        object.add("p90", number: Double(p90) / 1000)
        object.add("p99", number: Double(p99) / 1000)
        object.add("p99_9", number: Double(p999) / 1000)
        object.add("p99_99", number: Double(p9999) / 1000)
        object.add("max", number: Double(max) / 1000)
        return object
    }
}

extension LatencyFigures.Point {
    fileprivate var object: JSONObjectText {
        var object = JSONObjectText()
        object.add("percentile", number: percentile)
        object.add("us", number: Double(nanoseconds) / 1000)
        return object
    }
}

extension LoadReport.Call {
    fileprivate var object: JSONObjectText {
        var object = JSONObjectText()
        object.add("name", string: name)
        object.add("requests", number: requests)
        object.add("requests_per_second", number: requestsPerSecond)
        object.add("p50_us", number: Double(latency.p50) / 1000)
        object.add("p99_us", number: Double(latency.p99) / 1000)
        object.add("max_us", number: Double(latency.max) / 1000)
        return object
    }
}

extension RunSlice {
    fileprivate var object: JSONObjectText {
        var object = JSONObjectText()
        object.add("start", number: start)
        object.add("requests_per_second", number: requestsPerSecond)
        object.add("errors", number: errors)
        if let latency {
            object.add("p50_us", number: Double(latency.p50) / 1000)
            object.add("p99_us", number: Double(latency.p99) / 1000)
            object.add("max_us", number: Double(latency.max) / 1000)
        }
        return object
    }
}

extension RateSweep {
    fileprivate var object: JSONObjectText {
        var object = JSONObjectText()
        object.add("slo_p99_us", number: Double(objective.nanoseconds) / 1000)
        object.add("closed_loop_requests_per_second", number: closedLoopRate)
        if let highestGood { object.add("highest_good", number: highestGood) }
        object.add(
            "steps",
            objects: steps.map { step in
                var object = JSONObjectText()
                object.add("intended", number: step.rate)
                object.add("requests_per_second", number: step.achieved)
                object.add("p99_us", number: Double(step.p99) / 1000)
                object.add("errors", number: step.errors)
                object.add("good", step.isGood)
                return object
            })
        return object
    }
}
