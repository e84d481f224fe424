extension LoadReport {
    /// The report as a JSON object, for programs. Times are in microseconds or seconds, as the
    /// names say.
    package var json: String {
        var report = JSONObjectText()
        report.add("schema", number: Self.schema)
        report.add("run", object: run)
        report.add("machine", object: machineObject)
        report.add("requests", number: requests)
        report.add("requests_per_second", number: requestsPerSecond)
        report.add("tokens_per_second", number: tokensPerSecond)
        report.add("latency_us", object: latencyObject)
        report.add("errors", object: errorsObject)
        report.add("reconnects", number: reconnects)
        return report.text + "\n"
    }

    private var run: JSONObjectText {
        var run = JSONObjectText()
        run.add("scenario", string: scenario)
        run.add("server", string: server)
        if let algorithm = facts.algorithm { run.add("algorithm", string: algorithm) }
        if let durability = facts.durability { run.add("durability", string: durability) }
        if let serverLoops = facts.serverLoops { run.add("server_loops", number: serverLoops) }
        run.add("loop", string: "closed")
        run.add("keep_alive", true)
        run.add("tls", false)
        run.add("connections", number: connections)
        run.add("pipeline", number: pipeline)
        run.add("threads", number: threads)
        run.add("warm_up_seconds", number: warmUp.inSeconds)
        run.add("duration_seconds", number: duration.inSeconds)
        var versions = JSONObjectText()
        for version in facts.versions { versions.add(version.name, string: version.version) }
        run.add("versions", object: versions)
        return run
    }

    private var machineObject: JSONObjectText {
        var object = JSONObjectText()
        object.add("processor", string: machine.processor)
        object.add("cores", number: machine.cores)
        object.add("kernel", string: machine.kernel)
        return object
    }

    private var latencyObject: JSONObjectText {
        var object = JSONObjectText()
        object.add("count", number: Int(clamping: latency.count))
        object.add("mean", number: latency.mean / 1000)
        object.add("p50", number: Double(latency.p50) / 1000)
        object.add("p90", number: Double(latency.p90) / 1000)
        object.add("p99", number: Double(latency.p99) / 1000)
        object.add("p99_9", number: Double(latency.p999) / 1000)
        object.add("max", number: Double(latency.max) / 1000)
        return object
    }

    private var errorsObject: JSONObjectText {
        var object = JSONObjectText()
        object.add("total", number: errors.total)
        object.add("connect_failures", number: errors.connectFailures)
        object.add("resets", number: errors.resets)
        object.add("timeouts", number: errors.timeouts)
        object.add("malformed", number: errors.malformed)
        object.add("unexpected_bodies", number: errors.unexpectedBodies)
        var statuses = JSONObjectText()
        for (status, count) in errors.statuses.sorted(by: { $0.key < $1.key }) {
            statuses.add("\(status)", number: count)
        }
        object.add("statuses", object: statuses)
        return object
    }
}
