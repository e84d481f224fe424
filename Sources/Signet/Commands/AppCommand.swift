internal import ArgumentParser
internal import SignetAuthority
internal import SignetCrypto

/// `signet app`: the apps in the store.
struct AppCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app", abstract: "Create, show, change and delete apps.",
        subcommands: [
            AppCreateCommand.self, AppListCommand.self, AppShowCommand.self,
            AppRotateKeyCommand.self, AppRotateSigningKeysCommand.self, AppFlushCommand.self,
            AppLimitCommand.self, AppDeleteCommand.self,
        ])
}

/// What an app is made from. Times are whole seconds.
struct NewApp: Sendable, Equatable {
    var name: String
    var description: String
    var algorithm: Algorithm
    var tokenExpire: Int
    var tokenNotBefore: Int
    var refreshExpire: Int
    var refreshNotBefore: Int
    var refreshGrace: Int
    var rotationPeriod: Int
    var requiredClaims: App.RequiredClaims
}

/// `signet app create`.
struct AppCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create an app; prints its id and, this once, its key.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "Letters, digits, spaces and @ . _ -; the issuer of the app's tokens.")
    var name: String

    @Option(help: "The signature algorithm; decides the type of the key.")
    var algo = Algorithm.es256

    @Option(help: "What the app is for.")
    var description = ""

    @Option(
        help: "How long an auth token lives, such as 3600 or 1h; 3600 unless given.",
        transform: Seconds.read)
    var tokenExpire = Seconds(3600)

    @Option(
        help: "When an auth token becomes valid; 0 unless given.",
        transform: Seconds.read)
    var tokenNotbefore = Seconds(0)

    @Option(
        help: "How long a refresh token lives; 7200 unless given.",
        transform: Seconds.read)
    var refreshExpire = Seconds(7200)

    @Option(
        help: "When a refresh token becomes valid; 0 unless given.", transform: Seconds.read)
    var refreshNotbefore = Seconds(0)

    @Option(
        help: "How long a used refresh token gives the same answer; 10 unless given.",
        transform: Seconds.read)
    var refreshGrace = Seconds(10)

    @Option(
        help: "How long a key signs until the next takes over; 31536000 unless given.",
        transform: Seconds.read
    )
    var rotationPeriod = Seconds(31_536_000)

    @Option(
        help: ArgumentHelp(
            "What a sign call must have: sub, aud, ip and useragent with commas between, or none; "
                + "all four unless given.", valueName: "claims"),
        transform: ClaimNames.read)
    var requiredClaims = ClaimNames(.all)

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard Self.isName(name) else {
            throw ValidationError(
                "The name '\(name)' has to be of letters, digits, spaces and @ . _ - only")
        }
        guard description.isEmpty || Self.isName(description) else {
            throw ValidationError(
                "--description has to be of letters, digits, spaces and @ . _ - only")
        }
        try check(tokenExpire, "--token-expire", 60...31_536_000)
        try check(tokenNotbefore, "--token-notbefore", 0...31_536_000)
        try check(refreshExpire, "--refresh-expire", 60...31_536_000)
        try check(refreshNotbefore, "--refresh-notbefore", 0...31_536_000)
        try check(refreshGrace, "--refresh-grace", 0...300)
        try check(rotationPeriod, "--rotation-period", 60...31_536_000)
    }

    mutating func run() throws {
        try AppOperations.create(settings.load().settings, app, json: json)
    }

    /// What was asked for.
    var app: NewApp {
        NewApp(
            name: name, description: description, algorithm: algo,
            tokenExpire: tokenExpire.count, tokenNotBefore: tokenNotbefore.count,
            refreshExpire: refreshExpire.count, refreshNotBefore: refreshNotbefore.count,
            refreshGrace: refreshGrace.count, rotationPeriod: rotationPeriod.count,
            requiredClaims: requiredClaims.claims)
    }

    private func check(_ value: Seconds, _ flag: String, _ range: ClosedRange<Int>) throws {
        guard !range.contains(value.count) else { return }
        throw ValidationError(
            "\(flag) has to be from \(range.lowerBound) to \(range.upperBound) seconds, "
                + "not \(value.count)")
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: Array("@._- ".utf8).contains(byte)
                }
            }
    }
}

/// `signet app list`.
struct AppListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all apps.")

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try AppOperations.list(settings.load().settings, json: json)
    }
}

/// `signet app show`.
struct AppShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one app.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The app's id, 26 characters.", transform: AppID.read)
    var id: AppID

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try AppOperations.show(settings.load().settings, id: id, json: json)
    }
}

/// `signet app rotate-key`.
struct AppRotateKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key",
        abstract: "Make a new app key and print it, this once; the old one is dead at once.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The app's id, 26 characters.", transform: AppID.read)
    var id: AppID

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try AppOperations.rotateKey(settings.load().settings, id: id, json: json)
    }
}

/// `signet app rotate-pki`.
struct AppRotateSigningKeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-pki",
        abstract: "Replace the app's signing keys at once; all of its tokens die.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The app's id, 26 characters.", transform: AppID.read)
    var id: AppID

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try AppOperations.rotateSigningKeys(
            settings.load().settings, id: id, json: json, isConfirmed: yes)
    }
}

/// `signet app flush`.
struct AppFlushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush", abstract: "End every session of an app; all of its tokens die.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The app's id, 26 characters.", transform: AppID.read)
    var id: AppID

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try AppOperations.flush(settings.load().settings, id: id, json: json)
    }
}

/// `signet app limit`.
struct AppLimitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Limit the calls of an app by themselves, in place of rate_limits.app.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The app's id, 26 characters.", transform: AppID.read)
    var id: AppID

    @Argument(
        help: "Such as 100/s, 60/m or 1000/h; default for rate_limits.app.",
        transform: AppLimit.read)
    var limit: AppLimit

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try AppOperations.limit(settings.load().settings, id: id, to: limit.rate, json: json)
    }
}

/// `signet app delete`.
struct AppDeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an app with its keys and sessions.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The app's id, 26 characters.", transform: AppID.read)
    var id: AppID

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try AppOperations.delete(
            settings.load().settings, id: id, json: json, isConfirmed: yes)
    }
}
