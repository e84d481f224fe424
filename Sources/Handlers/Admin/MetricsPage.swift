internal import SignetRuntime

/// The page that Prometheus reads: what the loops counted, and what the instruments show.
struct MetricsPage {
    static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    private var text = MetricsText()

    var bytes: [UInt8] { text.bytes }

    init(_ counts: [RequestCounts], _ readings: ServerReadings) {
        text.begin("signet_build_info", .gauge, "The version that runs.")
        text.sample("signet_build_info", ["version": readings.version], 1)
        writeRequests(counts)
        writeLoad(readings)
        writeStages(readings.stages)
        writeTokens(readings)
        writeStore(readings)
        if let lost = readings.droppedAccessLines {
            text.single(
                "signet_access_log_dropped_total", .counter,
                "Lines of the access log that were lost.", lost)
        }
        if let audit = readings.audit { write(audit) }
        writeProcess(readings.process)
    }

    private mutating func writeRequests(_ counts: [RequestCounts]) {
        let name = "signet_requests_total"
        text.begin(name, .counter, "Requests answered, by route and status.")
        var limited = 0
        for route in RouteName.allCases {
            for status in HTTPStatus.allCases {
                let count = counts.reduce(0) { $0 + $1.count(of: route, status) }
                guard count > 0 else { continue }
                if status == .tooManyRequests { limited += count }
                text.sample(name, ["route": route.text, "code": "\(status.rawValue)"], count)
            }
        }
        text.single(
            "signet_requests_limited_total", .counter, "Requests refused by a rate limit.", limited)
    }

    private mutating func writeLoad(_ readings: ServerReadings) {
        let shed = "signet_requests_shed_total"
        text.begin(shed, .counter, "Requests refused because they would have waited too long.")
        text.sample(shed, ["queue": "loop"], readings.shedByLoops)
        text.sample(shed, ["queue": "workers"], readings.shedByWorkers)

        let length = "signet_queue_length"
        text.begin(length, .gauge, "What waits in a queue.")
        for queue in readings.queues { text.sample(length, ["queue": queue.name], queue.length) }
        let limit = "signet_queue_limit"
        text.begin(limit, .gauge, "What may wait in a queue, for each app where apps take turns.")
        for queue in readings.queues {
            if let most = queue.limit { text.sample(limit, ["queue": queue.name], most) }
        }
        text.single(
            "signet_signature_wait_seconds", .gauge,
            "What a new signature would wait for a worker.",
            readings.signatureWaitSeconds)

        let round = "signet_loop_round_seconds"
        text.begin(
            round, .gauge, "How long the longest round of a loop took in the last 30 to 60 seconds."
        )
        for (index, seconds) in readings.roundSeconds.enumerated() {
            text.sample(round, ["loop": "\(index)"], seconds)
        }
        let lag = "signet_loop_lag_seconds"
        text.begin(lag, .gauge, "How late a loop's timer of a second was, or is.")
        for (index, seconds) in readings.loopLagSeconds.enumerated() {
            text.sample(lag, ["loop": "\(index)"], seconds)
        }
        text.single(
            "signet_connections", .gauge, "Open connections.", readings.openConnections)
        text.single(
            "signet_connections_limit", .gauge, "Connections that may be open.",
            readings.connectionsMax)
        text.single(
            "signet_unsent_bytes", .gauge, "Answers that peers have not taken yet.",
            readings.unsentBytes)
    }

    private mutating func writeStages(_ stages: [ServerReadings.Stage]) {
        let name = "signet_stage_seconds"
        text.begin(name, .histogram, "How long requests spent in a stage of their way.")
        for stage in stages {
            text.histogram(name, stage.times, unit: 1e9, labels: ["stage": stage.name])
        }
    }

    private mutating func writeTokens(_ readings: ServerReadings) {
        let made = "signet_tokens_total"
        text.begin(made, .counter, "Tokens made, by realm and algorithm.")
        for tokens in readings.tokens {
            text.sample(
                made, ["realm": tokens.realm, "algorithm": tokens.algorithm], tokens.count)
        }
        let sessions = "signet_sessions"
        text.begin(sessions, .gauge, "Sessions whose time is not over, as of the last count.")
        for kind in readings.sessions { text.sample(sessions, ["realm": kind.realm], kind.count) }
        let ended = "signet_ended_entries"
        text.begin(ended, .gauge, "What is remembered as ended before its time.")
        text.sample(ended, ["kind": "session"], readings.endedSessions)
        text.sample(ended, ["kind": "app"], readings.endedApps)

        let keys = "signet_signing_keys"
        text.begin(keys, .gauge, "Keys that sign.")
        for kind in readings.keys { text.sample(keys, ["realm": kind.realm], kind.count) }
        let age = "signet_signing_key_age_seconds"
        text.begin(age, .gauge, "How long the oldest key that signs has done so.")
        for kind in readings.keys { text.sample(age, ["realm": kind.realm], kind.ageSeconds) }
    }

    private mutating func writeStore(_ readings: ServerReadings) {
        text.single(
            "signet_store_commits_total", .counter, "Transactions committed.", readings.commits)
        text.single(
            "signet_store_failed_commits_total", .counter, "Transactions that failed.",
            readings.failedCommits)
        let sizes = "signet_store_commit_rows"
        text.begin(sizes, .histogram, "What one transaction wrote: sessions and other changes.")
        text.histogram(sizes, readings.commitSizes, unit: 1)
        text.single(
            "signet_store_session_rows_total", .counter, "Sessions written in them.",
            readings.committedRows)
    }

    private mutating func write(_ audit: ServerReadings.Audit) {
        text.single(
            "signet_audit_up", .gauge, "Whether the last write of the audit log succeeded.",
            audit.isWritten ? 1 : 0)
        text.single(
            "signet_audit_failed_writes_total", .counter,
            "Writes of the audit log that failed; each is tried again.", audit.failedWrites)
        text.single(
            "signet_audit_dropped_total", .counter, "Lines of the audit log that were lost.",
            audit.droppedLines)
        text.single(
            "signet_audit_waiting_bytes", .gauge, "Lines that wait to be written.",
            audit.waitingBytes)
    }

    private mutating func writeProcess(_ process: ServerReadings.Process) {
        text.single(
            "process_resident_memory_bytes", .gauge, "Resident memory.", process.residentBytes)
        text.single(
            "process_virtual_memory_bytes", .gauge, "Virtual memory.", process.virtualBytes)
        text.single(
            "process_cpu_seconds_total", .counter, "Processor time, of the system too.",
            process.cpuSeconds)
        text.single("process_open_fds", .gauge, "Open descriptors.", process.descriptors)
        text.single(
            "process_max_fds", .gauge, "Descriptors that may be open.", process.descriptorsMax)
        text.single(
            "process_start_time_seconds", .gauge, "When the process began, in Unix seconds.",
            process.startedAt)
    }
}
