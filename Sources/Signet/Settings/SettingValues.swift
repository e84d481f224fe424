/// Where the server keeps what it must not lose.
enum DataLocation: Sendable, Equatable, CustomStringConvertible {
    /// Nowhere: everything ends with the process.
    case memory
    /// A folder, relative to the working directory or absolute.
    case folder(String)

    var description: String {
        switch self {
        case .memory: "memory:"
        case .folder(let path): path
        }
    }
}

/// What has happened to a write when its request is answered.
enum Durability: String, Sendable, CaseIterable {
    /// It is on the disk: it outlives a power cut.
    case full
    /// The kernel has it: it outlives the process, but not a power cut.
    case relaxed
}

/// How a log line looks.
enum LogFormat: String, Sendable, CaseIterable {
    /// For people: time, level, message, `key=value`.
    case text
    /// For programs: one JSON object a line.
    case json
}

/// Which requests have a line in the log.
enum AccessLogging: String, Sendable, CaseIterable {
    case off
    /// One of a hundred.
    case sampled
    case full

    /// Of so many requests one has a line; nil for none.
    var interval: Int? {
        switch self {
        case .off: nil
        case .sampled: 100
        case .full: 1
        }
    }
}

/// So many in each period, for example `100/s`.
struct Rate: Sendable, Equatable, CustomStringConvertible {
    /// What a rate counts over.
    enum Period: String, Sendable, CaseIterable {
        case second = "s"
        case minute = "m"
        case hour = "h"

        var duration: Duration {
            switch self {
            case .second: .seconds(1)
            case .minute: .seconds(60)
            case .hour: .seconds(3600)
            }
        }
    }

    /// At least 1.
    let count: Int
    let period: Period

    var description: String { "\(count)/\(period.rawValue)" }
}

/// A text that must not be seen. It shows itself masked, so that no log line and no `config show`
/// gives it away by accident.
struct Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// What is shown in its place.
    static let mask = "********"

    /// The secret itself, for the code that needs it.
    let text: String

    var description: String { Self.mask }

    /// `dump` and the default descriptions of enclosing types go through here.
    var customMirror: Mirror { Mirror(self, children: []) }
}
