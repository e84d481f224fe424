internal import Foundation
internal import SignetBench

/// The figures of an earlier report, as `--json` wrote it.
struct Baseline {
    /// The members of the reports that this one can be compared with.
    private struct Report: Decodable {
        let schema: Int
        let figures: [String: Double]
    }

    private let path: String
    private let figures: [String: Double]
    private let chosen: Set<String>

    /// Throws when the file can't be read or is no report of this version of the schema, and when a
    /// chosen figure is not in it or is none of `known`, those that will be measured.
    init(
        path: String, choosing chosen: Set<String>, of known: Set<String>
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
        if let name = chosen.subtracting(figures.keys).min() {
            throw CommandFailure("--compare: \(path) has no figure \(name)")
        }
    }

    /// Prints both reports' figures side by side. Throws when a chosen one got worse.
    func compare(_ current: [Figure], _ output: BenchOutput) throws(CommandFailure) {
        let comparison = Comparison(
            current, with: figures, choosing: chosen, tolerance: output.tolerance)
        Terminal.show("\nbeside \(path):\n" + comparison.lines.joined(separator: "\n"))
        guard comparison.isWorse else { return }
        let worse = comparison.rows.filter { $0.isChosen && $0.isWorse }.map(\.name)
        throw CommandFailure(
            "\(worse.joined(separator: ", ")) got worse by more than "
                + FigureText.percent(output.tolerance))
    }
}
