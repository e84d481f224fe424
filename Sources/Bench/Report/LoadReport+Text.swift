extension LoadReport {
    /// The report as lines for a terminal, without a line feed at the end.
    package var text: String {
        var lines = ["signet bench: \(scenario)", ""]
        lines += TextColumns.lines(
            circumstances.filter { !$0.value.isEmpty }.map { [$0.name, $0.value] },
            rightAligned: [])
        lines += ["", table, ""]
        lines += LatencyPicture(buckets: latency.buckets).lines
        if calls.count > 1 { lines += [""] + callLines }
        if let sweep { lines += [""] + sweep.lines }
        if let warning { lines += ["", "Note: \(warning)."] }
        return lines.joined(separator: "\n")
    }

    private var table: String {
        TextColumns.lines(rows.map { [$0.0, $0.1] }, rightAligned: [1]).joined(separator: "\n")
    }

    /// Names on the left, figures on the right.
    private var rows: [(String, String)] {
        var rows = [("requests/s", FigureText.whole(requestsPerSecond))]
        if tokensPerSecond > 0 { rows.append(("tokens/s", FigureText.whole(tokensPerSecond))) }
        rows += [
            ("requests", FigureText.whole(Double(requests))),
            ("latency p50", FigureText.time(Double(latency.p50))),
            ("latency p90", FigureText.time(Double(latency.p90))),
            ("latency p99", FigureText.time(Double(latency.p99))),
            ("latency p99.9", FigureText.time(Double(latency.p999))),
            ("latency p99.99", FigureText.time(Double(latency.p9999))),
            ("latency max", FigureText.time(Double(latency.max))),
            ("latency mean", FigureText.time(latency.mean)),
            ("errors", FigureText.whole(Double(errors.total))),
        ]
        rows += errors.kinds.map { ("  \($0.name)", FigureText.whole(Double($0.count))) }
        if verified > 0 {
            rows.append(("signatures checked", FigureText.whole(Double(verified))))
        }
        if reconnects > 0 { rows.append(("reconnects", FigureText.whole(Double(reconnects)))) }
        return rows
    }

    private var callLines: [String] {
        let cells = calls.map { call in
            [
                call.name, FigureText.whole(call.requestsPerSecond),
                FigureText.time(Double(call.latency.p50)),
                FigureText.time(Double(call.latency.p99)),
                FigureText.time(Double(call.latency.max)),
            ]
        }
        return TextColumns.lines(
            [["call", "requests/s", "p50", "p99", "max"]] + cells, rightAligned: [1, 2, 3, 4])
    }
}

extension RateSweep {
    /// The steps as a table, and what they say.
    fileprivate var lines: [String] {
        let cells = steps.sorted { $0.rate < $1.rate }.map { step in
            [
                FigureText.whole(step.rate), FigureText.whole(step.achieved),
                FigureText.time(Double(step.p99)), FigureText.whole(Double(step.errors)),
                step.isGood ? "good" : "too much",
            ]
        }
        let slo = FigureText.time(objective.inSeconds * 1e9)
        let outcome =
            highestGood.map { rate in
                "highest rate with p99 up to \(slo): \(FigureText.whole(rate)) requests/s; "
                    + "closed loop: \(FigureText.whole(closedLoopRate))"
            } ?? "no rate was found at which p99 is up to \(slo)"
        return TextColumns.lines(
            [["intended/s", "requests/s", "p99", "errors", ""]] + cells, rightAligned: [0, 1, 2, 3])
            + ["", outcome]
    }
}
