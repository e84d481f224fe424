import SignetBench
import Testing

@Suite struct ComparisonTests {
    private let figures = [
        Figure("rate", 90, moreIsBetter: true), Figure("p99", 120, moreIsBetter: false),
        Figure("errors", 1, moreIsBetter: false), Figure("new", 5, moreIsBetter: true),
    ]

    private func comparison(_ chosen: Set<String>, tolerance: Double) -> Comparison {
        Comparison(
            figures, with: ["rate": 100, "p99": 100, "errors": 0, "old": 1], choosing: chosen,
            tolerance: tolerance)
    }

    @Test(
        "is worse when a chosen figure is, in its own direction",
        arguments: [
            (["rate"], 0.09, true), (["rate"], 0.11, false), (["p99"], 0.19, true),
            (["p99"], 0.21, false), (["rate", "p99"], 0.15, true), (["errors"], 9.0, true),
            ([], 0, false),
        ] as [(Set<String>, Double, Bool)])
    func verdict(chosen: Set<String>, tolerance: Double, isWorse: Bool) {
        #expect(comparison(chosen, tolerance: tolerance).isWorse == isWorse)
    }

    @Test("shows what both reports have, with ratios and verdicts")
    func lines() {
        #expect(
            comparison(["rate", "p99"], tolerance: 0.1).lines == [
                "        baseline  now  ratio", "rate         100   90   0.90  ok",
                "p99          100  120   1.20  worse", "errors         0    1      -",
            ])
    }
}
