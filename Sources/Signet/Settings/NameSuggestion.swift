/// Finds the name that a mistyped one was meant to be.
enum NameSuggestion {
    /// The nearest of `names`, or nil when none is near. A last word alone (`port`) finds the
    /// first name that ends in it.
    static func nearest(to typed: String, in names: [String]) -> String? {
        let typed = folded(typed)
        if let name = names.first(where: { folded($0).hasSuffix("_" + typed) }) { return name }
        let ranked = names.map { (name: $0, distance: distance(typed, folded($0))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        // Of three letters two are most of the name.
        let length = best.name.utf8.count
        return best.distance <= max(length > 3 ? 2 : 1, length / 4) ? best.name : nil
    }

    /// How many insertions, deletions, replacements and swaps of neighbours lead from one to the
    /// other (optimal string alignment).
    static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first.utf8.prefix(128))
        let second = Array(second.utf8.prefix(128))
        guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in 1...first.count {
            var current = [row]
            for column in 1...second.count {
                let isSame = first[row - 1] == second[column - 1]
                var best = min(
                    last[column] + 1, current[column - 1] + 1, last[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, first[row - 1] == second[column - 2],
                    first[row - 2] == second[column - 1]
                {
                    best = min(best, beforeLast[column - 2] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }

    /// Letter case and the three ways to join words make no difference.
    private static func folded(_ name: String) -> String {
        String(name.lowercased().map { $0 == "-" || $0 == "." ? "_" : $0 })
    }
}
