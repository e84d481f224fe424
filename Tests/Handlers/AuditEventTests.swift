import Foundation
import SignetHandlers
import Testing

@Suite("AuditEvent")
struct AuditEventTests {
    @Test(
        "whatever a name holds, the line stays one line of printable ASCII, and JSON that says the name",
        arguments: [
            "a\"b\\c", "x\n{\"n\":1,\"event\":\"sign_in\"}\n", "\u{1B}]0;title\u{07}\u{1B}[2J",
            "\u{9B}31mred", "\r\u{85}\u{2028}\u{2029}", "\u{202E}gnp.exe", "né🔑", "\u{7F}\u{0}",
            #"","outcome":"ok"#,
        ])
    func hostileNames(name: String) throws {
        var event = AuditEvent(.signIn, in: .signIn)
        event.outcome = .refused
        event.name = name
        let line = event.line(at: 1_700_000_000_123)
        #expect(line.last == 0x0A)
        #expect(line.dropLast().allSatisfy { (0x20...0x7E).contains($0) })
        let text = "{" + String(decoding: line, as: UTF8.self) + "}"
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["name"] as? String == name)
        #expect(object?["outcome"] as? String == "refused")
        #expect(object?["time"] as? String == "2023-11-14T22:13:20.123Z")
    }

    @Test("a name without end is cut")
    func longNames() {
        var event = AuditEvent(.signIn, in: .signIn)
        event.name = String(repeating: "e\u{301}", count: 100_000)
        #expect(event.line(at: 0).count < 4096)
    }
}
