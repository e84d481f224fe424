/// What `signet bench constant-time` prints.
enum TimingReport {
    static func run(samples: Int, passwords: Int) throws {
        let results = try TimingCheck.run(samples: samples, passwords: passwords)
        for result in results {
            let medians = zip(result.kinds, result.sample.medians)
                .map { "\($0) \(Int($1)) ns" }.joined(separator: ", ")
            let isApart = result.sample.difference > TimingSample.threshold
            Terminal.show(
                "\(result.isRight ? "ok " : "BAD") |t| \(tenths(result.sample.difference)) "
                    + "\(isApart ? "told apart" : "not told apart"): \(result.name) (\(medians))")
        }
        let bad = results.filter { !$0.isRight }
        guard bad.isEmpty else {
            throw CommandFailure(
                bad.contains(where: \.isControl)
                    ? "the control was not told apart: take more samples, or a quieter machine"
                    : "times tell \(bad.map(\.name).joined(separator: ", ")) apart")
        }
    }

    private static func tenths(_ number: Double) -> String {
        guard number.isFinite else { return "infinite" }
        let whole = Int((number * 10).rounded())
        return "\(whole / 10).\(whole % 10)"
    }
}
