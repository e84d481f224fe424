import Logging
import Testing

@testable import signet

/// Three values of one setting, in the spelling that `config show` uses; none is the default.
struct SettingSample: Sendable, CustomTestStringConvertible {
    let name: String
    let file: String
    let environment: String
    let flag: String

    var testDescription: String { name }

    init(_ name: String, _ file: String, _ environment: String, _ flag: String) {
        self.name = name
        self.file = file
        self.environment = environment
        self.flag = flag
    }

    static let all = [
        SettingSample("http.host", "10.0.0.1", "::1", "signet.example"),
        SettingSample("http.port", "1", "0", "65535"),
        SettingSample("admin.host", "10.0.0.2", "::1", "admin.example"),
        SettingSample("admin.port", "2", "0", "65535"),
        SettingSample("tls.certificate", "a.pem", "/etc/b.pem,c.pem", "./d e.pem"),
        SettingSample("tls.key", "a.key", "/etc/b.key,c.key", "./d e.key"),
        SettingSample("tls.client_ca", "ca.pem", "/etc/ca.pem", "./c a.pem"),
        SettingSample("tls.hsts", "false", "true", "false"),
        SettingSample(
            "public_url", "https://a.example", "http://[::1]:8443", "https://b.example/tokens"),
        SettingSample("data", "/var/lib/signet", "memory:", "./else where"),
        SettingSample("loops", "11", "12", "256"),
        SettingSample("workers", "13", "14", "1024"),
        SettingSample("durability", "relaxed", "full", "relaxed"),
        SettingSample("clock_skew", "1s", "250ms", "5m"),
        SettingSample("log.level", "trace", "critical", "debug"),
        SettingSample("log.format", "json", "text", "json"),
        SettingSample("log.access", "full", "sampled", "full"),
        SettingSample("audit.file", "stdout", "/var/log/a.log", "./b c.log"),
        SettingSample("audit.rotate_bytes", "64KiB", "1MiB", "1GiB"),
        SettingSample("audit.keep", "1", "0", "100000"),
        SettingSample("audit.when_full", "stop", "drop", "stop"),
        SettingSample("limits.head_bytes", "1KiB", "1025", "1MiB"),
        SettingSample("limits.body_bytes", "19MiB", "64KiB", "1GiB"),
        SettingSample("limits.header_fields", "8", "99", "10000"),
        SettingSample("limits.queue_time", "0s", "1s", "250ms"),
        SettingSample("limits.connections", "1", "2", "1000000"),
        SettingSample("timeouts.head", "100ms", "1s", "1d"),
        SettingSample("timeouts.body", "1m", "61s", "1h"),
        SettingSample("timeouts.idle", "1m", "61s", "1h"),
        SettingSample("timeouts.drain", "0s", "61s", "1h"),
        SettingSample("rate_limits.enabled", "false", "true", "false"),
        SettingSample("rate_limits.app", "5/s", "60/m", "1000/h"),
        SettingSample("rate_limits.address", "5/s", "60/m", "1000/h"),
        SettingSample("rate_limits.sign_in", "5/s", "60/m", "1000/h"),
        SettingSample("rate_limits.sign_in_delay_max", "0s", "1m", "1d"),
        SettingSample("trusted_proxies", "10.0.0.0/8", "::1,192.0.2.1", "fd00::/8"),
        SettingSample(
            "cors.origins", "https://a.example", "http://localhost:3000,https://b.example", "*"),
        SettingSample("named_tokens.life_max", "1s", "25h", "36500d"),
        SettingSample("sign_in.access_life", "1s", "90s", "1d"),
        SettingSample("sign_in.refresh_life", "1s", "25h", "36500d"),
        SettingSample("sign_in.refresh_life_max", "0s", "1h", "36500d"),
        SettingSample("sign_in.algorithm", "HS256", "HS384", "HS512"),
        SettingSample("sign_in.cookie_auth", "false", "true", "false"),
        SettingSample("frontend.long_life", "1s", "30d", "36500d"),
        SettingSample("frontend.short_life", "1s", "1h", "36500d"),
        SettingSample("frontend.algorithm", "HS384", "ES256", "EdDSA"),
        SettingSample("frontend.sign_up", "open", "closed", "open"),
        SettingSample("frontend.verification_life", "5m", "25h", "30d"),
        SettingSample(
            "frontend.verification_page", "https://a.example/v", "http://b.example/v",
            "https://c.example/v?a=b"),
        SettingSample(
            "providers", "name=a userinfo_url=https://a.example",
            "name=b issuer=https://b.example client_ids=c,d",
            "name=a userinfo_url=https://a.example; name=b userinfo_url=https://b.example"),
        SettingSample(
            "smtp.url", "smtp://a.example", "smtps://b.example:465", "smtp://localhost:25"),
        SettingSample(
            "smtp.from", "a@a.example", "Signet <b@b.example>", "Signet 2 <c@c.example>"),
        SettingSample("smtp.user", "ann", "b@b.example", "c d"),
        SettingSample(
            "recaptcha.verify_url", "https://a.example/v", "http://b.example", "https://c.example"),
        SettingSample("outbound.ca_file", "/etc/ca.pem", "ca.pem", "./else where"),
        SettingSample("outbound.plaintext_loopback", "true", "false", "true"),
        SettingSample("outbound.timeout", "100ms", "5s", "1m"),
        SettingSample("passwords.memory", "8MiB", "9217KiB", "256MiB"),
        SettingSample("passwords.iterations", "1", "3", "16"),
    ]
}

