internal import SignetAuthority
internal import SignetRuntime

extension SignatureBatch: WorkBatch {}

/// The runtime's worker pool as the authority knows it.
struct PoolWorkers: Workers {
    let pool: WorkerPool

    var count: Int { pool.workers }

    func run(_ batch: SignatureBatch) async throws(AuthorityError) {
        do throws(WorkerPoolError) {
            try await pool.run(batch)
        } catch {
            throw .overloaded
        }
    }

    func run<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result
    ) async throws(AuthorityError) -> Result {
        do throws(WorkerPoolError) {
            return try await pool.run(work)
        } catch {
            throw .overloaded
        }
    }
}
