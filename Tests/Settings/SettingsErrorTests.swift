import Logging
import Testing

@testable import signet

@Suite("SettingsError: what was wrong, where, and what to do")
struct SettingsErrorTests {
    private func message(
        flags: [EffectiveSettings.FlagValue] = [], environment: [String: String] = [:],
        yaml: String? = nil
    ) -> String? {
        do {
            let file = try yaml.map { try SettingsFile(path: "s.yaml", bytes: Array($0.utf8)) }
            _ = try EffectiveSettings(flags: flags, environment: environment, file: file)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "names setting, value, origin and what is accepted, for every type",
        arguments: [
            ("http.host", "a b", "an IP address or a host name"),
            ("http.port", "80800", "a whole number from 0 to 65535"),
            (
                "public_url", "tokens.example.org",
                """
                an http or https URL without query and fragment, such as \
                https://tokens.example.org
                """
            ),
            ("data", "", "the path of a folder, or memory:"),
            ("loops", "zwei", "a whole number from 1 to 256"),
            ("workers", "0", "a whole number from 1 to 1024"),
            ("durability", "none", "one of full, relaxed"),
            (
                "clock_skew", "5",
                "a time from 0s to 5m with its unit, such as 500ms, 10s, 20m, 24h, 30d"
            ),
            ("log.level", "loud", "one of trace, debug, info, notice, warning, error, critical"),
            ("log.format", "xml", "one of text, json"),
            (
                "limits.head_bytes", "1KB",
                "a number of bytes from 1KiB to 1MiB, such as 16384 or 64KiB"
            ),
            (
                "limits.body_bytes", "2GiB",
                "a number of bytes from 1KiB to 1GiB, such as 16384 or 64KiB"
            ),
            ("limits.header_fields", "7", "a whole number from 8 to 10000"),
            ("limits.connections", "-1", "a whole number from 1 to 1000000"),
            (
                "timeouts.head", "0s",
                "a time from 100ms to 1d with its unit, such as 500ms, 10s, 20m, 24h, 30d"
            ),
            ("rate_limits.enabled", "yes", "true or false"),
            (
                "cors.origins", "example.org",
                "* or origins such as https://app.example.org, with commas between"
            ),
            (
                "passwords.memory", "1MiB",
                "a number of bytes from 8MiB to 256MiB, such as 16384 or 64KiB"
            ),
            ("passwords.iterations", "17", "a whole number from 1 to 16"),
            ("rate_limits.app", "fast", "a rate of at least 1, such as 100/s, 60/m or 1000/h"),
        ])
    func badValues(_ name: String, _ value: String, _ accepts: String) throws {
        let flag = EffectiveSettings.FlagValue(name: name, value: value, flag: "--set")
        #expect(message(flags: [flag]) == "\(name): '\(value)' (from --set) is not \(accepts)")
        #expect(
            message(yaml: "\(name): '\(value)'\n")
                == "\(name): '\(value)' (from s.yaml:1) is not \(accepts)")
        guard !value.isEmpty else { return }
        let variable = try #require(Setting.named(name)).environmentName
        #expect(
            message(environment: [variable: value])
                == "\(name): '\(value)' (from \(variable)) is not \(accepts)")
    }

    @Test(
        "never shows a bad secret",
        arguments: [
            ("SIGNET_ROOT_KEY", String(repeating: "hunter2!", count: 16)),
            ("SIGNET_ROOT_KEY", "hunter2"), ("SIGNET_MASTER_KEY", "hunter2"),
            ("SIGNET_MASTER_KEY", "hunter2hunter2hunter2hunter2hunter2hunter2h="),
        ])
    func badSecrets(_ variable: String, _ value: String) throws {
        let text = try #require(message(environment: [variable: value]))
        #expect(text.contains("the value from \(variable) is not"))
        #expect(!text.contains("hunter"))
    }

    @Test("sends secrets from files and command lines to the environment")
    func misplacedSecrets() {
        #expect(
            message(yaml: "root_key: abc")
                == "root_key (in s.yaml:1) is a secret: set SIGNET_ROOT_KEY in the environment instead"
        )
        let flag = EffectiveSettings.FlagValue(name: "master_key", value: "abc", flag: "--set")
        #expect(
            message(flags: [flag]) == "master_key (in --set) is a secret: "
                + "set SIGNET_MASTER_KEY in the environment instead")
    }

    @Test(
        "refuses an unknown name in a file and suggests the nearest",
        arguments: [
            (
                "http:\n  host: a\n  prot: 1\n",
                "there is no setting 'http.prot' (in s.yaml:3); did you mean 'http.port'?"
            ),
            ("port: 1", "there is no setting 'port' (in s.yaml:1); did you mean 'http.port'?"),
            (
                "\nclock-skew: 1s",
                "there is no setting 'clock-skew' (in s.yaml:2); did you mean 'clock_skew'?"
            ),
            (
                "timeout: 1s",
                "there is no setting 'timeout' (in s.yaml:1); did you mean 'outbound.timeout'?"
            ),
            (
                "timeout: {head: 1s}",
                "there is no setting 'timeout' (in s.yaml:1); did you mean 'timeouts'?"
            ),
            (
                "htpp: {port: 1}",
                "there is no setting 'htpp' (in s.yaml:1); did you mean 'http'?"
            ),
            (
                "foo: {port: 1}",
                "there is no setting 'foo' (in s.yaml:1); signet config show lists them"
            ),
            (
                "'http.port ': 1",
                "there is no setting 'http.port ' (in s.yaml:1); did you mean 'http.port'?"
            ),
            (
                "Data: x",
                "there is no setting 'Data' (in s.yaml:1); did you mean 'data'?"
            ),
            (
                "<<: {data: x}",
                "there is no setting '<<' (in s.yaml:1); signet config show lists them"
            ),
        ])
    func unknownNames(_ yaml: String, _ expected: String) {
        #expect(message(yaml: yaml) == expected)
    }

    @Test("refuses an unknown name behind --set")
    func unknownFlag() {
        let flag = EffectiveSettings.FlagValue(name: "log.levle", value: "info", flag: "--set")
        #expect(
            message(flags: [flag])
                == "there is no setting 'log.levle' (in --set); did you mean 'log.level'?")
    }

    @Test("refuses a setting that is given twice in one place")
    func givenTwice() {
        let flags = [
            EffectiveSettings.FlagValue(name: "http.port", value: "1", flag: "--port"),
            EffectiveSettings.FlagValue(name: "http.port", value: "1", flag: "--set"),
        ]
        #expect(
            message(flags: flags)
                == "http.port is given twice (--port and --set); leave one of them out")
        #expect(
            message(yaml: "http.port: 1\nhttp:\n  port: 1\n")
                == "http.port is given twice (s.yaml:1 and s.yaml:3); leave one of them out")
        #expect(
            message(yaml: "http:\n  port: 1\n  port: 1\n")
                == "http.port is given twice (s.yaml:2 and s.yaml:3); leave one of them out")
        // In braces the lines do not show what belongs to what.
        #expect(
            message(yaml: "\nhttp: {port: 1, port: 1}\n")
                == "s.yaml:2 can't be read as settings: 'port' is given twice")
    }

    @Test(
        "refuses lists, mappings and values for groups",
        arguments: [
            ("loops: [1]", "loops: a list (from s.yaml:1) is not a whole number from 1 to 256"),
            (
                "cors: {origins: {a: b}}",
                "cors.origins: a mapping (from s.yaml:1) is not * or origins such as "
                    + "https://app.example.org, with commas between"
            ),
            (
                "cors:\n  origins: [https://a.example, b]",
                "cors.origins: 'https://a.example,b' (from s.yaml:2) is not * or origins such as "
                    + "https://app.example.org, with commas between"
            ),
            (
                "\ncors.origins: [{a: b}]",
                "cors.origins: a list of more than texts (from s.yaml:2) is not * or origins such as "
                    + "https://app.example.org, with commas between"
            ),
            ("loops: {}", "loops: a mapping (from s.yaml:1) is not a whole number from 1 to 256"),
            (
                "http: 80",
                "'http' (in s.yaml:1) is a group of settings and takes no value of its own"
            ),
            ("loops:", "loops: '' (from s.yaml:1) is not a whole number from 1 to 256"),
        ])
    func kinds(_ yaml: String, _ expected: String) {
        #expect(message(yaml: yaml) == expected)
    }

    @Test(
        "refuses what is not a mapping, not YAML, or more than one document",
        arguments: [
            (
                "- a\n",
                "s.yaml:1 can't be read as settings: it has to be a mapping of names to values"
            ),
            (
                "word",
                "s.yaml:1 can't be read as settings: it has to be a mapping of names to values"
            ),
            ("? [a]\n: b", "s.yaml:1 can't be read as settings: a name has to be a word"),
        ])
    func malformed(_ yaml: String, _ expected: String) {
        #expect(message(yaml: yaml) == expected)
    }

    @Test(
        "names the line of a syntax error",
        arguments: [
            "data: x\n---\ndata: y\n", "data: x\n\tloops: 1\n", "data: *x\n", "data: 'x\n", "{{{",
        ])
    func syntax(_ yaml: String) throws {
        let text = try #require(message(yaml: yaml))
        let pattern = try Regex(#"^s\.yaml:[0-9]+ can't be read as settings: [^\n]+$"#)
        #expect(text.contains(pattern), "\(text)")
    }

    @Test(
        "accepts a file without settings",
        arguments: [
            "", "# nothing\n", "---\n", "~\n", "{}\n", "http:\n#  port: 1\nlog: ~\n",
        ])
    func emptyFiles(_ yaml: String) {
        #expect(message(yaml: yaml) == nil)
    }

    @Test("accepts nested and dotted names alike")
    func spellings() throws {
        let yaml = "http.port: 1\nlog: {level: debug}\nlimits:\n  body_bytes: 2MiB\n"
        let file = try SettingsFile(path: "s.yaml", bytes: Array(yaml.utf8))
        let settings = try EffectiveSettings(file: file).settings
        #expect(settings.http.port == 1)
        #expect(settings.log.level == .debug)
        #expect(settings.limits.bodyBytes == 2_097_152)
    }

    @Test("refuses a file that is not UTF-8, too large, or not there")
    func unreadable() {
        #expect(throws: SettingsError.self) { try SettingsFile(path: "s", bytes: [0x61, 0xFF]) }
        #expect(
            throws: SettingsError.unreadableFile(path: "/dev/zero", reason: "File too large")
        ) { try SettingsFile(path: "/dev/zero") }
        #expect(
            throws: SettingsError.unreadableFile(
                path: "/nowhere/s.yaml", reason: "No such file or directory")
        ) { try SettingsFile(path: "/nowhere/s.yaml") }
    }

    @Test("warns of variables that are no setting, with the one that was meant")
    func strangers() {
        let environment = [
            "SIGNET_HTTP_PORT": "1", "SIGNET_HTTP_PROT": "1", "SIGNET_PORT": "1",
            "SIGNET_ROOTKEY": "x", "SIGNET_SOMETHING_ELSE": "1", "OTHER": "1",
        ]
        let tail = " in the environment is no setting and is ignored"
        #expect(
            EffectiveSettings.warnings(about: environment) == [
                "SIGNET_HTTP_PROT\(tail); did you mean SIGNET_HTTP_PORT?",
                "SIGNET_PORT\(tail); did you mean SIGNET_HTTP_PORT?",
                "SIGNET_ROOTKEY\(tail); did you mean SIGNET_ROOT_KEY?",
                "SIGNET_SOMETHING_ELSE\(tail)",
            ])
    }

    @Test(
        "measures how far two names are apart",
        arguments: [
            ("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("prot", "port", 1),
            ("ab", "ab", 0),
        ])
    func distances(_ first: String, _ second: String, _ distance: Int) {
        #expect(NameSuggestion.distance(first, second) == distance)
        #expect(NameSuggestion.distance(second, first) == distance)
    }
}
