extension LoadReport {
    /// The report as lines for a terminal, without a line feed at the end.
    package var text: String {
        var rows = [
            ("requests/s", FigureText.whole(requestsPerSecond)),
            ("requests", FigureText.whole(Double(requests))),
        ]
        if tokensPerSecond > 0 {
            rows.insert(("tokens/s", FigureText.whole(tokensPerSecond)), at: 1)
        }
        rows += [
            ("latency p50", FigureText.time(Double(latency.p50))),
            ("latency p90", FigureText.time(Double(latency.p90))),
            ("latency p99", FigureText.time(Double(latency.p99))),
            ("latency p99.9", FigureText.time(Double(latency.p999))),
            ("latency max", FigureText.time(Double(latency.max))),
            ("latency mean", FigureText.time(latency.mean)),
            ("errors", FigureText.whole(Double(errors.total))),
        ]
        rows += errors.kinds.map { ("  \($0.name)", FigureText.whole(Double($0.count))) }
        if reconnects > 0 { rows.append(("reconnects", FigureText.whole(Double(reconnects)))) }
        return ([circumstances, place, ""] + aligned(rows)).joined(separator: "\n")
    }

    /// One line on how it was measured.
    private var circumstances: String {
        var parts = [scenario]
        if let algorithm = facts.algorithm { parts.append(algorithm) }
        if let durability = facts.durability { parts.append("durability \(durability)") }
        if let loops = facts.serverLoops { parts.append("\(loops) server loops") }
        parts += [
            "\(connections) connections", "pipeline \(pipeline)", "closed loop", "keep-alive",
            "no TLS", "\(FigureText.time(duration.inSeconds * 1e9))",
        ]
        return parts.joined(separator: ", ")
    }

    /// One line on where.
    private var place: String {
        let parts =
            [server, machine.processor, "\(machine.cores) cores", "Linux \(machine.kernel)"]
            + facts.versions.map { "\($0.name) \($0.version)" }
        return parts.joined(separator: ", ")
    }

    /// Names on the left, figures on the right.
    private func aligned(_ rows: [(name: String, figure: String)]) -> [String] {
        let nameWidth = rows.map(\.name.count).max() ?? 0
        let figureWidth = rows.map(\.figure.count).max() ?? 0
        return rows.map { row in
            let gap = nameWidth - row.name.count + 2 + figureWidth - row.figure.count
            return row.name + String(repeating: " ", count: gap) + row.figure
        }
    }
}
