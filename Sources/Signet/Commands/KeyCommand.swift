internal import ArgumentParser
internal import SignetCrypto
internal import SignetStorage

/// `signet key`: the signing keys in the store.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Show, rotate, revoke and import signing keys.",
        subcommands: [
            KeyListCommand.self, KeyRotateCommand.self, KeyRevokeCommand.self,
            KeyImportCommand.self,
        ])
}

/// A key's id, the `kid` of its tokens: a ULID in any letter case.
struct KeyID: SpelledArgument, Equatable {
    static let accepts = "the 26 letters and digits of a key's id; signet key list shows them"

    let id: ULID

    init?(argument: String) {
        guard let id = ULID(argument) else { return nil }
        self.id = id
    }
}

/// Whose keys: an app's, or a realm's that belongs to no app.
enum KeyOwner: SpelledArgument, Equatable {
    static let accepts =
        "an app's id, 26 letters and digits; or "
        + Realm.allCases.map(\.name).joined(separator: ", ")

    case app(AppID)
    case realm(Realm)

    init?(argument: String) {
        if let realm = Realm.allCases.first(where: { $0.name == argument }) {
            self = .realm(realm)
        } else if let id = AppID(argument: argument) {
            self = .app(id)
        } else {
            return nil
        }
    }
}

/// `signet key list`.
struct KeyListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the signing keys of one app, or of all apps and realms.")

    @OptionGroup var settings: SettingsOptions

    @Option(help: "The app's id, 26 characters.", transform: AppID.read)
    var app: AppID?

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try KeyOperations.list(settings.load().settings, app: app?.text, json: json)
    }
}

/// `signet key rotate`.
struct KeyRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Publish an app's next key now; it signs once it was published for long enough.",
        discussion: """
            The next key of a realm that belongs to no app (named-tokens, sign-in, frontend, api-tokens) signs at \
            once. The key that signs now goes on verifying until its last token has expired. After a theft \
            use 'signet key revoke' instead.
            """)

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The app's id, 26 characters, or a realm.", transform: KeyOwner.read)
    var owner: KeyOwner

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        let settings = try settings.load().settings
        switch owner {
        case .app(let id): try KeyOperations.rotate(settings, app: id.text, json: json)
        case .realm(let realm): try KeyOperations.rotate(settings, realm, json: json)
        }
    }
}

/// `signet key revoke`.
struct KeyRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke a key: every token that it signed is refused within a second.",
        discussion: """
            When no key of the app is left that signs, its next key does at once, or else a new one.
            """)

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The key's id, 26 characters: the kid of its tokens.", transform: KeyID.read)
    var key: KeyID

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try KeyOperations.revoke(settings.load().settings, key: key.id, json: json)
    }
}

/// `signet key import`.
struct KeyImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Have an app sign with a key of your own from now on.",
        discussion: """
            The file holds an unencrypted PEM private key (PKCS#8, PKCS#1 or SEC 1), a private JWK, or \
            a JWK Set with one that fits the app's algorithm; shared secrets are JWKs of kty oct. The \
            key gets a new id, unless it is a JWK whose kid is a ULID. The key that signs now goes on \
            verifying until its last token has expired.
            """)

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The app's id, 26 characters.", transform: AppID.read)
    var app: AppID

    @Argument(help: "The file with the key.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try KeyOperations.importFile(
            settings.load().settings, app: app.text, file: file, json: json)
    }
}
