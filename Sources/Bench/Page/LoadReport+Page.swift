import Glibc

extension LoadReport {
    /// The report as one HTML page that needs nothing else, with charts.
    package var page: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>signet bench: \(HTMLText.escaped(scenario))</title>
        <style>\(PageStyle.css)</style></head>
        <body><main>
        <h1>signet bench: \(HTMLText.escaped(scenario))</h1>
        <p class="lead">\(HTMLText.escaped(lead))</p>
        <div class="tiles">\(tiles.joined(separator: "\n"))</div>
        \(warning.map { #"<p class="note">Note: \#(HTMLText.escaped($0)).</p>"# } ?? "")
        <div class="grid2">
        \(charts.map(\.html).joined(separator: "\n"))
        \(section("Latency", HTMLText.table([], latencyRows, style: "figures")))
        </div>
        <div class="grid2">\(tables.joined(separator: "\n"))</div>
        \(section("How it was measured", HTMLText.table([], factRows, style: "facts")))
        <footer>Written by signet bench. Point at a line to see its figures. The numbers behind this \
        page are in the report that --json writes.</footer>
        </main></body></html>

        """
    }

    private var lead: String {
        let algorithm = facts.algorithm.map { [$0] } ?? []
        let durability = facts.durabilityText.map { ["durability \($0)"] } ?? []
        let parts =
            algorithm + durability + [
                "\(connections) connections",
                pipeline == 1 ? "no pipelining" : "pipelined \(pipeline) deep",
                pace == .closed ? "closed loop" : "open loop", tls == "none" ? "no TLS" : "TLS",
                machine.processor,
            ]
        return parts.joined(separator: " · ")
    }

    private var tiles: [String] {
        let latencies = [
            ("p50", latency.p50), ("p99", latency.p99), ("p99.9", latency.p999),
            ("max", latency.max),
        ]
        return [tile(FigureText.whole(requestsPerSecond), "requests a second")]
            + latencies.map { tile(FigureText.time(Double($0.1)), "latency, \($0.0)") }
            + [
                tile(
                    FigureText.whole(Double(errors.total)), "errors", isBad: errors.total > 0)
            ]
    }

    private func tile(_ figure: String, _ name: String, isBad: Bool = false) -> String {
        #"<div class="tile\#(isBad ? " bad" : "")"><b>\#(figure)</b><span>\#(name)</span></div>"#
    }

    private func section(_ title: String, _ content: String) -> String {
        "<section><h2>\(title)</h2>\(content)</section>"
    }

    private var latencyRows: [[String]] {
        [
            ("least", latency.min), ("p50", latency.p50), ("p90", latency.p90),
            ("p99", latency.p99), ("p99.9", latency.p999), ("p99.99", latency.p9999),
            ("max", latency.max),
        ].map { [$0.0, FigureText.time(Double($0.1))] }
            + [
                ["mean", FigureText.time(latency.mean)],
                ["answers", FigureText.whole(Double(latency.count))],
            ]
    }

    private var factRows: [[String]] {
        circumstances.filter { !$0.value.isEmpty }.map { [$0.name, $0.value] }
    }

    /// What only some runs have: several calls, a sweep, errors.
    private var tables: [String] {
        var result: [String] = []
        if calls.count > 1 {
            let rows = calls.map { call in
                [
                    call.name, FigureText.whole(call.requestsPerSecond),
                    FigureText.time(Double(call.latency.p50)),
                    FigureText.time(Double(call.latency.p99)),
                    FigureText.time(Double(call.latency.max)),
                ]
            }
            let header = ["call", "requests/s", "p50", "p99", "max"]
            result.append(section("Calls", HTMLText.table(header, rows, style: "figures")))
        }
        if let sweep {
            let rows = sweep.steps.sorted { $0.rate < $1.rate }.map { step in
                [
                    FigureText.whole(step.rate), FigureText.whole(step.achieved),
                    FigureText.time(Double(step.p99)), FigureText.whole(Double(step.errors)),
                    step.isGood ? "good" : "too much",
                ]
            }
            let header = ["intended/s", "requests/s", "p99", "errors", ""]
            let slo = FigureText.time(sweep.objective.inSeconds * 1e9)
            result.append(
                section(
                    "Rates tried, p99 up to \(slo)",
                    HTMLText.table(header, rows, style: "figures")))
        }
        if errors.total > 0 {
            let rows = errors.kinds.map { [$0.name, FigureText.whole(Double($0.count))] }
            result.append(section("Errors", HTMLText.table([], rows, style: "figures")))
        }
        return result
    }

    // MARK: Charts

    private var charts: [Chart] { [rateChart, percentileChart, latencyChart] }

    private var seconds: ChartAxis {
        .span(duration.inSeconds) { "\(FigureText.plain($0)) s" }
    }

    private var rateChart: Chart {
        let most = slices.map(\.requestsPerSecond).max() ?? 0
        let points = slices.map { slice in
            Chart.Point(
                x: middle(slice), y: slice.requestsPerSecond,
                label: "\(when(slice)): \(FigureText.whole(slice.requestsPerSecond)) requests/s"
                    + (slice.errors > 0 ? ", \(slice.errors) errors" : ""))
        }
        var series = [
            Chart.Series(name: "answered", style: "first", points: points, isFilled: true)
        ]
        if let intendedRate {
            let label = "intended: \(FigureText.whole(intendedRate)) requests/s"
            let ends = [0, duration.inSeconds].map {
                Chart.Point(x: $0, y: intendedRate, label: label)
            }
            series.append(Chart.Series(name: "intended", style: "third", points: ends))
        }
        return Chart(
            title: "Rate over time", note: "good answers a second", x: seconds,
            y: .linear(upTo: max(most, intendedRate ?? 0)) { FigureText.whole($0) },
            series: series)
    }

    private var latencyChart: Chart {
        let spreads = slices.compactMap { slice in slice.latency.map { (slice, $0) } }
        func points(_ name: String, _ value: (RunSlice.Spread) -> UInt64) -> [Chart.Point] {
            spreads.map { slice, spread in
                let figure = Double(value(spread))
                return Chart.Point(
                    x: middle(slice), y: figure,
                    label: "\(when(slice)): \(name) \(FigureText.time(figure))")
            }
        }
        return Chart(
            title: "Latency over time", note: "of each slice, logarithmic", x: seconds,
            y: latencyAxis(
                spreads.map(\.1.p50).min() ?? 1000, spreads.map(\.1.max).max() ?? 1000),
            series: [
                Chart.Series(name: "max", style: "third", points: points("max") { $0.max }),
                Chart.Series(name: "p99", style: "second", points: points("p99") { $0.p99 }),
                Chart.Series(name: "p50", style: "first", points: points("p50") { $0.p50 }),
            ])
    }

    private var percentileChart: Chart {
        let points = latency.spectrum.map { point in
            Chart.Point(
                x: point.percentile, y: Double(point.nanoseconds),
                label: "\(percentile(point.percentile)): "
                    + FigureText.time(Double(point.nanoseconds)))
        }
        return Chart(
            title: "Latency by percentile", note: "the same width for each nine, logarithmic",
            x: .percentiles(upTo: log10(Double(max(10, latency.count)))),
            y: latencyAxis(latency.min, latency.max),
            series: [Chart.Series(name: "latency", style: "first", points: points)])
    }

    private func latencyAxis(_ least: UInt64, _ most: UInt64) -> ChartAxis {
        .logarithmic(from: Double(max(1000, least)), upTo: Double(max(1000, most))) {
            FigureText.shortTime($0)
        }
    }

    private func middle(_ slice: RunSlice) -> Double {
        min(duration.inSeconds, slice.start + sliceSeconds / 2)
    }

    private func when(_ slice: RunSlice) -> String {
        "from \(FigureText.plain(slice.start)) s"
    }

    /// As many decimals as there are nines.
    private func percentile(_ percentile: Double) -> String {
        guard percentile < 100 else { return "the slowest" }
        let nines = Int(-log10(1 - percentile / 100))
        return "\(FigureText.fixed(percentile, decimals: max(1, nines))) %"
    }
}
