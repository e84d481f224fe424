internal import SignetAuthority
internal import SignetRuntime

extension SignatureBatch: WorkBatch {}

/// The runtime's worker pools as the authority knows them.
struct PoolWorkers: Workers {
    let pool: WorkerPool
    /// Threads of their own for password hashes: one takes 25 ms, and no signature waits behind it.
    let passwords: WorkerPool

    /// Nil when signatures may wait however long.
    let admission: AdmissionControl?

    var count: Int { pool.workers }

    func admitsSignature(behind unsent: Int, at now: Int64) -> Bool {
        guard let admission else { return true }
        let wait = pool.expectedWait(behind: unsent) / 1_000_000
        admission.note(waitMilliseconds: wait, at: now)
        return admission.admits(waitMilliseconds: wait, at: now)
    }

    func admitsCall(of group: Int64, at now: Int64) -> Bool {
        guard let admission else { return true }
        // What one app has waiting says nothing of how long the others wait.
        return admission.admits(
            waitMilliseconds: pool.expectedWait(of: group) / 1_000_000, at: now)
    }

    func run(_ batch: SignatureBatch) async throws(AuthorityError) {
        do throws(WorkerPoolError) {
            try await pool.run(batch)
        } catch {
            throw .overloaded
        }
    }

    func hash<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result {
        try await Self.run(work, by: passwords)
    }

    func run<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result {
        try await Self.run(work, by: pool)
    }

    private static func run<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result, by pool: WorkerPool
    ) async throws(AuthorityError) -> Result {
        do throws(WorkerPoolError) {
            return try await pool.run(work)
        } catch {
            throw .overloaded
        }
    }
}
