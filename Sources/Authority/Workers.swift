/// Where expensive work goes, so that no loop waits for it. The runtime's worker pool in a server.
package protocol Workers: Sendable {
    /// How many threads there are; they are numbered from 0.
    var count: Int { get }

    /// Does the signatures of a batch, and returns on the caller's executor. Throws
    /// `AuthorityError.overloaded`, with nothing done, when too much waits.
    func run(_ batch: SignatureBatch) async throws(AuthorityError)

    /// Whether one more signature may wait for a worker, behind so many that have not been sent yet.
    ///
    /// - Parameter now: Unix milliseconds.
    func admitsSignature(behind unsent: Int, at now: Int64) -> Bool

    /// Whether a call of very many signatures of one group (`SignatureBatch.group`) may wait.
    func admitsCall(of group: Int64, at now: Int64) -> Bool

    /// Makes or compares one password hash, apart from signatures, which it never delays. Throws
    /// `overloaded`, with nothing done, when too many wait.
    func hash<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result

    /// Does one piece of work, such as the generation of a key.
    func run<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result
}

extension Workers {
    /// Without a limit of the time that they may wait.
    package func admitsSignature(behind unsent: Int, at now: Int64) -> Bool { true }
    package func admitsCall(of group: Int64, at now: Int64) -> Bool { true }
}
