import Foundation
import Testing

@testable import signet

@Suite("SettingsCheck: what config check finds")
struct SettingsCheckTests {
    private func check(_ yaml: String) -> SettingsCheck {
        SettingsCheck(Array(yaml.utf8), path: "s.yaml", conflicts: Server.conflicts)
    }

    @Test("names every mistake, in the order of the lines")
    func all() {
        let check = check(
            """
            http:
              prot: 8080
              port: many
            log:
              level: loud   # not a level
            loops: 2
            loops: 3
            timeouts: 10s
            root_key: abc
            colour: red
            cors:
              origins: {a: b}
            tls:
              hsts: [true]
              hsts: false
            durability: relaxed
            """)
        #expect(
            check.mistakes.map(\.text) == [
                "there is no setting 'http.prot' (in s.yaml:2); did you mean 'http.port'?",
                "http.port: 'many' (from s.yaml:3) is not a whole number from 0 to 65535",
                "log.level: 'loud' (from s.yaml:5) is not one of trace, debug, info, notice, warning, "
                    + "error, critical",
                "loops is given twice (s.yaml:6 and s.yaml:7); leave one of them out",
                "'timeouts' (in s.yaml:8) is a group of settings and takes no value of its own",
                "root_key (in s.yaml:9) is a secret: set SIGNET_ROOT_KEY in the environment instead",
                "there is no setting 'colour' (in s.yaml:10); signet config show lists them",
                "cors.origins: a mapping (from s.yaml:12) is not * or origins such as "
                    + "https://app.example.org, with commas between",
                "tls.hsts: a list (from s.yaml:14) is not true or false",
                "tls.hsts is given twice (s.yaml:14 and s.yaml:15); leave one of them out",
            ])
        #expect(check.mistakes.map(\.line) == [2, 3, 5, 7, 8, 9, 10, 12, 14, 15])
        #expect(check.summary == "s.yaml has 10 mistakes")
    }

    @Test("says no value of a secret")
    func secrets() {
        let check = check(
            """
            smtp: {password: hunter2}
            master_key: hunter2
            smtp.url: smtps://signet:hunter2@mail.example.org
            providers: name=hub userinfo_url=ftp://ada:hunter2/@hub.example.org
            """)
        #expect(check.mistakes.count == 4)
        #expect(!check.json.contains("hunter2"))
        #expect(check.mistakes[2].text.contains("'smtps://…@mail.example.org'"))
    }

    @Test("takes what was given twice apart, whatever stands around it")
    func repeated() {
        let check = check(
            """
            # http.port: 1
            "data": a
            trusted_proxies:
            - 10.0.0.0/8

            trusted_proxies:
            - 10.0.0.0/8
              # a comment
            - nowhere
            'data' : b
            limits:
                head_bytes: 2KiB
                # head_bytes: 3KiB
                body_bytes: 2KiB
                head_bytes: 4KiB
            workers: none
            """)
        #expect(
            check.mistakes.map(\.text) == [
                "trusted_proxies is given twice (s.yaml:3 and s.yaml:6); leave one of them out",
                "data is given twice (s.yaml:2 and s.yaml:10); leave one of them out",
                "limits.head_bytes is given twice (s.yaml:12 and s.yaml:15); leave one of them out",
                "workers: 'none' (from s.yaml:16) is not a whole number from 1 to 1024",
            ])
    }

    @Test("ends in finite time, and says what it can, for a file of nothing but one name")
    func manyRepeated() {
        let check = check(String(repeating: "loops: 1\n", count: 300))
        #expect(check.mistakes.count == 1)
        #expect(check.mistakes[0].text.contains("'loops' is given twice"))
    }

    @Test("reads lines that end as those of Windows do")
    func carriageReturns() {
        let check = check("loops: 1\r\nworkers: none\r\nloops: 2\r\n")
        #expect(check.mistakes.map(\.line) == [2, 3])
    }

    @Test(
        "finds settings that go against each other",
        arguments: [
            ("{http.port: 9090}", "http.port and admin.port are both 9090", 1),
            ("tls.certificate: [a.pem]", "tls.certificate names 1 files and tls.key 0", 1),
            ("loops: 2\nfrontend: {sign_up: open}", "frontend.sign_up: open needs smtp.url", 2),
            ("smtp.url: smtp://localhost", "smtp.url needs smtp.from", 1),
            ("\nhttp.host: tokens.example.org", "http.host tokens.example.org is no IPv4", 2),
            ("admin:\n  port: 9\n  host: a", "admin.host a is no IPv4 or IPv6 address", 3),
        ])
    func conflicts(_ yaml: String, _ text: String, _ line: Int) throws {
        let check = check(yaml)
        let mistake = try #require(check.mistakes.first)
        #expect(check.mistakes.count == 1)
        #expect(mistake.line == line)
        #expect(mistake.text.hasPrefix("s.yaml:\(line): \(text)"))
    }

    @Test("leaves aside what the environment may bring")
    func secretsElsewhere() {
        let yaml = "{data: 'memory:', audit.file: log, recaptcha.verify_url: https://a.example}"
        #expect(check(yaml).mistakes == [])
    }

    @Test("says of one thing that is no YAML where that is")
    func malformed() {
        #expect(check("http:\n\tport: 1\n").mistakes.map(\.line) == [2])
        // No control is allowed; and nothing of the file is shown.
        let control = check("loops: 1\nsmtp.password: hunter2\nworkers: \u{7}\n")
        #expect(control.mistakes.map(\.line) == [3])
        #expect(!control.json.contains("hunter2"))
    }

    @Test("is JSON for programs")
    func json() throws {
        let text = check("loops: \"many\\\"\"\nworkers: 1\n").json
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["file"] as? String == "s.yaml")
        #expect(object?["settings"] as? Int == 2)
        let mistakes = try #require(object?["mistakes"] as? [[String: Any]])
        #expect(mistakes.map { $0["line"] as? Int } == [1])
        #expect((mistakes[0]["message"] as? String)?.hasPrefix("loops: 'many\"'") ?? false)
    }
}
