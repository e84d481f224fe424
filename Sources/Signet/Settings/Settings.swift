internal import Logging
internal import SignetAuthority

/// What a server or a command runs with: every value is checked, wherever it came from.
///
/// The values given here are the defaults, the only place where they are written. `Setting.all`
/// gives each one its name, its type and its words.
struct Settings: Sendable, Equatable {
    /// The address that applications speak to.
    struct HTTP: Sendable, Equatable {
        var host = "127.0.0.1"
        /// 0 lets the kernel choose.
        var port = 8080
    }

    /// The address that operators and their tools speak to.
    struct Admin: Sendable, Equatable {
        var host = "127.0.0.1"
        /// 0 lets the kernel choose.
        var port = 9090
    }

    /// What is logged, and how a line looks.
    struct Log: Sendable, Equatable {
        var level = Logger.Level.info
        var format = LogFormat.text
        var access = AccessLogging.off
    }

    /// What one client, or all of them, may take up at most.
    struct Limits: Sendable, Equatable {
        /// Request line and header fields of one request, in bytes.
        var headBytes = 16_384
        /// The body of one request, in bytes.
        var bodyBytes = 1_048_576
        /// Header fields of one request.
        var headerFields = 100
        /// Open connections of the whole server.
        var connections = 16_384
        /// How long a request may wait for a loop or a worker before others are refused; 0 for no limit.
        var queueTime = Duration.milliseconds(15)
    }

    /// How long a connection may take for each of its states.
    struct Timeouts: Sendable, Equatable {
        var head = Duration.seconds(10)
        var body = Duration.seconds(30)
        var idle = Duration.seconds(75)
        /// How long open requests may still run once the server was asked to stop.
        var drain = Duration.seconds(10)
    }

    /// HTTPS in place of HTTP. Files, in PEM.
    struct TLS: Sendable, Equatable {
        /// Each with the certificates between it and its authority behind it; none for plain HTTP.
        var certificates: [String] = []
        /// The private key of each.
        var keys: [String] = []
        /// The authorities of clients' certificates; empty when none is asked for.
        var clientCA = ""
        /// Whether browsers are told to come by TLS alone.
        var hsts = true
    }

    /// Which web pages of other origins may read answers.
    struct CORS: Sendable, Equatable {
        /// As browsers spell them, or `*` alone.
        var origins: [String] = []
    }

    /// How many requests are answered before the rest is refused with 429.
    struct RateLimits: Sendable, Equatable {
        var isEnabled = true
        /// Calls with an app's key.
        var app = Rate(count: 1_000_000, period: .second)
        /// All other requests of one address.
        var address = Rate(count: 10_000, period: .second)
        /// Sign-ins by password of one account from one address.
        var signIn = Rate(count: 1000, period: .second)
        /// The longest that failed sign-ins delay the next one; zero for no delays.
        var signInDelayMax = Duration.seconds(900)
    }

    /// Tokens that users make for themselves.
    struct NamedTokens: Sendable, Equatable {
        /// The longest life.
        var lifeMax = Duration.seconds(3650 * 86_400)
    }

    /// Users who sign in by `/api/rest`.
    struct SignIn: Sendable, Equatable {
        /// The algorithms of its tokens: secrets, which no one else ever verifies.
        enum Algorithm: String, Sendable, CaseIterable {
            case hs256 = "HS256"
            case hs384 = "HS384"
            case hs512 = "HS512"
        }

        var accessLife = Duration.seconds(1200)
        var refreshLife = Duration.seconds(86_400)
        /// The longest life that a client may wish for; zero for no limit.
        var refreshLifeMax = Duration.seconds(30 * 86_400)
        var algorithm = Algorithm.hs256
        /// Whether the refresh token may be kept in a cookie.
        var cookieAuth = true
    }

    /// Users who sign in by `/frontend/api/v1/auth`.
    struct Frontend: Sendable, Equatable {
        /// The algorithms of its tokens: secrets, and those whose public keys are published.
        enum Algorithm: String, Sendable, CaseIterable {
            case hs256 = "HS256"
            case hs384 = "HS384"
            case hs512 = "HS512"
            case rs256 = "RS256"
            case rs384 = "RS384"
            case rs512 = "RS512"
            case ps256 = "PS256"
            case ps384 = "PS384"
            case ps512 = "PS512"
            case es256 = "ES256"
            case es384 = "ES384"
            case es512 = "ES512"
            case eddsa = "EdDSA"
        }

        /// The lives of a session, with `long-term-token` and without.
        var longLife = Duration.seconds(14 * 86_400)
        var shortLife = Duration.seconds(3 * 3600)
        var algorithm = Algorithm.hs256
        /// Whether users may come by themselves.
        var signUp = SignUp.closed
        /// How long the link in a verification mail is good.
        var verificationLife = Duration.seconds(86_400)
        /// The page that the link opens; ours when empty.
        var verificationPage = ""
    }

    /// Whether users may come by themselves.
    enum SignUp: String, Sendable, CaseIterable {
        case closed
        case open
    }

    /// How other servers are asked.
    struct Outbound: Sendable, Equatable {
        /// A file of certificates that are trusted beside the system's; empty for none.
        var caFile = ""
        /// Whether this machine may be asked without TLS.
        var plaintextLoopback = false
        /// How long an answer may take, but for that of a mail server.
        var timeout = Duration.seconds(10)
    }

    /// Who takes our mails.
    struct SMTP: Sendable, Equatable {
        /// Empty for nobody: then no mail is sent.
        var url = ""
        var from: MailSender?
        /// Empty for a server that wants none.
        var user = ""
        var password: Secret?
    }

    /// Who tells humans from programs.
    struct Recaptcha: Sendable, Equatable {
        /// Empty for nobody.
        var verifyURL = ""
        var secret: Secret?
    }

    /// What the hash of a password costs (Argon2id, RFC 9106).
    struct Passwords: Sendable, Equatable {
        /// The memory of one hash, in bytes. One is made for each core at a time.
        var memory = 19 << 20
        /// How often the memory is gone through.
        var iterations = 2
    }

    var http = HTTP()
    var admin = Admin()
    /// What the server speaks: `http` or `https`.
    var scheme: String { tls.certificates.isEmpty ? "http" : "https" }
    /// How clients reach the server, without a slash at its end: the issuer of access tokens. Empty for
    /// the address that it listens on.
    var publicURL = ""
    var data = DataLocation.folder("./signet-data")
    /// Event loops; one thread each. A session id has room for the numbers of 256.
    var loops = min(256, ProcessorCount.available)
    /// Threads for what is too slow for a loop: asymmetric signatures, password hashes.
    var workers = ProcessorCount.available
    var durability = Durability.full
    /// How far apart the clocks of two machines may be when times in tokens are checked.
    var clockSkew = Duration.zero
    var log = Log()
    var audit = Audit()
    var limits = Limits()
    var timeouts = Timeouts()
    var rateLimits = RateLimits()
    /// Addresses and ranges of the proxies whose word is taken for where requests come from.
    var trustedProxies: [String] = []
    var tls = TLS()
    var cors = CORS()
    var namedTokens = NamedTokens()
    var signIn = SignIn()
    var frontend = Frontend()
    /// By whom users may sign in other than by a password.
    var providers: [ProviderTerms] = []
    var outbound = Outbound()
    var smtp = SMTP()
    var recaptcha = Recaptcha()
    var passwords = Passwords()
    /// Set in place of the root key that a first start would make.
    var rootKey: Secret?
    /// Stands in for the file `master.key`: 32 bytes as base64 with padding (RFC 4648 section 4).
    var masterKey: Secret?
}
