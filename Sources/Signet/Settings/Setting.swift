internal import Logging
internal import SignetAuthority

/// One line of the table of settings: its name, what it is for, and how it is read and shown.
///
/// Reading, `config show`, the names in the environment, `--set` and every message about a value
/// come from this table alone.
struct Setting: Sendable {
    /// As in the file and in `--set`: words joined by dots.
    let name: String
    /// What it is for, in one line.
    let help: String
    /// What is accepted, as the end of "… is not ".
    let accepts: String
    /// Read from the environment only, because command lines and files are seen by others, and
    /// shown masked.
    let isSecret: Bool
    /// A list in a file; elsewhere, and in `text`, its items with commas between.
    let isList: Bool
    /// Whether a server that runs takes another value at SIGHUP.
    let isReloaded: Bool
    /// What holds unless it is set, where that is another value on another machine.
    let unlessSet: String?
    /// Takes the text over into the settings; false when it is not accepted.
    let read: @Sendable (String, inout Settings) -> Bool
    /// The value in the spelling that `read` accepts; masked if secret, empty if there is none.
    let text: @Sendable (Settings) -> String

    /// `SIGNET_HTTP_PORT` for `http.port`.
    var environmentName: String {
        "SIGNET_" + String(name.map { $0 == "." ? "_" : $0 }).uppercased()
    }

    /// The words of the name, as swift-configuration addresses it.
    var path: [String] { name.split(separator: ".").map(String.init) }

    init<Value>(
        _ name: String, _ field: any WritableKeyPath<Settings, Value> & Sendable,
        _ type: SettingType<Value>, _ help: String, isReloaded: Bool = false,
        unlessSet: String? = nil
    ) {
        self.name = name
        self.help = help
        self.isReloaded = isReloaded
        self.unlessSet = unlessSet
        isSecret = false
        isList = Value.self == [String].self || Value.self == [ProviderTerms].self
        accepts = type.accepts
        text = { type.text($0[keyPath: field]) }
        read = { text, settings in
            guard let value = type.parse(text) else { return false }
            settings[keyPath: field] = value
            return true
        }
    }

    /// A secret, which has no default.
    init(
        secret name: String, _ field: any WritableKeyPath<Settings, Secret?> & Sendable,
        _ type: SettingType<Secret>, _ help: String
    ) {
        self.name = name
        self.help = help
        isSecret = true
        isList = false
        isReloaded = false
        unlessSet = nil
        accepts = type.accepts
        text = { $0[keyPath: field].map(type.text) ?? "" }
        read = { text, settings in
            guard let value = type.parse(text) else { return false }
            settings[keyPath: field] = value
            return true
        }
    }
}