@Suite("Settings: flags over environment over file over defaults")
struct SettingsPrecedenceTests {
    private func effective(
        _ sample: SettingSample, file: Bool, environment: Bool, flag: Bool
    ) throws -> (text: String, origin: SettingOrigin) {
        let setting = try #require(Setting.named(sample.name))
        // Quoted, so that YAML takes even `memory:` and `::1` for texts.
        let yaml = Array("\n\(sample.name): '\(sample.file)'\n".utf8)
        let flags = [EffectiveSettings.FlagValue(name: sample.name, value: sample.flag, flag: "-f")]
        let effective = try EffectiveSettings(
            flags: flag ? flags : [],
            environment: environment ? [setting.environmentName: sample.environment] : [:],
            file: file ? SettingsFile(path: "s.yaml", bytes: yaml) : nil)
        return (setting.text(effective.settings), effective.origin(of: setting))
    }

    @Test("samples name every setting that is no secret")
    func samplesAreComplete() {
        let names = Setting.all.filter { !$0.isSecret }.map(\.name)
        #expect(names == SettingSample.all.map(\.name))
    }

    @Test("takes the flag over everything", arguments: SettingSample.all)
    func flagWins(_ sample: SettingSample) throws {
        let found = try effective(sample, file: true, environment: true, flag: true)
        #expect(found.text == sample.flag)
        #expect(found.origin == .flag("-f"))
    }

    @Test("takes the environment over the file", arguments: SettingSample.all)
    func environmentWins(_ sample: SettingSample) throws {
        let found = try effective(sample, file: true, environment: true, flag: false)
        let name = "SIGNET_" + sample.name.uppercased().replacing(".", with: "_")
        #expect(found.text == sample.environment)
        #expect(found.origin == .environment(name))
    }

    @Test("takes the file over the default, and knows the line", arguments: SettingSample.all)
    func fileWins(_ sample: SettingSample) throws {
        let found = try effective(sample, file: true, environment: false, flag: false)
        #expect(found.text == sample.file)
        #expect(found.origin == .file(path: "s.yaml", line: 2))
    }

    @Test("keeps the default where nothing is said", arguments: SettingSample.all)
    func defaultRemains(_ sample: SettingSample) throws {
        let found = try effective(sample, file: false, environment: false, flag: false)
        #expect(try found.text == #require(Setting.named(sample.name)).text(Settings()))
        #expect(found.origin == .defaults)
    }

