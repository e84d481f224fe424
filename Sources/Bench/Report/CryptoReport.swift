package import SignetCrypto

/// The rates of all algorithms in this process, on one thread.
package struct CryptoReport: Sendable, Equatable {
    private let rates: [AlgorithmRate]
    private let duration: Duration
    private let machine: Machine
    private let versions: [RunFacts.Version]

    /// - Parameter duration: how long each way of each algorithm was measured.
    package init(
        _ rates: [AlgorithmRate], each duration: Duration, versions: [RunFacts.Version]
    ) {
        self.rates = rates
        self.duration = duration
        self.versions = versions
        machine = .current
    }

    /// What can be compared with an earlier report: `ES256.sign` and the like, each a second.
    package var figures: [Figure] {
        rates.flatMap { rate in
            zip(
                Self.figureNames(of: rate.algorithm),
                [rate.signaturesPerSecond, rate.verificationsPerSecond]
            ).map { Figure($0, $1, moreIsBetter: true) }
        }
    }

    /// The names of the figures of one algorithm.
    package static func figureNames(of algorithm: Algorithm) -> [String] {
        ["\(algorithm.name).sign", "\(algorithm.name).verify"]
    }

    /// What has to be the same for figures to be compared, and what else may be worth knowing.
    package var conditions: [RunCondition] { Self.conditions(versions: versions, on: machine) }

    /// The report as lines for a terminal, without a line feed at the end.
    package var text: String {
        let cells = rates.map { rate in
            [
                rate.algorithm.name, FigureText.whole(rate.signaturesPerSecond),
                FigureText.whole(rate.verificationsPerSecond),
                FigureText.time(1e9 / rate.signaturesPerSecond),
                FigureText.time(1e9 / rate.verificationsPerSecond),
            ]
        }
        let circumstances = [
            "signet bench: crypto", "",
            "one thread, \(AlgorithmRate.messageBytes) bytes a message, signed "
                + "\(AlgorithmRate.batchCount) at a time as the calls of a round are, verified one "
                + "by one, \(FigureText.time(duration.inSeconds * 1e9)) each; no server, no TLS, "
                + "no store",
            "\(machine.processor), \(machine.cores) cores, Linux \(machine.kernel)",
            versions.map { "\($0.name) \($0.version)" }.joined(separator: ", "), "",
        ]
        return
            (circumstances
            + TextColumns.lines(
                [["", "sign/s", "verify/s", "sign", "verify"]] + cells,
                rightAligned: [1, 2, 3, 4])).joined(separator: "\n")
    }

    /// The report as a JSON object, for programs.
    package var json: String {
        var report = JSONObjectText()
        report.add("schema", number: LoadReport.schema)
        report.add("kind", string: "crypto")
        report.add("threads", number: 1)
        report.add("signed_at_a_time", number: AlgorithmRate.batchCount)
        report.add("message_bytes", number: AlgorithmRate.messageBytes)
        report.add("duration_seconds", number: duration.inSeconds)
        report.add("machine", object: machine.object)
        var facts = RunFacts()
        facts.versions = versions
        report.add("versions", object: facts.versionsObject)
        report.add("conditions", object: conditions.object)
        report.add("figures", object: figures.object)
        return report.text + "\n"
    }
}
