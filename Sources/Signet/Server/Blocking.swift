internal import SignetRuntime

/// Lets the main thread, which has no executor, wait for asynchronous work.
enum Blocking {
    /// Runs `body` and returns its result. Never from a loop.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Monitor<Result<Value, any Error>?>(nil)
        Task {
            let result: Result<Value, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
            outcome.broadcast()
        }
        return try outcome.wait { $0 }.get()
    }
}
