internal import SignetHandlers
internal import SignetRuntime
internal import SignetStorage

/// Reads what metrics show, from wherever it is counted. Any thread.
struct Instruments: Sendable {
    let counts: [RequestCounts]
    private let open: OpenAuthority
    private let http: HTTPServer
    private let routers: [Router]
    private let audit: AuditLog?
    private let connectionsMax: Int

    init(
        _ open: OpenAuthority, _ http: HTTPServer, _ routers: [Router], _ audit: AuditLog?,
        _ settings: Settings
    ) {
        counts = routers.map(\.counts)
        self.open = open
        self.http = http
        self.routers = routers
        self.audit = audit
        connectionsMax = settings.limits.connections
    }

    func read() -> ServerReadings {
        var readings = ServerReadings()
        readings.version = Version.text
        readings.openConnections = http.openConnections
        readings.connectionsMax = connectionsMax
        readings.unsentBytes = http.unsentBytes
        let workers = open.poolWorkers
        let activity = open.store.activity
        readings.queues = [
            .init("workers", length: workers.pool.jobsWaiting, limit: workers.pool.jobsMax),
            .init(
                "passwords", length: workers.passwords.jobsWaiting,
                limit: workers.passwords.jobsMax),
            .init("commits", length: activity.waitingWrites),
            .init("reads", length: activity.waitingReads),
        ]
        readings.signatureWaitSeconds = Double(workers.pool.expectedWait(behind: 0)) / 1e9
        readings.roundSeconds = http.loops.map { Double($0.longestRoundNanoseconds) / 1e9 }
        readings.shedByLoops = routers.reduce(0) { $0 + $1.shedCount }
        readings.shedByWorkers = workers.admission?.refusals ?? 0
        readings.commits = activity.commits
        readings.committedRows = activity.sessionRows
        readings.audit = audit?.readings
        readings.process = ProcessFigures.read()
        return readings
    }

    /// Whether the store answers, and the audit log lets anything be done.
    func readiness() async -> AdminHandler.Readiness {
        do {
            _ = try await open.store.sessions([])
            return audit?.isStopped == true ? .auditUnavailable : .ready
        } catch {
            return .storeUnavailable
        }
    }
}
