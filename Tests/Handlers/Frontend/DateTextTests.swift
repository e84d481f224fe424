import Foundation
import Testing

@testable import SignetHandlers

@Suite("Dates of RFC 3339")
struct DateTextTests {
    @Test("are those of Foundation")
    func dates() {
        let formatter = ISO8601DateFormatter()
        // Every day and a bit until 2100, the leap days of centuries, and the ends.
        let days = stride(from: Int64(0), through: 4_102_444_800, by: 86_399)
        let others: [Int64] = [0, 951_782_400, 4_107_542_400, 13_574_563_200, 253_402_300_799]
        for second in Array(days) + others {
            var text: [UInt8] = []
            text.append(date: second)
            let expected = formatter.string(
                from: Date(timeIntervalSince1970: TimeInterval(second)))
            if String(decoding: text, as: UTF8.self) != expected {
                Issue.record("\(String(decoding: text, as: UTF8.self)) is not \(expected)")
            }
        }
    }

    @Test("end where there are no more of four digits")
    func ends() {
        for (second, text) in [
            (Int64.max, "9999-12-31T23:59:59Z"), (-1, "1970-01-01T00:00:00Z"),
        ] {
            var written: [UInt8] = []
            written.append(date: second)
            #expect(String(decoding: written, as: UTF8.self) == text)
        }
    }
}
