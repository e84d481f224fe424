import Foundation
import SignetRuntime
import TestSupport
import Testing

@testable import SignetBench

@Suite struct LoadReportTests {
    private static let plan: LoadPlan = {
        var plan = LoadPlan(
            target: .nowhere,
            scenario: LoadScenario(.sign(BenchApp(id: "id", key: "key"))))
        plan.duration = .seconds(2)
        return plan
    }()

    private func tally(calls: Int = 1) -> LoadTally {
        LoadTally(calls: calls, LoadSchedule(Self.plan, start: 0))
    }

    private func report(
        _ tally: LoadTally, facts: RunFacts = RunFacts(), pace: LoadPace = .closed
    ) -> LoadReport {
        var plan = Self.plan
        plan.facts = facts
        plan.pace = pace
        return LoadReport(
            plan, tally, verified: 7,
            on: Machine(processor: "A \"B\" \\ C\t", cores: 2, kernel: "6.1"))
    }

    @Test("finds the percentiles of a known distribution, to three digits")
    func percentiles() {
        var tallies = [CallTally(), CallTally()]
        // 1 to 10,000 microseconds, once each.
        for microseconds in 1...10_000 {
            tallies[microseconds % 2].record(latency: UInt64(microseconds) * 1000)
        }
        tallies[0].add(tallies[1])
        let figures = LatencyFigures(tallies[0])
        #expect(figures.count == 10_000)
        #expect(figures.mean == 5_000_500)
        for (found, exact) in [
            (figures.min, 1_000.0), (figures.p50, 5_000_000), (figures.p90, 9_000_000),
            (figures.p99, 9_900_000), (figures.p999, 9_990_000), (figures.p9999, 9_999_000),
        ] {
            #expect(abs(Double(found) - exact) <= exact / 1000)
        }
        #expect(figures.max == 10_000_000)
        for point in figures.spectrum.dropLast() {
            let exact = max(1, point.percentile * 100) * 1000
            #expect(abs(Double(point.nanoseconds) - exact) <= exact / 500 + 1000)
        }
        #expect(figures.spectrum.last?.nanoseconds == figures.max)
        #expect(figures.buckets.reduce(0) { $0 + $1.count } == 10_000)
        let halfway = figures.buckets.filter { $0.upTo <= 1_000_000 }
        #expect(halfway.reduce(0) { $0 + $1.count } == 1_000)
    }

    @Test("keeps latencies above the expected range")
    func hugeLatency() {
        var tally = CallTally()
        tally.record(latency: 100_000_000_000)
        #expect(LatencyFigures(tally).max == 100_000_000_000)
    }

    @Test("has no figures, but no failure either, when nothing was measured")
    func empty() {
        let figures = LatencyFigures(CallTally())
        #expect(figures.count == 0 && figures.mean == 0 && figures.max == 0 && figures.p99 == 0)
        #expect(figures.spectrum.isEmpty && figures.buckets.isEmpty)
    }

    @Test("writes JSON that Python reads, with every fact in it")
    func json() throws {
        var tally = tally()
        tally.calls[0].requests = 50_000
        for _ in 0..<4 { tally.calls[0].record(latency: 250_000) }
        tally.slices.record(latency: 250_000, at: 1_050_000_000)
        tally.errors.statuses = [503: 2, 429: 1]
        tally.errors.timeouts = 4
        tally.requestsInAll = 63
        tally.reconnects = 3
        tally.sent = 2
        tally.requestBytes = 600
        var facts = RunFacts()
        facts.algorithm = "HS256"
        facts.durability = "full"
        facts.data = "empty"
        facts.dataAtEnd = "3 MB"
        facts.serverLoops = 2
        facts.versions = [RunFacts.Version("signet", "0.1.0"), RunFacts.Version("libuv", "1.44.2")]
        let script = """
            import json, sys
            r = json.load(sys.stdin)
            assert r["schema"] == 1 and r["kind"] == "load", r
            assert r["run"] == {
                "scenario": "sign", "server": "127.0.0.1:0", "algorithm": "HS256",
                "durability": "full", "data": "empty, 3 MB", "stated": False, "server_loops": 2, "loop": "open",
                "intended_requests_per_second": 1500, "arrivals": "poisson", "keep_alive": True,
                "tls": False, "connections": 64, "pipeline": 1, "threads": 1,
                "warm_up_seconds": 1, "duration_seconds": 2,
                "versions": {"signet": "0.1.0", "libuv": "1.44.2"}}, r["run"]
            assert r["machine"] == {"processor": 'A "B" \\ C\t', "cores": 2, "kernel": "6.1"}, r
            assert r["requests"] == 50000 and r["requests_per_second"] == 25000
            assert r["tokens_per_second"] == 50000
            assert r["latency_us"]["count"] == 4 and r["latency_us"]["mean"] == 250
            for name in ("min", "p50", "p90", "p99", "p99_9", "p99_99", "max"):
                assert abs(r["latency_us"][name] - 250) < 0.3, (name, r)
            assert r["errors"] == {
                "total": 7, "share": 0.1, "connect_failures": 0, "resets": 0, "timeouts": 4,
                "unsent": 0, "malformed": 0, "unexpected_bodies": 0, "bad_signatures": 0,
                "statuses": {"429": 1, "503": 2}}, r["errors"]
            assert r["tokens_verified"] == 7 and r["reconnects"] == 3
            assert r["request_bytes"] == 300
            assert [c["name"] for c in r["calls"]] == ["sign"] and r["calls"][0]["requests"] == 50000
            assert r["slice_seconds"] == 0.05 and len(r["slices"]) == 40, r["slices"]
            assert r["slices"][1]["requests_per_second"] == 20, r["slices"][1]
            assert r["slices"][0] == {"start": 0, "requests_per_second": 0, "errors": 0}
            assert [p["percentile"] for p in r["percentiles"]][-1] == 100
            assert r["figures"]["rate"] == 25000 and r["figures"]["errors"] == 7
            """
        let report = report(tally, facts: facts, pace: .open(perSecond: 1500, .poisson))
        try Python.run(script, input: Data(report.json.utf8))
    }

