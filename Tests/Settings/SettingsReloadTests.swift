import Foundation
import Logging
import Synchronization
import Testing

@testable import signet

@Suite("Settings that are read again")
struct SettingsReloadTests {
    /// Takes one setting, and notes what it is given.
    private final class Part: Reloadable {
        let settingNames: [String]
        let given = Mutex<[Settings]>([])
        let fails = Mutex(false)

        init(_ names: String...) {
            settingNames = names
        }

        func reload(_ settings: Settings) throws(CommandFailure) {
            given.withLock { $0.append(settings) }
            guard !fails.withLock({ $0 }) else { throw CommandFailure("it will not") }
        }
    }

    /// Keeps what is logged.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var log: Logger {
            Logger(label: "test") { label in
                var handler = LineLogHandler(label: label, level: .trace, format: .text)
                handler.write = { line in
                    // Without the time and the line feed.
                    let text = line.dropLast().split(separator: " ", maxSplits: 1).last ?? ""
                    self.lines.withLock { $0.append(String(text)) }
                }
                return handler
            }
        }

        func taken() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    private static func settings(_ yaml: String) throws(SettingsError) -> Settings {
        try EffectiveSettings(file: SettingsFile(path: "s.yaml", bytes: Array(yaml.utf8))).settings
    }

    @Test("go to the part that takes them, and the log says what changed and what needs a restart")
    func changes() throws {
        let (part, other, lines) = (Part("rate_limits.app"), Part("trusted_proxies"), Lines())
        let file = Mutex("")
        var reload = SettingsReload(
            Settings(), [part, other], log: lines.log,
            read: { () throws(SettingsError) in try Self.settings(file.withLock { $0 }) })

        reload.run()
        #expect(lines.taken() == ["info settings reloaded"])
        // Files may have changed, so both are asked.
        #expect(part.given.withLock { $0.count } == 1)
        #expect(other.given.withLock { $0.count } == 1)

        file.withLock { $0 = "rate_limits: {app: 5/s}\nworkers: 99\n" }
        reload.run()
        #expect(
            lines.taken() == [
                "info setting changed from=1000000/s name=rate_limits.app to=5/s",
                "warning workers has changed; it takes a restart to put that in force",
                "info settings reloaded",
            ])
        #expect(part.given.withLock { $0.last }?.rateLimits.app.count == 5)

        // What is in force is said once, what is not each time.
        reload.run()
        #expect(
            lines.taken() == [
                "warning workers has changed; it takes a restart to put that in force",
                "info settings reloaded",
            ])
        #expect(reload.settings.rateLimits.app.count == 5)
        #expect(reload.settings.workers == Settings().workers)
    }

    @Test("are those that the table of settings says")
    func table() {
        let taken =
            RateLimitReload.settingNames + ServerCertificates.settingNames
            + LogThreshold.settingNames
        #expect(Set(Setting.all.filter(\.isReloaded).map(\.name)) == Set(taken))
    }

    @Test("change nothing when they can't be read, or a part will not take them")
    func failures() throws {
        let (part, lines) = (Part("rate_limits.app"), Lines())
        let file = Mutex("rate_limits: {app: fast}\n")
        var reload = SettingsReload(
            Settings(), [part], log: lines.log,
            read: { () throws(SettingsError) in try Self.settings(file.withLock { $0 }) })
        var isWhole = reload.run()
        #expect(!isWhole)
        let said = lines.taken()
        #expect(said.count == 1)
        let start = "error settings not reloaded: rate_limits.app: 'fast'"
        #expect(said.first?.hasPrefix(start) ?? false)
        #expect(part.given.withLock { $0.isEmpty })

        file.withLock { $0 = "rate_limits: {app: 5/s}\n" }
        part.fails.withLock { $0 = true }
        isWhole = reload.run()
        #expect(!isWhole)
        #expect(lines.taken() == ["error not reloaded: it will not", "info settings reloaded"])
        #expect(reload.settings == Settings())
        part.fails.withLock { $0 = false }
        isWhole = reload.run()
        #expect(isWhole)
        #expect(lines.taken().count == 2)
        #expect(reload.settings.rateLimits.app.count == 5)
    }
}
