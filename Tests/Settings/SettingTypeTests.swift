import Testing

@testable import signet

@Suite("SettingType: what is accepted and what is not")
struct SettingTypeTests {
    @Test(
        "reads times",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("20m", .seconds(1200)),
            ("24h", .seconds(86_400)), ("30d", .seconds(2_592_000)), ("0s", .zero),
            ("007s", .seconds(7)),
        ])
    func durations(_ text: String, _ duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(
        "refuses what is no time",
        arguments: [
            "", "10", "s", "-1s", "+1s", "1.5s", " 1s", "1s ", "1 s", "1S", "1M", "1w", "1m30s",
            "0x1s",
            "٣s", "106751991167301d", "99999999999999999999s",
        ])
    func badDurations(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "shows times in the largest unit that divides them",
        arguments: [
            (Duration.zero, "0s"), (.milliseconds(1), "1ms"), (.milliseconds(1500), "1500ms"),
            (.seconds(90), "90s"), (.seconds(60), "1m"), (.seconds(3600), "1h"),
            (.seconds(86_400 * 30), "30d"),
        ])
    func durationTexts(_ duration: Duration, _ text: String) {
        #expect(DurationText.text(duration) == text)
    }

    @Test(
        "reads sizes",
        arguments: [
            ("16384", 16_384), ("64KiB", 65_536), ("19MiB", 19_922_944), ("2GiB", 2_147_483_648),
            ("0", 0),
        ])
    func sizes(_ text: String, _ bytes: Int) {
        #expect(SizeText.parse(text) == bytes)
    }

    @Test(
        "refuses what is no size",
        arguments: [
            "", "KiB", "1K", "1KB", "1kib", "-1", "1.5MiB", "1 KiB", "0x10", "8589934592GiB",
            "1_000",
        ])
    func badSizes(_ text: String) {
        #expect(SizeText.parse(text) == nil)
    }

    @Test(
        "shows sizes in the largest unit that divides them",
        arguments: [
            (0, "0"), (1000, "1000"), (1024, "1KiB"), (1536, "1536"), (1 << 20, "1MiB"),
            (3 << 30, "3GiB"),
        ])
    func sizeTexts(_ bytes: Int, _ text: String) {
        #expect(SizeText.text(bytes) == text)
    }

    @Test(
        "reads public addresses, and drops the slash at the end",
        arguments: [
            ("https://tokens.example.org", "https://tokens.example.org"),
            ("https://tokens.example.org/", "https://tokens.example.org"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"), ("https://[2001:db8::1]", nil),
            ("https://a/b/c.d~e_f-g/", "https://a/b/c.d~e_f-g"), ("http://a:65535", nil), ("", nil),
        ])
    func publicURLs(_ text: String, _ kept: String?) {
        #expect(SettingType<String>.publicURL.parse(text) == kept ?? text)
    }

    @Test(
        "refuses what is no public address",
        arguments: [
            "a", "//a", "ftp://a", "HTTP://a", "https:/a", "https://", "https:///", "https:///a",
            "https://a?b", "https://a/?", "https://a#b", "https://a/#", "https://u@a",
            "https://u:p@a", "https://a:", "https://a:0", "https://a:65536", "https://a:b",
            "https://a:1:2", "https://[::1", "https://[]", "https://[g::]", "https://[::1]x",
            "https://a//", "https://a//b", "https://a/./b", "https://a/..", "https://a/%41",
            "https://a b", " https://a", "https://a\n", "https://ä", "https://a/\"",
            "https://" + String(repeating: "a", count: 600),
        ])
    func badPublicURLs(_ text: String) {
        #expect(SettingType<String>.publicURL.parse(text) == nil)
    }

    @Test(
        "reads origins as browsers spell them",
        arguments: [
            "https://app.example.org", "http://localhost:3000", "http://127.0.0.1:8080",
            "http://[::1]:3000", "https://a", "https://xn--bcher-kva.example",
            "capacitor://localhost", "chrome-extension://abcdefghijklmnop",
            "http://a:443", "https://a:80", "https://a_b.example",
        ])
    func origins(_ text: String) {
        #expect(SettingType<[String]>.origins.parse(text) == [text])
        #expect(
            SettingType<[String]>.origins.parse("https://x, \(text)") == ["https://x", text])
    }

    @Test(
        "refuses origins that no browser would send",
        arguments: [
            "example.org", "https://", "https://a/", "https://a/b", "https://a?b", "https://u@a",
            "https://A.example", "HTTPS://a", "https://a:443", "http://a:80", "https://a:",
            "https://a:0", "https://a:080", "https://a:1234567", "https://*.example.org",
            "https://a,", ",https://a", "https://a,,https://b", "https://a https://b", "null",
            "*,https://a", "https://a,*", "* ", "https://a\n", "//a", "://a", "https://ä.example",
        ])
    func badOrigins(_ text: String) {
        #expect(SettingType<[String]>.origins.parse(text) == nil)
    }

    @Test(
        "reads rates",
        arguments: [
            ("100/s", 100, Duration.seconds(1)), ("60/m", 60, .seconds(60)),
            ("1/h", 1, .seconds(3600)),
        ])
    func rates(_ text: String, _ count: Int, _ period: Duration) {
        let rate = SettingType<Rate>.rate.parse(text)
        #expect(rate?.count == count)
        #expect(rate?.period.duration == period)
        #expect(rate?.description == text)
    }

    @Test(
        "refuses what is no rate",
        arguments: [
            "", "100", "/s", "0/s", "-1/s", "1/d", "1/s/s", "1 / s", "1.5/s", "100/", "1/S",
        ])
    func badRates(_ text: String) {
        #expect(SettingType<Rate>.rate.parse(text) == nil)
    }

    @Test(
        "refuses what is no whole number in range",
        arguments: [
            "", "-1", "+1", "1.0", "1e3", "0x1", " 1", "1 ", "65536", "18446744073709551616", "١",
        ])
    func badIntegers(_ text: String) {
        #expect(SettingType<Int>.integer(0...65535).parse(text) == nil)
    }

    @Test(
        "takes true and false alone for booleans",
        arguments: [
            ("true", true as Bool?), ("false", false), ("yes", nil), ("on", nil), ("1", nil),
            ("True", nil), ("", nil),
        ])
    func bools(_ text: String, _ value: Bool?) {
        #expect(SettingType<Bool>.bool.parse(text) == value)
    }

    @Test(
        "refuses hosts that can't be one",
        arguments: [
            "", "a b", "a/b", "http://a", "a\nb", "ä.example", String(repeating: "a", count: 256),
        ])
    func badHosts(_ text: String) {
        #expect(SettingType<String>.host.parse(text) == nil)
    }

    @Test(
        "takes memory: for memory and everything else for a folder",
        arguments: [
            ("memory:", DataLocation.memory as DataLocation?), ("memory", .folder("memory")),
            ("/a b/ö", .folder("/a b/ö")), ("", nil), ("a\nb", nil), ("a\0b", nil),
        ])
    func data(_ text: String, _ location: DataLocation?) {
        #expect(SettingType<DataLocation>.data.parse(text) == location)
    }

    /// The RFC 4648 section 10 vectors, by their lengths.
    @Test(
        "knows canonical base64",
        arguments: [
            ("", 0), ("Zg==", 1), ("Zm8=", 2), ("Zm9v", 3), ("Zm9vYg==", 4), ("Zm9vYmE=", 5),
            ("Zm9vYmFy", 6),
        ])
    func base64(_ text: String, _ count: Int) {
        #expect(Base64.isCanonical(text, bytes: count))
        #expect(!Base64.isCanonical(text, bytes: count + 1))
    }

    @Test(
        "refuses base64 with stray bits, without padding, of the wrong alphabet",
        arguments: [
            ("Zh==", 1), ("Zo==", 1), ("Zm9=", 2), ("Zm+=", 2), ("Zg", 1), ("Zg=", 1), ("Zm-_", 3),
            ("Zm9v\n", 3),
            ("====", 1),
        ])
    func badBase64(_ text: String, _ count: Int) {
        #expect(!Base64.isCanonical(text, bytes: count))
    }
}
