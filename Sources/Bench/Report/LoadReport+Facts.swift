extension LoadReport {
    /// A circumstance of a run, with its name.
    struct Fact {
        let name: String
        let value: String
    }

    /// What every figure depends on: the six facts that go with each of them, then the rest.
    var circumstances: [Fact] {
        [
            Fact(name: "algorithm", value: facts.algorithm ?? "not known"),
            Fact(name: "TLS", value: tls ?? "not known"),
            Fact(name: "connections", value: connectionsText),
            Fact(name: "durability", value: facts.durabilityText ?? "not known"),
            Fact(name: "data", value: dataText),
            Fact(name: "load", value: paceText),
            Fact(name: "time", value: timeText),
            Fact(name: "server", value: serverText),
            Fact(name: "generator", value: generatorText),
            Fact(name: "machine", value: machineText),
            Fact(name: "versions", value: versionsText),
        ]
    }

    /// A sentence about what makes the figures worth less than they look; nil when nothing does.
    var warning: String? {
        guard generatorBusy >= 0.9 else { return nil }
        return
            "the load generator's busiest thread ran \(FigureText.percent(generatorBusy)) of the "
            + "time: it may be what limits the rate; give it more --threads or a core of its own"
    }

    private var connectionsText: String {
        "\(connections), keep-alive, "
            + (pipeline == 1 ? "no pipelining" : "pipelined \(pipeline) deep")
    }

    private var dataText: String {
        let bytes =
            "requests of \(FigureText.bytes(requestBytes)), bodies of \(FigureText.bytes(answerBytes))"
        return (facts.dataText ?? "size of the store not known") + "; " + bytes
    }

    private var paceText: String {
        switch pace {
        case .closed: "closed loop"
        case .open(let perSecond, let arrivals):
            "open loop, \(FigureText.whole(perSecond)) requests/s, \(arrivals.rawValue) arrivals, "
                + "latency from the intended start"
        }
    }

    private var timeText: String {
        FigureText.time(duration.inSeconds * 1e9)
            + (warmUp == .zero
                ? ", no warm-up" : " after a warm-up of \(FigureText.time(warmUp.inSeconds * 1e9))")
    }

    private var serverText: String {
        guard let loops = facts.serverLoops else { return server }
        return "\(server), \(loops) \(loops == 1 ? "loop" : "loops")"
    }

    private var generatorText: String {
        "\(threads) \(threads == 1 ? "loop" : "loops"), the busiest "
            + "\(FigureText.percent(generatorBusy)) of the time, "
            + "\(FigureText.time(generatorMicrosecondsPerRequest * 1000)) of processor a request"
    }

    private var machineText: String {
        "\(machine.processor), \(machine.cores) cores, Linux \(machine.kernel)"
    }

    private var versionsText: String {
        facts.versions.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
    }
}
