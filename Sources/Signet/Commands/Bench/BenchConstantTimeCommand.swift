internal import ArgumentParser

/// `signet bench constant-time`.
struct BenchConstantTimeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "constant-time",
        abstract: "Test whether the time of a refusal tells how near a key or a password was.",
        discussion: """
            Welch's t-test on the times of two kinds of wrong inputs, in random order, in this process; a \
            comparison that ends at the first difference is the control. Exit code 1 when any can be told \
            apart, or the control can't.
            """)

    @Option(help: ArgumentHelp("Refusals of each key.", valueName: "n"))
    var samples = 1_000_000

    @Option(help: ArgumentHelp("Refusals of passwords.", valueName: "n"))
    var passwords = 2000

    func validate() throws {
        guard (1000...100_000_000).contains(samples), (400...1_000_000).contains(passwords) else {
            throw ValidationError("too few or too many samples")
        }
    }

    mutating func run() throws { try TimingReport.run(samples: samples, passwords: passwords) }
}
