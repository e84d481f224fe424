/// What the process ends with (sysexits.h).
enum ExitStatus: Int32, Sendable {
    case success = 0
    case failure = 1
    /// EX_USAGE: the command line can't be understood.
    case usage = 64
    /// EX_CONFIG: a setting can't be used.
    case configuration = 78
}

/// Why a command could not do its work.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    let status: ExitStatus
    /// What was wrong and what to do, in one line without `signet: ` in front.
    let description: String

    init(_ description: String, status: ExitStatus = .failure) {
        self.status = status
        self.description = description
    }
}