    @Test("shows the figures and the six facts to people")
    func text() {
        var tally = tally()
        tally.calls[0].requests = 2_469_135
        tally.calls[0].record(latency: 1_234_567)
        tally.errors.resets = 1
        var facts = RunFacts()
        facts.algorithm = "EdDSA"
        let text = report(tally, facts: facts).text
        for line in [
            "algorithm    EdDSA", "TLS          none",
            "connections  64, keep-alive, no pipelining", "durability   not known",
            "data         size of the store not known", "load         closed loop",
            "requests/s          1,234,568", "tokens/s            2,469,135",
            "signatures checked          7",
            "latency p50           1.23 ms", "  resets                    1",
        ] {
            #expect(text.contains("\n" + line), "\(line) in:\n\(text)")
        }
        #expect(!text.contains("time-outs"))
        #expect(text.contains("\ntime         2.00 s after a warm-up of 1.00 s\n"))
        facts.durability = "relaxed"
        facts.data = "1M sessions"
        facts.isStated = true
        let stated = report(tally, facts: facts).text
        #expect(stated.contains("\ndurability   relaxed (as stated)\n"))
        #expect(stated.contains("\ndata         1M sessions (as stated); requests of "))
        var plan = Self.plan
        plan.warmUp = .zero
        let cold = LoadReport(plan, tally, verified: 0).text
        #expect(cold.contains("\ntime         2.00 s, no warm-up\n"))
        let open = report(tally, pace: .open(perSecond: 1500, .constant)).text
        #expect(open.contains("load         open loop, 1,500 requests/s, constant arrivals"))
    }

    @Test("draws the spread of latencies, bars in proportion and no answer left out")
    func picture() {
        var tally = CallTally()
        for _ in 0..<30 { tally.record(latency: 900_000) }
        for _ in 0..<10 { tally.record(latency: 5_000_000) }
        let lines = LatencyPicture(buckets: LatencyFigures(tally).buckets).lines
        #expect(lines.count == 5)
        #expect(lines.first == "≤ 1.00 ms  75.0 %  " + String(repeating: "█", count: 40))
        #expect(lines.last == "≤ 6.31 ms  25.0 %  " + String(repeating: "█", count: 13) + "▍")
        #expect(lines[1] == "≤ 1.59 ms   0.0 %")
    }

    @Test("writes times with three digits and a unit")
    func times() {
        let expected: [(Double, String)] = [
            (0, "0.00 us"), (4_567, "4.57 us"), (99_949, "99.9 us"), (999_499, "999 us"),
            (999_500, "1.00 ms"), (9_994_000, "9.99 ms"), (9_995_000, "10.0 ms"),
            (999_500_000, "1.00 s"), (1_234_567_000_000, "1,235 s"),
        ]
        for (nanoseconds, text) in expected { #expect(FigureText.time(nanoseconds) == text) }
    }

    @Test("knows the machine that it runs on")
    func machine() throws {
        let machine = Machine.current
        let script = "import os; print(os.cpu_count(), os.uname().release)"
        let expected = String(decoding: try Python.run(script), as: UTF8.self)
        #expect("\(machine.cores) \(machine.kernel)\n" == expected)
        #expect(!machine.processor.isEmpty)
    }
}
