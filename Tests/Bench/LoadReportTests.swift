import Foundation
import SignetRuntime
import TestSupport
import Testing

@testable import SignetBench

@Suite struct LoadReportTests {
    private func report(_ tally: LoadTally, facts: RunFacts = RunFacts()) -> LoadReport {
        var plan = LoadPlan(
            target: .anyPort, host: "localhost", scenario: .sign(BenchApp(id: "id", key: "key")))
        plan.duration = .seconds(2)
        plan.facts = facts
        return LoadReport(
            plan, tally, on: Machine(processor: "A \"B\" \\ C\t", cores: 2, kernel: "6.1"))
    }

    @Test("finds the percentiles of a known distribution, to three digits")
    func percentiles() {
        var tallies = [LoadTally(), LoadTally()]
        // 1 to 10,000 microseconds, once each.
        for microseconds in 1...10_000 {
            tallies[microseconds % 2].record(latency: UInt64(microseconds) * 1000)
        }
        let figures = LatencyFigures(LoadTally(tallies))
        #expect(figures.count == 10_000)
        #expect(figures.mean == 5_000_500)
        for (found, exact) in [
            (figures.p50, 5_000_000.0), (figures.p90, 9_000_000), (figures.p99, 9_900_000),
            (figures.p999, 9_990_000),
        ] {
            #expect(abs(Double(found) - exact) <= exact / 1000)
        }
        #expect(figures.max == 10_000_000)
    }

    @Test("keeps latencies above the expected range")
    func hugeLatency() {
        var tally = LoadTally()
        tally.record(latency: 100_000_000_000)
        #expect(LatencyFigures(LoadTally([tally])).max == 100_000_000_000)
    }

    @Test("has no figures, but no failure either, when nothing was measured")
    func empty() {
        let figures = LatencyFigures(LoadTally())
        #expect(figures.count == 0 && figures.mean == 0 && figures.max == 0 && figures.p99 == 0)
    }

    @Test("writes JSON that Python reads, with every fact in it")
    func json() throws {
        var tally = LoadTally()
        tally.requests = 50_000
        for _ in 0..<4 { tally.record(latency: 250_000) }
        tally.errors.statuses = [503: 2, 429: 1]
        tally.errors.timeouts = 4
        tally.reconnects = 3
        var facts = RunFacts()
        facts.algorithm = "HS256"
        facts.durability = "full"
        facts.serverLoops = 2
        facts.versions = [RunFacts.Version("signet", "0.1.0"), RunFacts.Version("libuv", "1.44.2")]
        let script = """
            import json, sys
            r = json.load(sys.stdin)
            assert r["schema"] == 1, r
            assert r["run"] == {
                "scenario": "sign", "server": "127.0.0.1:0", "algorithm": "HS256",
                "durability": "full", "server_loops": 2, "loop": "closed", "keep_alive": True,
                "tls": False, "connections": 64, "pipeline": 1, "threads": 1,
                "warm_up_seconds": 1, "duration_seconds": 2,
                "versions": {"signet": "0.1.0", "libuv": "1.44.2"}}, r["run"]
            assert r["machine"] == {"processor": 'A "B" \\\\ C\\t', "cores": 2, "kernel": "6.1"}, r
            assert r["requests"] == 50000 and r["requests_per_second"] == 25000
            assert r["tokens_per_second"] == 50000
            assert r["latency_us"]["count"] == 4 and r["latency_us"]["mean"] == 250
            for name in ("p50", "p90", "p99", "p99_9", "max"):
                assert r["latency_us"][name] == 250, (name, r)
            assert r["errors"] == {
                "total": 7, "connect_failures": 0, "resets": 0, "timeouts": 4, "malformed": 0,
                "unexpected_bodies": 0, "statuses": {"429": 1, "503": 2}}, r["errors"]
            assert r["reconnects"] == 3
            """
        try Python.run(script, input: Data(report(tally, facts: facts).json.utf8))
    }

    @Test("shows the figures and the circumstances to people")
    func text() {
        var tally = LoadTally()
        tally.requests = 2_469_135
        tally.record(latency: 1_234_567)
        tally.errors.resets = 1
        var facts = RunFacts()
        facts.algorithm = "EdDSA"
        let text = report(tally, facts: facts).text
        #expect(text.hasPrefix("sign, EdDSA, 64 connections, pipeline 1, closed loop, keep-alive"))
        for line in ["requests/s     1,234,568", "tokens/s       2,469,135"] {
            #expect(text.contains(line))
        }
        #expect(text.contains("1.23 ms\n"))
        #expect(text.contains("\n  resets "))
        #expect(!text.contains("time-outs"))
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
