package import SignetCounts

/// What a server's instruments show at a moment.
package struct ServerReadings: Sendable {
    /// A queue before threads or a disk.
    package struct Queue: Sendable {
        package let name: String
        package let length: Int
        /// As many may wait for each whose turn it is; nil when it is bounded by what is before it.
        package let limit: Int?

        package init(_ name: String, length: Int, limit: Int? = nil) {
            self.name = name
            self.length = length
            self.limit = limit
        }
    }

    /// The audit log.
    package struct Audit: Sendable {
        /// Whether the last write succeeded.
        package var isWritten = true
        package var failedWrites = 0
        package var droppedLines = 0
        package var waitingBytes = 0

        package init() {}
    }

    /// How long requests spent in a stage of their way, in nanoseconds.
    package struct Stage: Sendable {
        package let name: String
        package let times: HistogramReading

        package init(_ name: String, _ times: HistogramReading) {
            self.name = name
            self.times = times
        }
    }

    /// Tokens that were made.
    package struct Tokens: Sendable {
        package let realm: String
        package let algorithm: String
        package let count: Int

        package init(realm: String, algorithm: String, count: Int) {
            self.realm = realm
            self.algorithm = algorithm
            self.count = count
        }
    }

    /// Sessions whose time is not over.
    package struct Sessions: Sendable {
        package let realm: String
        package let count: Int

        package init(realm: String, count: Int) {
            self.realm = realm
            self.count = count
        }
    }

    /// Keys that sign.
    package struct Keys: Sendable {
        package let realm: String
        package let count: Int
        /// For how long the oldest of them has signed.
        package let ageSeconds: Int64

        package init(realm: String, count: Int, ageSeconds: Int64) {
            self.realm = realm
            self.count = count
            self.ageSeconds = ageSeconds
        }
    }

    /// Figures of the process, by the names that Prometheus's own clients give them.
    package struct Process: Sendable {
        package var residentBytes = 0
        package var virtualBytes = 0
        package var cpuSeconds = 0.0
        package var descriptors = 0
        package var descriptorsMax = 0
        /// In Unix seconds.
        package var startedAt = 0.0

        package init() {}
    }

    package var version = ""
    package var openConnections = 0
    package var connectionsMax = 0
    /// Written by handlers, and not yet taken by the peers.
    package var unsentBytes = 0
    package var queues: [Queue] = []
    /// What a new signature would wait for a worker.
    package var signatureWaitSeconds = 0.0
    /// How long the longest round of each loop took lately.
    package var roundSeconds: [Double] = []
    /// Requests refused because a loop was late, and because workers were.
    package var shedByLoops = 0
    package var shedByWorkers = 0
    /// How late each loop is, by its timer.
    package var loopLagSeconds: [Double] = []
    package var stages: [Stage] = []
    package var tokens: [Tokens] = []
    /// As of the last count; empty before the first.
    package var sessions: [Sessions] = []
    package var keys: [Keys] = []
    /// What is remembered as ended: sessions, and apps with all sessions up to one.
    package var endedSessions = 0
    package var endedApps = 0
    package var commits = 0
    package var failedCommits = 0
    package var committedRows = 0
    /// What one commit wrote.
    package var commitSizes = Histogram.sizes().reading
    /// Lines of the access log that were lost; nil when there is no such log.
    package var droppedAccessLines: Int?
    /// Nil when there is no such log.
    package var audit: Audit?
    package var process = Process()

    package init() {}
}
