internal import Logging
internal import Synchronization

/// The level from which on events have lines, which may change at any time; any thread asks for it.
final class LogThreshold: Reloadable {
    /// That of the process's log.
    static let process = LogThreshold(.info)

    /// The place of the level among all of them.
    private let index: Atomic<Int>

    init(_ level: Logger.Level) {
        index = Atomic(Self.index(of: level))
    }

    var level: Logger.Level { Logger.Level.allCases[index.load(ordering: .relaxed)] }

    func set(_ level: Logger.Level) { index.store(Self.index(of: level), ordering: .relaxed) }

    static let settingNames = ["log.level"]
    var settingNames: [String] { Self.settingNames }

    func reload(_ settings: Settings) throws(CommandFailure) { set(settings.log.level) }

    private static func index(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
