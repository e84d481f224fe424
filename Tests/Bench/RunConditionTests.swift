import Foundation
import SignetCrypto
import TestSupport
import Testing

@testable import SignetBench

@Suite struct RunConditionTests {
    private static let app = BenchApp(id: "id", key: "key", algorithm: .hs256)

    private static func plan(_ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            target: .nowhere, scenario: LoadScenario(.verify(app, ["a", "b"])))
        plan.facts.algorithm = "HS256"
        plan.facts.durability = "full"
        plan.facts.data = "store empty at the start"
        plan.facts.versions = [RunFacts.Version("signet", "1")]
        change(&plan)
        return plan
    }

    private static func values(_ conditions: [RunCondition]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: conditions.map { ($0.name, $0.value) })
            .compactMapValues { $0 }
    }

    @Test("finds no difference between a plan and itself")
    func same() {
        let conditions = Self.plan().conditions()
        #expect(conditions.differences(from: Self.values(conditions)) == [])
    }

    /// What a plan may have otherwise, and what is said of it then.
    private static let changes: [(String, @Sendable (inout LoadPlan) -> Void)] = [
        ("connections 64 there, 8 here", { $0.connections = 8 }),
        ("pipelining 1 there, 16 here", { $0.pipeline = 16 }),
        (
            "loop closed there, open, 1,500/s, poisson arrivals here",
            { $0.pace = .open(perSecond: 1500, .poisson) }
        ),
        ("algorithm HS256 there, ES256 here", { $0.facts.algorithm = "ES256" }),
        ("durability full there, memory here", { $0.facts.durability = "memory" }),
        ("durability full there, not known here", { $0.facts.durability = nil }),
        (
            "data store empty at the start there, 1M sessions here",
            { $0.facts.data = "1M sessions" }
        ),
        ("server loops not known there, 2 here", { $0.facts.serverLoops = 2 }),
    ]

    @Test("finds what makes figures say nothing beside each other", arguments: changes)
    func decisive(text: String, change: @Sendable (inout LoadPlan) -> Void) {
        let earlier = Self.values(Self.plan().conditions())
        #expect(
            Self.plan(change).conditions().differences(from: earlier)
                == [RunCondition.Difference(decides: true, text: text)])
    }

    @Test("tells calls apart, and how many different ones there are")
    func scenarios() {
        let earlier = Self.values(Self.plan().conditions())
        func texts(_ call: LoadCall) -> [String] {
            var plan = LoadPlan(target: .nowhere, scenario: LoadScenario(call))
            plan.facts = Self.plan().facts
            return plan.conditions().differences(from: earlier).map(\.text)
        }
        #expect(texts(.verify(Self.app, ["a"])) == ["different requests 2 there, 1 here"])
        #expect(
            texts(.renew(Self.app)) == [
                "scenario verify there, renew here", "different requests 2 there, not known here",
            ])
    }

    @Test("lets versions differ, which is what people compare, and says so")
    func versions() {
        let earlier = Self.values(Self.plan().conditions())
        let now = Self.plan { $0.facts.versions = [RunFacts.Version("signet", "2")] }
        #expect(
            now.conditions().differences(from: earlier)
                == [RunCondition.Difference(decides: false, text: "signet 1 there, 2 here")])
    }

    @Test("knows a sweep by what it looks for, not by what it found")
    func sweep() throws {
        let sweep = (objective: Duration.milliseconds(5), arrivals: LoadPace.Arrivals.constant)
        let before = Self.values(Self.plan().conditions(sweep: sweep))
        #expect(before["loop"] == "sweep, p99 up to 5.00 ms, constant arrivals")
        let plan = Self.plan { $0.pace = .open(perSecond: 9000, .constant) }
        var report = LoadReport(
            plan, LoadTally(calls: 1, LoadSchedule(plan, start: 0)), verified: 0)
        report.sweep = RateSweep(objective: sweep.objective, closedLoopRate: 10_000, steps: [])
        #expect(report.conditions.differences(from: before) == [])
    }

    @Test("leaves out an algorithm that is learned on the way")
    func unknownAlgorithm() {
        let conditions = Self.plan { $0.facts.algorithm = nil }.conditions()
        #expect(!conditions.contains { $0.name == "algorithm" })
    }

    @Test("is written into the report, with what is not known as null")
    func json() throws {
        let plan = Self.plan { $0.facts.durability = nil }
        let report = LoadReport(
            plan, LoadTally(calls: 1, LoadSchedule(plan, start: 0)), verified: 0)
        let script = """
            import json, os, sys
            c = json.load(sys.stdin)["conditions"]
            assert c["TLS"] == "none" and c["keep-alive"] == "yes" and c["scenario"] == "verify", c
            assert c["durability"] is None and c["server loops"] is None, c
            assert c["kernel"] == os.uname().release and c["cores"] == str(os.cpu_count()), c
            """
        try Python.run(script, input: Data(report.json.utf8))
    }
}
