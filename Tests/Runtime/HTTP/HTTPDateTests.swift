import Foundation
import SignetRuntime
import TestSupport
import Testing

@Suite("HTTPDate")
struct HTTPDateTests {
    private func text(_ seconds: Int64) -> String {
        let date = HTTPDate(unixSeconds: seconds)
        return String(decoding: date.bytes.indices.map { date.bytes[$0] }, as: UTF8.self)
    }

    @Test("says the example of RFC 9110 section 5.6.7")
    func example() {
        #expect(text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test(
        "agrees with Python's email.utils on every day from 1887 to 2134 and every 97th of all years"
    )
    func python() throws {
        var seconds: [Int64] = []
        for day in Int64(-30000)...60000 { seconds.append(day * 86400 + day.timeOfDay) }
        for day in stride(from: Int64(-719_162), to: 2_932_897, by: 97) {
            seconds.append(day * 86400)
            seconds.append(day * 86400 + 86399)
        }
        let script = """
            import sys, datetime, email.utils
            epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
            for line in sys.stdin:
                moment = epoch + datetime.timedelta(seconds=int(line))
                print(email.utils.format_datetime(moment, usegmt=True))
            """
        let input = seconds.map(String.init).joined(separator: "\n")
        let output = String(
            decoding: try Python.run(script, input: Data(input.utf8)), as: UTF8.self)
        let expected = output.split(separator: "\n")
        try #require(expected.count == seconds.count)
        var differences = 0
        for (moment, line) in zip(seconds, expected) where text(moment) != line {
            differences += 1
            if differences < 5 { Issue.record("\(moment): \(text(moment)), Python: \(line)") }
        }
        #expect(differences == 0)
    }

    @Test("says the first and the last second of four-digit years")
    func bounds() {
        #expect(text(HTTPDate.range.upperBound) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(text(HTTPDate.range.lowerBound) == "Sat, 01 Jan 0000 00:00:00 GMT")
    }

    @Test("traps on a year of five digits")
    func trap() async {
        await #expect(processExitsWith: .failure) {
            _ = HTTPDate(unixSeconds: 253_402_300_800)
        }
    }
}

extension Int64 {
    /// A second of the day that differs from day to day, so that all times of day occur.
    fileprivate var timeOfDay: Int64 { Int64((magnitude &* 7919) % 86400) }
}
