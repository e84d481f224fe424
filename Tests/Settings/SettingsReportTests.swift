import Foundation
import Testing

@testable import signet

@Suite("SettingsReport: what config show prints")
struct SettingsReportTests {
    private static let rootKey = String(repeating: "aZ0+/9bY", count: 16)

    private func effective() throws -> EffectiveSettings {
        try EffectiveSettings(
            flags: [.init(name: "http.port", value: "8443", flag: "--port")],
            environment: ["SIGNET_ROOT_KEY": Self.rootKey, "SIGNET_LOG_LEVEL": "debug"],
            file: SettingsFile(path: "a\"b.yaml", bytes: Array("data: \"q\\\"u\"\n".utf8)))
    }

    @Test("lists every setting with its value and origin, secrets masked")
    func table() throws {
        let lines = SettingsReport(try effective()).lines.map {
            $0.split(separator: " ", maxSplits: 3).map(String.init)
        }
        #expect(lines.count == Setting.all.count + 1)
        func row(_ name: String) -> [String]? {
            lines.first { $0.first == name }.map { Array($0.dropFirst().prefix(2)) }
        }
        #expect(row("http.port") == ["8443", "--port"])
        #expect(row("log.level") == ["debug", "SIGNET_LOG_LEVEL"])
        #expect(row("data") == ["q\"u", "a\"b.yaml:1"])
        #expect(row("loops")?.last == "default")
        #expect(row("root_key") == ["********", "SIGNET_ROOT_KEY"])
    }

    @Test("is JSON for programs, secrets masked, unset ones null")
    func json() throws {
        let text = SettingsReport(try effective()).json
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let settings = try #require(object as? [String: [String: Any]])
        #expect(Set(settings.keys) == Set(Setting.all.map(\.name)))
        #expect(settings["http.port"]?["value"] as? String == "8443")
        #expect(settings["data"]?["value"] as? String == "q\"u")
        #expect(settings["data"]?["from"] as? String == "a\"b.yaml:1")
        #expect(settings["root_key"]?["value"] as? String == "********")
        #expect(settings["master_key"]?["value"] is NSNull)
        #expect(settings["rate_limits.app"]?["reloaded"] as? Bool == true)
        #expect(settings["http.port"]?["reloaded"] as? Bool == false)
        #expect(!text.contains(Self.rootKey))
    }

    @Test("a secret shows itself in no description, reflection or dump")
    func masking() throws {
        let settings = try effective().settings
        #expect(settings.rootKey?.text == Self.rootKey)
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            #expect(!text.contains(Self.rootKey))
        }
    }
}
