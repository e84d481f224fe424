import TestSupport

/// When a server is killed.
enum KillMoment: CustomStringConvertible {
    /// By the test, when its clients have got so many answers together.
    case answers(Int)
    /// By itself, at a fault point.
    case point(String, time: Int)

    var description: String {
        switch self {
        case .answers(let count): "after \(count) answers"
        case .point(let name, let time): "\(name):\(time)"
        }
    }

    /// Whether signing keys have to be due for the point to be reached.
    var needsDueKeys: Bool {
        if case .point("rotation-due", _) = self { return true }
        return needsNewKey
    }

    /// Whether the app that rotates must have no key that waits.
    var needsNewKey: Bool {
        if case .point("key-made-ahead", _) = self { true } else { false }
    }
}

/// The kills of a run, in the order of its seed.
enum KillPlan {
    /// Each point, how often a server is killed there, and how often at most it has passed it by then. The clients
    /// reach each of them in every round that is not cut short, by so many calls as they make in a second, but for
    /// due keys.
    private static let points: [(name: String, kills: Int, timesMax: Int)] = [
        ("store-opened", 3, 1), ("before-commit", 14, 40), ("after-commit", 14, 40),
        ("after-answers", 8, 40), ("before-checkpoint", 6, 2), ("after-checkpoint", 6, 2),
        ("keys-written", 8, 4), ("app-key-written", 6, 3), ("rotation-due", 3, 1),
        ("key-made-ahead", 3, 1), ("mail-due", 4, 1), ("mail-carried", 4, 1),
        ("mail-noted", 4, 1),
    ]
    private static let answersMax = 100

    /// - Parameter randomKills: how many are at no fault point.
    static func moments(
        _ random: inout SeededGenerator, randomKills: Int
    ) -> [KillMoment] {
        var moments = (0..<randomKills).map { _ in
            KillMoment.answers(Int.random(in: 1...answersMax, using: &random))
        }
        guard FaultPoints.areBuilt else { return moments }
        for point in points {
            for _ in 0..<point.kills {
                let time = Int.random(in: 1...point.timesMax, using: &random)
                moments.append(.point(point.name, time: time))
            }
        }
        return moments.shuffled(using: &random)
    }
}
