import SignetAuthority
import Testing

@testable import signet

@Suite("ProviderList, and other settings of others' servers")
struct ProviderListTests {
    private static let google = ProviderTerms(
        "google", .openID(issuer: "https://accounts.google.com", clientIDs: ["a", "b"]))
    private static let hub = ProviderTerms("hub", .userinfo(url: "https://hub.example.org/me"))
    private static let text =
        "name=google issuer=https://accounts.google.com client_ids=a,b; "
        + "name=hub userinfo_url=https://hub.example.org/me"

    @Test("reads its own text")
    func text() {
        #expect(ProviderList.parse(Self.text) == [Self.google, Self.hub])
        #expect(ProviderList.text([Self.google, Self.hub]) == Self.text)
        #expect(ProviderList.parse("") == [])
    }

    @Test(
        "refuses what says too little or too much",
        arguments: [
            "google", "name=google", "name=google issuer=https://a.example",
            "name=google client_ids=a", "issuer=https://a.example client_ids=a",
            "name=google issuer=a.example client_ids=a", "name=google issuer=ftp://a client_ids=a",
            "name=google issuer=https://a.example client_ids=,",
            "name=google issuer=https://a.example client_ids=a userinfo_url=https://a.example",
            "name=hub userinfo_url=https://a.example;", "name= userinfo_url=https://a.example",
            "name=hub name=hub userinfo_url=https://a.example",
            "name=hub color=red userinfo_url=https://a.example",
            "name=hub userinfo_url=https://a.example; name=hub userinfo_url=https://b.example",
            "name=hub userinfo_url=https://ann:word@a.example",
        ])
    func refused(_ text: String) {
        #expect(ProviderList.parse(text) == nil)
    }

    @Test(
        "is a list of mappings in a file, or its text",
        arguments: [
            """
            providers:
              - name: google
                issuer: https://accounts.google.com
                client_ids: [a, b]
              - name: hub
                userinfo_url: https://hub.example.org/me
            http:
              port: 1234
            """,
            """
            http: {port: 1234}
            providers: "name=google issuer=https://accounts.google.com client_ids=a,b; name=hub \\
              userinfo_url=https://hub.example.org/me"
            """,
        ])
    func file(_ yaml: String) throws {
        let file = try SettingsFile(path: "s.yaml", bytes: Array(yaml.utf8))
        let settings = try EffectiveSettings(file: file).settings
        #expect(settings.providers == [Self.google, Self.hub])
        #expect(settings.http.port == 1234)
    }

    @Test("is refused in a file as it is elsewhere, and an empty one is none")
    func badFile() throws {
        let bad = try SettingsFile(path: "s.yaml", bytes: Array("providers: [{name: a}]".utf8))
        #expect(throws: SettingsError.self) { try EffectiveSettings(file: bad) }
        let empty = try SettingsFile(path: "s.yaml", bytes: Array("providers: []".utf8))
        #expect(try EffectiveSettings(file: empty).settings.providers == [])
    }

    @Test("senders of mails are addresses, with or without a plain name")
    func senders() {
        #expect(MailSender("signet@example.org")?.description == "signet@example.org")
        let named = MailSender("Signet 2.0 <signet@example.org>")
        #expect(named?.name == "Signet 2.0")
        #expect(named?.address.text == "signet@example.org")
        #expect(named?.description == "Signet 2.0 <signet@example.org>")
        for text in [
            "", "signet", "Signet <signet>", "<signet@example.org>", "A\r\nB <signet@example.org>",
            "\"A\" <signet@example.org>", "A <signet@example.org> ",
            "A <b@c.de> <signet@example.org>",
        ] { #expect(MailSender(text) == nil) }
    }

    @Test(
        "addresses of mail servers are of smtp or smtps, without a user",
        arguments: [
            ("smtp://localhost:25", true), ("smtps://mail.example.org", true), ("", true),
            ("mail.example.org", false), ("https://mail.example.org", false),
            ("smtp://ann:word@mail.example.org", false), ("smtp://mail example.org", false),
        ])
    func mailServers(_ text: String, _ isAccepted: Bool) {
        #expect((SettingType<String>.mailServerURL.parse(text) != nil) == isAccepted)
    }

    @Test(
        "addresses of the web have no user",
        arguments: [
            ("https://a.example/b@c?d=@", true), ("https://a.example?b=@", true), ("", true),
            ("https://ann:word@a.example", false), ("http://ann@a.example/b", false),
        ])
    func webServers(_ text: String, _ isAccepted: Bool) {
        #expect((SettingType<String>.webURL.parse(text) != nil) == isAccepted)
    }
}
