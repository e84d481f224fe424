internal import ArgumentParser
internal import SignetBench
internal import SignetCrypto

/// What is measured, against what, and for how long.
struct BenchPlan: Sendable, Equatable {
    /// The call that is repeated, by its name on the command line.
    enum Operation: String, Sendable, CaseIterable {
        case sign
        case verify
        case renew
        case introspect
        case jwks
        case signIn = "sign-in"

        /// Whether it is made in the name of an app.
        var needsApp: Bool { self != .jwks && self != .signIn }
    }

    /// The server that is measured.
    enum Target: Sendable, Equatable {
        /// One that runs already, with an app of its own if the calls need one.
        case running(ServerURL, ServerTrust, appID: String?, appKey: Secret?)
        /// One that is started for the measurement.
        case own(loops: Int, BenchDurability)
    }

    /// Who may have signed the certificate of a server that speaks HTTPS.
    enum ServerTrust: Sendable, Equatable {
        /// Those whom the machine trusts.
        case system
        /// Those in a file (PEM).
        case file(String)
        /// Anybody.
        case anybody
    }

    /// Who signs in.
    struct User: Sendable, Equatable {
        let login: String
        let password: Secret
    }

    /// What is said of a running server that it does not tell itself.
    struct Stated: Sendable, Equatable {
        var durability: BenchDurability?
        var data: String?
    }

    /// How a sweep judges a rate.
    struct Sweep: Sendable, Equatable {
        /// The 99th percentile that is allowed.
        var objective: Duration
        var arrivals: LoadPace.Arrivals
    }

    /// The calls and their weights.
    let operations: [Operation: Int]
    let target: Target
    /// Who signs in; nil for the demo user of a started server.
    var user: User? = nil
    var stated = Stated()
    var algorithm = Algorithm.hs256
    var pace = LoadPace.closed
    var sweep: Sweep? = nil
    var connections = 64
    /// Requests that a connection has on the way at most.
    var pipeline = 1
    /// Threads of the load generator.
    var threads = 1
    var warmUp = Duration.seconds(1)
    var duration = Duration.seconds(10)
    /// How long an answer may take.
    var timeout = Duration.seconds(10)
    /// How many of the calls may go wrong, as a share.
    var errorShareMax = 0.01
    /// Tokens whose signatures are checked.
    var verifySample = 100
    /// Different tokens that are verified or introspected in turn.
    var tokens = 1
    var output = BenchOutput()

    /// The operations in the order of the command line's help.
    var ordered: [(operation: Operation, weight: Int)] {
        Operation.allCases.compactMap { operation in
            operations[operation].map { (operation, $0) }
        }
    }
}

/// Where the server that a measurement starts keeps its sessions.
enum BenchDurability: String, Sendable, CaseIterable, ExpressibleByArgument {
    case memory
    case relaxed
    case full
}

/// Where a report goes, and what it is compared with.
struct BenchOutput: Sendable, Equatable {
    /// The file that the report is also written to as JSON.
    var jsonFile: String?
    /// The file that the report is also written to as a page.
    var htmlFile: String?
    /// The JSON report that the figures are compared with.
    var baselineFile: String?
    /// The names of the figures that may not get worse; nil for those that matter most.
    var figures: Set<String>?
    /// How much worse they may be, as a share.
    var tolerance = 0.1
    /// Whether the figures of runs are compared that had other conditions.
    var comparesAnyway = false
}
