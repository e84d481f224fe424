import Foundation
import TestSupport
import Testing

@testable import signet

@Suite("Settings in docs/OPERATIONS.md")
struct SettingsDocumentTests {
    /// The setting's row in the table of the document.
    private static func row(_ setting: Setting) -> String {
        if setting.isSecret { return "| `\(setting.environmentName)` | | | \(setting.help) |" }
        let text = setting.text(Settings())
        let unlessSet = setting.unlessSet ?? (text.isEmpty ? "" : "`\(text)`")
        let cell = unlessSet.isEmpty ? "" : "\(unlessSet) "
        let mark = setting.isReloaded ? "reload " : ""
        return "| `\(setting.name)` | \(cell)| \(mark)| \(setting.help) |"
    }

    @Test("has a row for every setting, and for no other")
    func rows() throws {
        let file = Python.packageRoot.appending(path: "docs/OPERATIONS.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(
            text.components(separatedBy: "\n## Settings\n").dropFirst().first?
                .components(separatedBy: "\n## ").first)
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        for setting in Setting.all {
            #expect(rows.contains(Self.row(setting)), "add: \(Self.row(setting))")
        }
        #expect(rows.count == Setting.all.count)
    }
}
