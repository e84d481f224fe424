internal import SignetAuthority
internal import SignetCounts
internal import SignetHandlers
internal import SignetRuntime
internal import Synchronization

/// Finds out whether requests should be sent to this server.
final class ReadinessCheck: Sendable {
    /// A loop that is later than this holds up whatever comes to it. Requests are refused long before
    /// (`limits.queue_time`), as long as it has rounds at all.
    private static let lagNanosecondsMax: Int64 = 2_000_000_000

    private let authority: Authority
    private let http: HTTPServer
    private let audit: AuditLog?
    private let isDraining = Atomic<Bool>(false)
    private let verdict = Mutex(StoreVerdict())

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
        let now = MonotonicClock.nanoseconds / 1_000_000
        if let known = known(at: now) { return known }
        let isYes = await authority.storeTakes(at: WallClock.unixMilliseconds)
        didAnswer(isYes, askedAt: now)
        return isYes
    }

    // Both are never inlined: docs/decisions/0008-mutex-in-tasks.md.

    @inline(never)
    private func known(at now: Int64) -> Bool? { verdict.withLock { $0.known(at: now) } }

    @inline(never)
    private func didAnswer(_ isYes: Bool, askedAt: Int64) {
        verdict.withLock { $0.didAnswer(isYes, askedAt: askedAt) }
    }
}
