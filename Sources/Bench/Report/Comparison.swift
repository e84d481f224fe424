/// A report's figures beside those of an earlier one.
package struct Comparison: Sendable, Equatable {
    /// One figure of both.
    package struct Row: Sendable, Equatable {
        package let name: String
        package let baseline: Double
        package let value: Double
        /// Whether this figure decides about the outcome.
        package let isChosen: Bool
        /// Whether it got worse by more than is tolerated.
        package let isWorse: Bool

        /// The figure as a multiple of the baseline's; nil when that was zero.
        package var ratio: Double? { baseline > 0 ? value / baseline : nil }
    }

    package let rows: [Row]

    /// Whether a chosen figure got worse by more than is tolerated.
    package var isWorse: Bool { rows.contains { $0.isChosen && $0.isWorse } }

    /// - Parameters:
    ///   - baseline: the earlier figures by name; what is in only one of both is left out.
    ///   - chosen: the names of the figures that decide.
    ///   - tolerance: how much worse a figure may be, as a share of the baseline's.
    package init(
        _ figures: [Figure], with baseline: [String: Double], choosing chosen: Set<String>,
        tolerance: Double
    ) {
        rows = figures.compactMap { figure in
            guard let before = baseline[figure.name] else { return nil }
            let isWorse =
                figure.moreIsBetter
                ? figure.value < before * (1 - tolerance)
                : figure.value > before * (1 + tolerance)
            return Row(
                name: figure.name, baseline: before, value: figure.value,
                isChosen: chosen.contains(figure.name), isWorse: isWorse)
        }
    }

    /// Rows for a terminal: the figures, the ratio, and a verdict for what was chosen.
    package var lines: [String] {
        let cells = rows.map { row in
            [
                row.name, FigureText.plain(row.baseline), FigureText.plain(row.value),
                row.ratio.map(FigureText.ratio) ?? "-",
                row.isChosen ? (row.isWorse ? "worse" : "ok") : "",
            ]
        }
        return TextColumns.lines(
            [["", "baseline", "now", "ratio", ""]] + cells, rightAligned: [1, 2, 3])
    }
}
