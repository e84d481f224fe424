import Foundation
import Testing

@testable import signet

@Suite("SettingsExample: what config example prints")
struct SettingsExampleTests {
    /// What depends on the machine has another value in the example.
    private static let ofTheMachine = ["loops", "workers"]

    /// The example with the # taken away before the names that `isWanted` picks.
    private static func uncommented(_ isWanted: (String) -> Bool) -> String {
        SettingsExample.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let match = line.wholeMatch(of: /( *)#([a-z_]+): (.*)/), isWanted("\(match.2)")
            else { return String(line) }
            return "\(match.1)\(match.2): \(match.3)"
        }.joined(separator: "\n")
    }

    private static func settings(_ yaml: String) throws -> (Settings, Set<String>) {
        let file = try SettingsFile(path: "s.yaml", bytes: Array(yaml.utf8))
        let effective = try EffectiveSettings(file: file)
        return (effective.settings, Set(file.lines.keys))
    }

    private static func mistakes(_ yaml: String) -> [SettingsCheck.Mistake] {
        SettingsCheck(Array(yaml.utf8), path: "s.yaml", conflicts: Server.conflicts).mistakes
    }

    @Test("changes nothing as it is")
    func asItIs() throws {
        #expect(Self.mistakes(SettingsExample.text) == [])
        let (settings, names) = try Self.settings(SettingsExample.text)
        #expect(settings == Settings())
        #expect(names == [])
    }

    @Test("has every setting of files, and with every line uncommented it is the defaults")
    func uncommented() throws {
        let yaml = Self.uncommented { _ in true }
        #expect(Self.mistakes(yaml) == [])
        var (settings, names) = try Self.settings(yaml)
        #expect(names == Set(Setting.all.filter { !$0.isSecret }.map(\.name)))
        let defaults = Settings()
        #expect((settings.loops, settings.workers) == (1, 1))
        (settings.loops, settings.workers) = (defaults.loops, defaults.workers)
        #expect(settings == defaults)
    }

    @Test("each line can be uncommented alone")
    func oneByOne() throws {
        for name in Set(Setting.all.filter { !$0.isSecret }.compactMap(\.path.last)) {
            let yaml = Self.uncommented { $0 == name }
            #expect(Self.mistakes(yaml) == [], "\(name)")
            #expect(try !Self.settings(yaml).1.isEmpty, "\(name)")
        }
    }

    @Test("says of each setting what it is, what it takes and whether SIGHUP reloads it")
    func annotations() {
        let words = SettingsExample.text.replacing("#", with: " ").split { $0.isWhitespace }
            .joined(separator: " ")
        for setting in Setting.all {
            let mark = setting.isReloaded ? " [reload]" : ""
            #expect(words.contains("\(setting.help)\(mark) {\(setting.accepts)}"))
        }
        #expect(Setting.all.filter { $0.unlessSet != nil }.map(\.name) == Self.ofTheMachine)
        for setting in Setting.all where setting.isSecret {
            #expect(words.contains("\(setting.environmentName): "))
        }
    }

    @Test("has short lines")
    func width() {
        #expect(SettingsExample.text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