extension Setting {
    /// Every setting, in the order in which they are shown.
    static let all: [Setting] = [
        Setting("http.host", \.http.host, .host, "the address to listen on"),
        Setting(
            "http.port", \.http.port, .integer(0...65535),
            "the port to listen on; 0 lets the kernel choose"),
        Setting(
            "admin.host", \.admin.host, .host,
            "the address that /metrics and /health/ready are served on"),
        Setting(
            "admin.port", \.admin.port, .integer(0...65535),
            "the port that they are served on; 0 lets the kernel choose"),
        Setting(
            "tls.certificate", \.tls.certificates, .paths,
            "files of certificates with their chains (PEM), with commas between: HTTPS in place of HTTP",
            isReloaded: true),
        Setting(
            "tls.key", \.tls.keys, .paths,
            "files of the certificates' private keys (PEM), in the same order", isReloaded: true),
        Setting(
            "tls.client_ca", \.tls.clientCA, .line,
            "authorities (PEM) of the certificates that clients may show; none is asked for unless set",
            isReloaded: true),
        Setting(
            "tls.hsts", \.tls.hsts, .bool,
            "whether browsers are told to come by TLS alone for two years"),
        Setting(
            "public_url", \.publicURL, .publicURL,
            "how clients reach the server: the issuer; where it listens unless set"),
        Setting("data", \.data, .data, "the folder that holds everything, or memory:"),
        Setting(
            "loops", \.loops, .integer(1...256), "event loops; one per core unless set",
            unlessSet: "one per core"),
        Setting(
            "workers", \.workers, .integer(1...1024),
            "threads for slow cryptography; one per core unless set", unlessSet: "one per core"),
        Setting(
            "durability", \.durability, .choice,
            "full: answered means on the disk; relaxed: a power cut may lose the last writes"),
        Setting(
            "clock_skew", \.clockSkew, .duration(.zero ... .seconds(300)),
            "tolerance when the times in tokens are checked"),
        Setting("log.level", \.log.level, .choice, "what is logged", isReloaded: true),
        Setting("log.format", \.log.format, .choice, "how a line looks"),
        Setting(
            "log.access", \.log.access, .choice,
            "which requests have a line: none, one of a hundred, or all"),
        Setting(
            "audit.file", \.audit.file, .auditOutput,
            "where the log of security events goes: off, stdout, or the path of a file"),
        Setting(
            "audit.rotate_bytes", \.audit.rotateBytes, .size(64 << 10...1 << 30),
            "with so many bytes another file is begun"),
        Setting(
            "audit.keep", \.audit.keep, .integer(0...100_000),
            "earlier files that are kept; 0 for all"),
        Setting(
            "audit.when_full", \.audit.whenFull, .choice,
            "when the log can't be written: stop refuses what would be recorded, drop counts lost lines"
        ),
        Setting(
            "limits.head_bytes", \.limits.headBytes, .size(1024...1 << 20),
            "request line and header fields"),
        Setting("limits.body_bytes", \.limits.bodyBytes, .size(1024...1 << 30), "request body"),
        Setting(
            "limits.header_fields", \.limits.headerFields, .integer(8...10_000),
            "header fields of a request"),
        Setting(
            "limits.queue_time", \.limits.queueTime, .duration(.zero ... .seconds(60)),
            "how long requests may have to wait before further ones are refused; 0s for no limit"),
        Setting(
            "limits.connections", \.limits.connections, .integer(1...1_000_000),
            "open connections of the server"),
        Setting("timeouts.head", \.timeouts.head, .timeout, "until a request's head is there"),
        Setting("timeouts.body", \.timeouts.body, .timeout, "until a request's body is there"),
        Setting("timeouts.idle", \.timeouts.idle, .timeout, "between two requests"),
        Setting(
            "timeouts.drain", \.timeouts.drain, .duration(.zero ... .seconds(3600)),
            "for open requests when the server stops"),
        Setting(
            "rate_limits.enabled", \.rateLimits.isEnabled, .bool, "whether requests are limited",
            isReloaded: true),
        Setting(
            "rate_limits.app", \.rateLimits.app, .rate, "requests with the key of one app",
            isReloaded: true),
        Setting(
            "rate_limits.address", \.rateLimits.address, .rate,
            "all other requests of one address", isReloaded: true),
        Setting(
            "rate_limits.sign_in", \.rateLimits.signIn, .rate,
            "sign-ins by password of one account from one address", isReloaded: true),
        Setting(
            "rate_limits.sign_in_delay_max", \.rateLimits.signInDelayMax,
            .wholeSeconds(through: 86_400),
            "the longest delay after failed sign-ins; 0s for none", isReloaded: true),
        Setting(
            "trusted_proxies", \.trustedProxies, .addressRanges,
            "the proxies that say where requests come from, with commas between", isReloaded: true),
        Setting(
            "cors.origins", \.cors.origins, .origins,
            "the origins of web pages that may call from a browser, with commas between"),
        Setting(
            "named_tokens.life_max", \.namedTokens.lifeMax,
            .duration(.seconds(1) ... .seconds(36_500 * 86_400)),
            "the longest life of a named token"),
        Setting(
            "sign_in.access_life", \.signIn.accessLife, .life(through: 86_400),
            "the life of an access token of /api/rest"),
        Setting(
            "sign_in.refresh_life", \.signIn.refreshLife, .life(through: 36_500 * 86_400),
            "the life of a refresh token of /api/rest, unless the client wishes for another"),
        Setting(
            "sign_in.refresh_life_max", \.signIn.refreshLifeMax,
            .duration(.zero ... .seconds(36_500 * 86_400)),
            "the longest life that a client may wish for; 0s for no limit, then even for ever"),
        Setting(
            "sign_in.algorithm", \.signIn.algorithm, .choice,
            "the algorithm of the tokens of /api/rest"),
        Setting(
            "sign_in.cookie_auth", \.signIn.cookieAuth, .bool,
            "whether a browser may keep the refresh token of /api/rest in a cookie"),
        Setting(
            "frontend.long_life", \.frontend.longLife, .life(through: 36_500 * 86_400),
            "the life of a session of /frontend/api/v1/auth with long-term-token"),
        Setting(
            "frontend.short_life", \.frontend.shortLife, .life(through: 36_500 * 86_400),
            "the life of a session of /frontend/api/v1/auth without long-term-token"),
        Setting(
            "frontend.algorithm", \.frontend.algorithm, .choice,
            "the algorithm of the tokens of /frontend/api/v1/auth"),
        Setting(
            "frontend.sign_up", \.frontend.signUp, .choice,
            "whether users may sign up by themselves; open needs smtp.url and smtp.from"),
        Setting(
            "frontend.verification_life", \.frontend.verificationLife,
            .duration(.seconds(300) ... .seconds(30 * 86_400)),
            "how long the link in a verification mail is good"),
        Setting(
            "frontend.verification_page", \.frontend.verificationPage, .webURL,
            "the page that the link in a verification mail opens; a page of Signet's unless set"),
        Setting(
            "providers", \.providers, .providers,
            "who vouches for users at /frontend/api/v1/auth/oauth-sign-in"),
        Setting(
            "smtp.url", \.smtp.url, .mailServerURL,
            "who takes mails: smtp:// with STARTTLS, or smtps://"),
        Setting("smtp.from", \.smtp.from, .mailSender, "whom mails are from"),
        Setting("smtp.user", \.smtp.user, .line, "the user at the mail server, if it wants one"),
        Setting(
            "recaptcha.verify_url", \.recaptcha.verifyURL, .webURL,
            "who is asked whether whoever verifies an address is a human; nobody unless set"),
        Setting(
            "outbound.ca_file", \.outbound.caFile, .line,
            "certificates of authorities (PEM) that are trusted beside the system's"),
        Setting(
            "outbound.plaintext_loopback", \.outbound.plaintextLoopback, .bool,
            "whether this machine itself may be asked without TLS"),
        Setting(
            "outbound.timeout", \.outbound.timeout,
            .duration(.milliseconds(100) ... .seconds(60)),
            "how long a provider or a recaptcha verifier may take to answer"),
        Setting(
            "passwords.memory", \.passwords.memory, .size(8 << 20...256 << 20),
            "memory that the hash of a password takes (Argon2id)"),
        Setting(
            "passwords.iterations", \.passwords.iterations, .integer(1...16),
            "how often a password hash goes through its memory"),
        Setting(
            secret: "smtp.password", \.smtp.password, .password,
            "the password at the mail server"),
        Setting(
            secret: "recaptcha.secret", \.recaptcha.secret, .password,
            "what the recaptcha verifier knows this server by"),
        Setting(
            secret: "audit.key", \.audit.key, .base64(bytes: 32),
            "chains the lines of the audit log, in place of a key made from the master key"),
        Setting(
            secret: "root_key", \.rootKey, .key(characters: 128),
            "the root key, in place of the one a first start makes"),
        Setting(
            secret: "master_key", \.masterKey, .base64(bytes: 32),
            "encrypts private keys at rest, in place of the file master.key"),
    ]

    /// The setting of that name.
    static func named(_ name: String) -> Setting? { all.first { $0.name == name } }
}

extension SettingType where Value == Duration {
    /// How long a token lives: whole seconds in the token, so at least one.
    fileprivate static func life(through seconds: Int) -> Self {
        .duration(.seconds(1) ... .seconds(seconds))
    }

    /// The states of a connection: never unlimited.
    fileprivate static var timeout: Self { .duration(.milliseconds(100) ... .seconds(86_400)) }
}
