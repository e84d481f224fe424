import Foundation
import TestSupport
import Testing

@Suite("A server that is killed again and again", .serialized)
struct KillTests {
    private static let environment = ProcessInfo.processInfo.environment

    /// `SIGNET_KILL_SEED` repeats the kills of a run, as far as threads let it be the same.
    private static let seed =
        environment["SIGNET_KILL_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 1...1_000_000)

    /// `SIGNET_RANDOM_KILLS` has fewer of them at random moments, where others are of another binary.
    private static let randomKills =
        environment["SIGNET_RANDOM_KILLS"].flatMap { Int($0) } ?? 125

    /// `SIGNET_KILLS` makes do with so many of the plan's kills, where each takes long.
    private static let killsMax = environment["SIGNET_KILLS"].flatMap { Int($0) } ?? .max

    @Test("loses nothing that it has answered, and nothing that was ended comes back")
    func kills() throws {
        let began = ContinuousClock.now
        var random = SeededGenerator(seed: Self.seed)
        let moments = KillPlan.moments(&random, randomKills: Self.randomKills)
            .prefix(Self.killsMax)
        let run = try KillRun(seed: random.next())
        var last = "the beginning"
        do {
            for moment in moments {
                last = "kill \(run.kills + 1), \(moment)"
                try run.kill(moment)
            }
            last = "the end"
            try run.finish()
        } catch {
            Issue.record("SIGNET_KILL_SEED=\(Self.seed), at \(last): \(error)")
        }
        print(
            "kills: seed \(Self.seed), \(run.kills) of a server, \(run.commandKills) of a command, "
                + "\(run.answers) answers, \(run.mailCount) sign-ups, \(ContinuousClock.now - began)"
        )
        #expect(run.kills == moments.count)
        let kills = Self.randomKills + (FaultPoints.areBuilt ? 75 : 0)
        #expect(run.kills >= min(Self.killsMax, kills))
    }

    @Test("is seen by its clients to have lost what it has answered", arguments: [UInt64(1), 2, 3])
    func notices(seed: UInt64) throws {
        let run = try KillRun(seed: seed)
        try run.kill(.answers(40))
        try run.lose { try run.kill(.answers(60)) }
        #expect(throws: Lost.self) { try run.kill(.answers(1)) }
    }
}
