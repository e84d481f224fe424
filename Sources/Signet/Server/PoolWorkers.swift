internal import SignetAuthority
internal import SignetRuntime

extension SignatureBatch: WorkBatch {}

/// The runtime's worker pools as the authority knows them.
struct PoolWorkers: Workers {
    let pool: WorkerPool
    /// Threads of their own for password hashes: one takes 25 ms, and no signature waits behind it.
    let passwords: WorkerPool

    var count: Int { pool.workers }

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