    @Test("has the defaults that the documentation names")
    func defaults() {
        let settings = Settings()
        #expect(settings.http.host == "127.0.0.1")
        #expect(settings.http.port == 8080)
        #expect(settings.data == .folder("./signet-data"))
        #expect(settings.durability == .full)
        #expect(settings.clockSkew == .zero)
        #expect(settings.log == Settings.Log(level: .info, format: .text))
        #expect(settings.limits.headBytes == 16_384)
        #expect(settings.limits.bodyBytes == 1_048_576)
        #expect(settings.limits.headerFields == 100)
        #expect(settings.limits.connections == 16_384)
        #expect(settings.timeouts.head == .seconds(10))
        #expect(settings.timeouts.body == .seconds(30))
        #expect(settings.timeouts.idle == .seconds(75))
        #expect(settings.timeouts.drain == .seconds(10))
        #expect(settings.cors.origins.isEmpty)
        #expect(settings.namedTokens.lifeMax == .seconds(315_360_000))
        #expect(settings.signIn.accessLife == .seconds(20 * 60))
        #expect(settings.signIn.refreshLife == .seconds(24 * 3600))
        #expect(settings.signIn.refreshLifeMax == .seconds(30 * 24 * 3600))
        #expect(settings.signIn.algorithm == .hs256)
        #expect(settings.signIn.cookieAuth)
        #expect(settings.frontend.longLife == .seconds(14 * 86_400))
        #expect(settings.frontend.shortLife == .seconds(3 * 3600))
        #expect(settings.frontend.algorithm == .hs256)
        #expect(settings.frontend.signUp == .closed)
        #expect(settings.frontend.verificationLife == .seconds(86_400))
        #expect(settings.providers.isEmpty && settings.smtp.url.isEmpty)
        #expect(!settings.outbound.plaintextLoopback)
        #expect(settings.outbound.timeout == .seconds(10))
        #expect(settings.smtp.password == nil && settings.recaptcha.secret == nil)
        #expect(settings.passwords.memory == 19 * 1024 * 1024)
        #expect(settings.passwords.iterations == 2)
        #expect(settings.rootKey == nil)
        #expect(settings.masterKey == nil)
    }

    @Test("accepts its own default in every setting", arguments: Setting.all.map(\.name))
    func defaultsAreAccepted(_ name: String) throws {
        let setting = try #require(Setting.named(name))
        guard !setting.isSecret else { return }
        var settings = Settings()
        #expect(setting.read(setting.text(settings), &settings))
        #expect(settings == Settings())
    }

    @Test("takes an empty variable for one that is not set")
    func emptyVariable() throws {
        let effective = try EffectiveSettings(environment: ["SIGNET_HTTP_PORT": ""])
        #expect(effective.settings.http.port == 8080)
    }

    @Test(
        "reads a list from a YAML list, and from a text with commas, wherever that stands",
        arguments: [
            (
                "[https://a.example, 'https://b.example']",
                ["https://a.example", "https://b.example"]
            ),
            (
                "\n- https://a.example\n- https://b.example",
                ["https://a.example", "https://b.example"]
            ),
            ("https://a.example, https://b.example", ["https://a.example", "https://b.example"]),
            ("[]", []), ("''", []), ("['*']", ["*"]), ("https://a.example", ["https://a.example"]),
        ])
    func lists(_ yaml: String, _ origins: [String]) throws {
        let file = try SettingsFile(path: "s.yaml", bytes: Array("cors.origins: \(yaml)".utf8))
        let read = try EffectiveSettings(file: file)
        #expect(read.settings.cors.origins == origins)
        #expect(read.origins["cors.origins"] == .file(path: "s.yaml", line: 1))
        // As `config show` spells it.
        let text = origins.joined(separator: ",")
        let flag = EffectiveSettings.FlagValue(name: "cors.origins", value: text, flag: "--set")
        #expect(try EffectiveSettings(flags: [flag]).settings.cors.origins == origins)
        let variable = ["SIGNET_CORS_ORIGINS": text]
        #expect(try EffectiveSettings(environment: variable).settings.cors.origins == origins)
    }

    @Test("reads the secrets from the environment")
    func secrets() throws {
        let rootKey = String(repeating: "aZ0+/9bY", count: 16)
        let masterKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        let settings = try EffectiveSettings(
            environment: ["SIGNET_ROOT_KEY": rootKey, "SIGNET_MASTER_KEY": masterKey]
        ).settings
        #expect(settings.rootKey?.text == rootKey)
        #expect(settings.masterKey?.text == masterKey)
    }

    @Test(
        "counts the processors in a status file",
        arguments: [
            ("Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2 as Int?),
            ("Cpus_allowed:\tffffffff,00000001\n", 33), ("Cpus_allowed:\t0\n", nil), ("", nil),
        ])
    func processors(_ status: String, _ count: Int?) {
        #expect(ProcessorCount.allowed(in: status) == count)
    }
}
