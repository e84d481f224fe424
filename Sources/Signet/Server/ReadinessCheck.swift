internal import SignetAuthority
internal import SignetHandlers
internal import SignetRuntime
internal import Synchronization

/// Finds out whether requests should be sent to this server.
final class ReadinessCheck: Sendable {
    /// To ask the store costs a commit, so that its answer is good for so long.
    private static let storeAnswerMilliseconds: Int64 = 1000
    /// A loop that is later than this holds up whatever comes to it. Requests are refused long before
    /// (`limits.queue_time`), as long as it has rounds at all.
    private static let lagNanosecondsMax: Int64 = 2_000_000_000

    /// Whether the store took something, and when it was asked, in Unix milliseconds.
    private struct StoreAnswer: Sendable {
        let isYes: Bool
        let askedAt: Int64
    }

    private let authority: Authority
    private let http: HTTPServer
    private let audit: AuditLog?
    private let isDraining = Atomic<Bool>(false)
    private let storeAnswer = Mutex<StoreAnswer?>(nil)

    init(_ authority: Authority, _ http: HTTPServer, _ audit: AuditLog?) {
        self.authority = authority
        self.http = http
        self.audit = audit
    }

    /// From now on the server is not ready.
    func didBeginToDrain() { isDraining.store(true, ordering: .relaxed) }

    /// Whether requests should come, and if not, why.
    func readiness() async -> AdminHandler.Readiness {
        if isDraining.load(ordering: .relaxed) { return .draining }
        guard http.loopLags.allSatisfy({ $0 <= Self.lagNanosecondsMax }) else { return .loopLate }
        guard await storeTakes() else { return .storeUnavailable }
        guard authority.hasKeys else { return .keysMissing }
        return audit?.isStopped == true ? .auditUnavailable : .ready
    }

    private func storeTakes() async -> Bool {
        let now = WallClock.unixMilliseconds
        if let known = known(at: now) { return known }
        let answer = await authority.storeTakes(at: now)
        keep(StoreAnswer(isYes: answer, askedAt: now))
        return answer
    }

    // Both are never inlined: docs/decisions/0008-mutex-in-tasks.md.

    @inline(never)
    private func known(at now: Int64) -> Bool? {
        storeAnswer.withLock { known in
            guard let known, 0..<Self.storeAnswerMilliseconds ~= now - known.askedAt else {
                return nil
            }
            return known.isYes
        }
    }

    @inline(never)
    private func keep(_ answer: StoreAnswer) { storeAnswer.withLock { $0 = answer } }
}
