import Foundation
import SignetAuthority
import Testing

@testable import SignetHandlers

/// The forms of `exp` (sign-in.md, "signin fields").
@Suite("The wanted expiry of a refresh token")
struct WantedExpiryTests {
    @Test(
        "is read in each form, and is the standard in any other",
        arguments: [
            ("1795305600", .second(1_795_305_600)), ("0", .second(0)),
            ("100000000000", .second(100_000_000_000)),
            // Above 1e11: milliseconds.
            ("100000000001", .second(100_000_000)), ("1795305600999", .second(1_795_305_600)),
            // date -u -d … +%s
            ("2026-11-22T00:00:00", .second(1_795_305_600)),
            ("20261122T000000", .second(1_795_305_600)),
            ("2024-02-29T23:59:59", .second(1_709_251_199)),
            ("20000229T120000", .second(951_825_600)),
            ("1970-01-01T00:00:00", .second(0)), ("9999-12-31T23:59:59", .second(253_402_300_799)),
            ("2100-03-01T00:00:00", .second(4_107_542_400)), ("unlimited", .never),
            ("", .standard), ("-1", .standard), ("+1", .standard), ("1.5", .standard),
            (" 1", .standard),
            ("1e9", .standard), ("9999999999999999999", .standard), ("Unlimited", .standard),
            ("2023-02-29T00:00:00", .standard), ("2100-02-29T00:00:00", .standard),
            ("2026-13-01T00:00:00", .standard), ("2026-00-01T00:00:00", .standard),
            ("2026-11-31T00:00:00", .standard), ("2026-11-00T00:00:00", .standard),
            ("2026-11-22T24:00:00", .standard), ("2026-11-22T23:60:00", .standard),
            ("2026-11-22T23:59:60", .standard), ("2026-11-22T00:00:00Z", .standard),
            ("2026-11-22 00:00:00", .standard), ("20261122T00:00:00", .standard),
            ("2026-11-22", .standard), ("20261122T00000x", .standard), ("tomorrow", .standard),
        ] as [(String, WantedExpiry)])
    func forms(_ text: String, _ expected: WantedExpiry) {
        #expect(WantedExpiry(text: Array(text.utf8)) == expected)
    }

    @Test("is the standard when nothing is said")
    func absent() { #expect(WantedExpiry(text: nil) == .standard) }

    @Test("agrees with Foundation about every day of 400 years and more")
    func days() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var date = Date(timeIntervalSince1970: 0)
        for _ in 0..<150_000 {
            let day = calendar.dateComponents([.year, .month, .day], from: date)
            let text = String(
                format: "%04d%02d%02dT010203", day.year ?? 0, day.month ?? 0, day.day ?? 0)
            #expect(
                WantedExpiry(text: Array(text.utf8))
                    == .second(Int64(date.timeIntervalSince1970) + 3723))
            date += 86_400
        }
    }

    @Test("is kept within the settings")
    func terms() {
        var terms = SignInTerms(issuer: "http://x")
        terms.refreshLife = 100
        terms.refreshLifeMax = 1000
        #expect(WantedExpiry.standard.expires(by: terms, at: 50) == 150)
        #expect(WantedExpiry.never.expires(by: terms, at: 50) == 1050)
        #expect(WantedExpiry.second(51).expires(by: terms, at: 50) == 51)
        #expect(WantedExpiry.second(50).expires(by: terms, at: 50) == 150)
        #expect(WantedExpiry.second(1050).expires(by: terms, at: 50) == 1050)
        #expect(WantedExpiry.second(1051).expires(by: terms, at: 50) == 1050)
        terms.refreshLifeMax = nil
        #expect(WantedExpiry.second(1 << 50).expires(by: terms, at: 50) == 1 << 50)
        #expect(WantedExpiry.never.expires(by: terms, at: 50) == nil)
        #expect(WantedExpiry.standard.expires(by: terms, at: 50) == 150)
        // The standard is none beyond the longest.
        terms.refreshLifeMax = 60
        #expect(WantedExpiry.standard.expires(by: terms, at: 50) == 110)
    }
}
