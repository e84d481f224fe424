import SignetAuthority
import SignetRuntime
import Testing

@testable import signet

/// Work that is held until it is let go, and how many workers are in it.
private final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var inside = 0
        var insideMax = 0
        var passed = 0
    }

    private let state = Monitor(State())

    var insideMax: Int { state.withLock { $0.insideMax } }
    var passed: Int { state.withLock { $0.passed } }

    func pass() -> Bool {
        state.withLock { state in
            state.inside += 1
            state.insideMax = max(state.insideMax, state.inside)
        }
        state.broadcast()
        return state.wait { state in
            guard state.isOpen else { return nil }
            state.inside -= 1
            state.passed += 1
            return true
        }
    }

    /// Gives way meanwhile: a test that blocked its thread could keep the callers from running.
    func wait(forInside count: Int) async {
        while state.withLock({ $0.inside }) < count { await Task.yield() }
    }

    func open() {
        state.withLock { $0.isOpen = true }
        state.broadcast()
    }
}

@Suite("Password hashes among the workers")
struct PoolWorkersTests {
    @Test("are no more at once than their threads, wait in a bounded queue, and delay no signature")
    func bounded() async throws {
        let pool = try WorkerPool(workers: 1, jobsMax: 10)
        let passwords = try WorkerPool(workers: 2, jobsMax: 6)
        defer {
            pool.stop()
            passwords.stop()
        }
        let workers = PoolWorkers(pool: pool, passwords: passwords, admission: nil)
        let gate = Gate()
        // Twenty at the same moment: two are made, four wait, the others are refused at once.
        let results = await withTaskGroup(of: Result<Bool, AuthorityError>.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await Result { () async throws(AuthorityError) in
                        try await workers.hash { gate.pass() }
                    }
                }
            }
            var results: [Result<Bool, AuthorityError>] = []
            for _ in 0..<14 {
                if let result = await group.next() { results.append(result) }
            }
            await gate.wait(forInside: 2)
            // Every thread for passwords is held now, and a signature is not.
            let signed = try? await workers.run { 7 }
            #expect(signed == 7)
            #expect(gate.passed == 0)
            gate.open()
            for await result in group { results.append(result) }
            return results
        }
        #expect(results[..<14].allSatisfy { $0 == .failure(.overloaded) })
        #expect(results[14...].allSatisfy { $0 == .success(true) })
        #expect(results.count == 20)
        #expect(gate.insideMax == 2)
        #expect(gate.passed == 6)
        // There is room again.
        #expect(try await workers.hash { 8 } == 8)
    }
}

extension Result {
    /// What an asynchronous body returns or throws.
    fileprivate init(_ body: () async throws(Failure) -> Success) async {
        do throws(Failure) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
