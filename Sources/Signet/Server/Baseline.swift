internal import Foundation
internal import SignetBench

/// The figures of an earlier report, and its conditions, as `--json` wrote them.
struct Baseline {
    /// The members of the reports that this one can be compared with.
    private struct Report: Decodable {
        let schema: Int
        let figures: [String: Double]
        let conditions: [String: String?]?
    }

    private let path: String
    private let figures: [String: Double]
    private let chosen: Set<String>
    /// What is known of them, by name.
    private let conditions: [String: String]
    private let comparesAnyway: Bool

    /// Throws when the file can't be read or is no report of this version of the schema, and when a
    /// chosen figure is not in it or is none of `known`, those that will be measured.
    init(
        path: String, choosing chosen: Set<String>, of known: Set<String>,
        anyway comparesAnyway: Bool
    ) throws(CommandFailure) {
        if let name = chosen.subtracting(known).min() {
            throw CommandFailure(
                "--figures: there is no \(name); there are \(known.sorted().joined(separator: ", "))",
                status: .usage)
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("--compare: \(path) can't be read")
        }
        guard let report = try? JSONDecoder().decode(Report.self, from: data) else {
            throw CommandFailure("--compare: \(path) is no report that bench --json wrote")
        }
        guard report.schema == LoadReport.schema else {
            throw CommandFailure(
                "--compare: \(path) has schema \(report.schema), and this program writes "
                    + "\(LoadReport.schema); measure the baseline again")
        }
        self.path = path
        figures = report.figures
        self.chosen = chosen
        self.comparesAnyway = comparesAnyway
        guard comparesAnyway || report.conditions != nil else {
            throw CommandFailure(
                "--compare: \(path) does not say under which conditions it was measured; measure the "
                    + "baseline again, or give --compare-anyway", status: .usage)
        }
        conditions = (report.conditions ?? [:]).compactMapValues { $0 }
        if let name = chosen.subtracting(figures.keys).min() {
            throw CommandFailure("--compare: \(path) has no figure \(name)")
        }
    }

    /// Throws when a run under `current` conditions has figures that say nothing beside these.
    func check(_ current: [RunCondition]) throws(CommandFailure) {
        let differences = current.differences(from: conditions).filter(\.decides).map(\.text)
        guard !differences.isEmpty, !comparesAnyway else { return }
        throw CommandFailure(
            "--compare: \(path) was measured under other conditions: "
                + "\(differences.joined(separator: "; ")). Give --compare-anyway to compare all the same",
            status: .usage)
    }

    /// Prints both reports' figures side by side, and what differs in their conditions. Throws when that is
    /// too much, or when a chosen figure got worse.
    func compare(
        _ current: [Figure], under currentConditions: [RunCondition], tolerance: Double
    ) throws(CommandFailure) {
        try check(currentConditions)
        let comparison = Comparison(
            current, with: figures, choosing: chosen, tolerance: tolerance)
        let differences = currentConditions.differences(from: conditions).map {
            "differs: \($0.text)"
        }
        Terminal.show(
            "\nbeside \(path):\n" + (comparison.lines + differences).joined(separator: "\n"))
        guard comparison.isWorse else { return }
        let worse = comparison.rows.filter { $0.isChosen && $0.isWorse }.map(\.name)
        throw CommandFailure(
            "\(worse.joined(separator: ", ")) got worse by more than "
                + FigureText.percent(tolerance))
    }
}
