internal import ArgumentParser
internal import SignetAuthority

/// `signet user`: the users in the store.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Create, list, suspend and delete users.",
        subcommands: [
            UserCreateCommand.self, UserListCommand.self, UserSuspendCommand.self,
            UserActivateCommand.self, UserPasswordCommand.self, UserDeleteCommand.self,
        ])
}

/// Which user is meant: an id, or a login in any letter case.
enum UserReference: SpelledArgument, Equatable {
    static let accepts = "a user's id or login; signet user list shows them"

    case id(Int64)
    case login(Login)

    init?(argument: String) {
        if let id = Quantity(whole: argument)?.number {
            self = .id(Int64(id))
        } else if let login = Login(argument.utf8) {
            self = .login(login)
        } else {
            return nil
        }
    }
}

/// The id of a user.
struct UserID: SpelledArgument, Equatable {
    static let accepts = "the number that a user has; signet user list shows them"

    let id: Int64

    init?(argument: String) {
        guard let id = Quantity(whole: argument)?.number, id > 0 else { return nil }
        self.id = Int64(id)
    }
}

extension Login: SpelledArgument {
    static var accepts: String {
        "1 to \(bytesMax) letters, digits and . _ - + @, not digits alone"
    }

    init?(argument: String) {
        self.init(argument.utf8)
    }
}

extension EmailAddress: SpelledArgument {
    static var accepts: String { "an address such as ann@example.org, in letters of ASCII" }

    init?(argument: String) {
        self.init(argument.utf8)
    }
}

extension UserName: SpelledArgument {
    static var accepts: String { "a text of at most \(bytesMax) bytes without controls" }

    init?(argument: String) {
        self.init(argument.utf8)
    }
}

extension User.Role: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(rawValue: argument)
    }

    /// The names that help texts list.
    public static var allValueStrings: [String] { allCases.map(\.rawValue) }

    public var defaultValueDescription: String { rawValue }
}

/// Where the password comes from: never an argument, which others on the machine can see.
struct PasswordOptions: ParsableArguments {
    @Flag(help: "Read the password from standard input, one line, instead of asking for it.")
    var passwordStdin = false
}

/// `signet user create`.
struct UserCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a user, whose password is asked for.")

    @OptionGroup var settings: SettingsOptions

    @Argument(
        help: "What the user signs in with: letters, digits and . _ - + @.", transform: Login.read)
    var login: Login

    @Option(help: "The user's address.", transform: EmailAddress.read)
    var email: EmailAddress

    @Option(help: "What the user is called.", transform: UserName.read)
    var name: UserName?

    @Option(help: "What the user may do; user unless given, sub with --parent.")
    var role: User.Role?

    @Option(
        help: ArgumentHelp("The user that this is a sub user of.", valueName: "id"),
        transform: UserID.read)
    var parent: UserID?

    @OptionGroup var password: PasswordOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard let role else { return }
        if role == .sub, parent == nil {
            throw ValidationError("--role sub needs the user that it belongs to: --parent ID")
        }
        if role != .sub, parent != nil {
            throw ValidationError(
                "A user with --parent is a sub user; leave out --role or use --role sub")
        }
    }

    mutating func run() throws {
        try UserOperations.create(
            settings.load().settings, user, passwordStdin: password.passwordStdin, json: json)
    }

    /// What was asked for.
    var user: Accounts.NewUser {
        Accounts.NewUser(
            login: login, email: email, name: name, role: role ?? (parent == nil ? .user : .sub),
            parent: parent?.id)
    }
}

/// `signet user list`.
struct UserListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all users.")

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try UserOperations.list(settings.load().settings, json: json)
    }
}

/// `signet user suspend`.
struct UserSuspendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Lock a user out, at once, until it is activated again.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The user's id or login.", transform: UserReference.read)
    var user: UserReference

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try UserOperations.suspend(settings.load().settings, user, json: json)
    }
}

/// `signet user activate`.
struct UserActivateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Let a suspended or pending user in.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The user's id or login.", transform: UserReference.read)
    var user: UserReference

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try UserOperations.activate(settings.load().settings, user, json: json)
    }
}

/// `signet user password`.
struct UserPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Give a user another password, which is asked for; the old one is dead at once.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The user's id or login.", transform: UserReference.read)
    var user: UserReference

    @OptionGroup var password: PasswordOptions

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try UserOperations.setPassword(
            settings.load().settings, user, passwordStdin: password.passwordStdin, json: json)
    }
}

/// `signet user delete`.
struct UserDeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a user with all that it has.")

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "The user's id or login.", transform: UserReference.read)
    var user: UserReference

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
        try UserOperations.delete(settings.load().settings, user, json: json, isConfirmed: yes)
    }
}
