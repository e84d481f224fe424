internal import SignetAuthority
internal import SignetCounts
internal import SignetCrypto
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
    private let access: AccessLog?
    private let counter: SessionCounter
    private let connectionsMax: Int

    init(
        _ open: OpenAuthority, _ http: HTTPServer, _ routers: [Router], _ logs: ServerLogs,
        _ counter: SessionCounter, _ settings: Settings
    ) {
        counts = routers.map(\.counts)
        self.open = open
        self.http = http
        self.routers = routers
        audit = logs.audit
        access = logs.access
        self.counter = counter
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
        readings.loopLagSeconds = http.loopLags.map { Double($0) / 1e9 }
        readings.stages = stages(activity)
        readings.tokens = tokens
        readings.sessions = sessions
        readings.keys = keys
        readings.endedSessions = open.authority.ended.count
        readings.endedApps = open.authority.ended.epochCount
        readings.commits = activity.commits
        readings.failedCommits = activity.failedCommits
        readings.committedRows = activity.sessionRows
        readings.commitSizes = activity.commitSizes
        readings.droppedAccessLines = access?.droppedLines
        readings.audit = audit?.readings
        readings.process = ProcessFigures.read()
        return readings
    }

    private func stages(_ activity: StoreActivity) -> [ServerReadings.Stage] {
        func onLoops(_ histogram: (StageTimes) -> Histogram) -> HistogramReading {
            http.loops.reduce(into: Histogram.durations().reading) { sum, loop in
                sum.add(histogram(loop.stages).reading)
            }
        }
        let pool = open.poolWorkers.pool
        var sign = onLoops(\.sign)
        sign.add(pool.runTimes.reading)
        return [
            .init("parse", onLoops(\.parse)), .init("wait", pool.waitTimes.reading),
            .init("sign", sign), .init("commit", activity.commitTimes),
            .init("write", onLoops(\.write)),
        ]
    }

    private var tokens: [ServerReadings.Tokens] {
        var found: [ServerReadings.Tokens] = []
        for issuer in TokenCounts.Issuer.allCases {
            for algorithm in Algorithm.allCases {
                let count = open.authority.tokens.count(of: issuer, algorithm)
                guard count > 0 else { continue }
                found.append(
                    ServerReadings.Tokens(
                        realm: issuer.name, algorithm: algorithm.name, count: count))
            }
        }
        return found
    }

    private var sessions: [ServerReadings.Sessions] {
        guard let census = counter.latest.count else { return [] }
        var found = [ServerReadings.Sessions(realm: Self.apps, count: census.ofApps)]
        // The other realms have tokens and no sessions.
        for realm in [Realm.signIn, .frontend] {
            let count = census.ofUsers[realm] ?? 0
            found.append(ServerReadings.Sessions(realm: realm.name, count: count))
        }
        return found
    }

    private var keys: [ServerReadings.Keys] {
        let now = WallClock.unixMilliseconds / 1000
        let signing = open.authority.keyRing.keys.current.signing
        let owners: [Realm?] = [nil] + Realm.allCases
        var found: [ServerReadings.Keys] = []
        for owner in owners {
            guard let keys = signing[owner] else { continue }
            found.append(
                ServerReadings.Keys(
                    realm: owner?.name ?? Self.apps, count: keys.count,
                    ageSeconds: max(0, now - keys.since)))
        }
        return found
    }

    /// What metrics call the apps, beside the realms that belong to none.
    private static let apps = "apps"
}
