internal import SignetAuthority
internal import SignetHandlers
internal import SignetRuntime

/// What `signet user …` does in the store.
enum UserOperations {
    /// Users that are read and shown at a time.
    private static let pageRows = 1000

    static func create(
        _ settings: Settings, _ user: Accounts.NewUser, passwordStdin: Bool, json: Bool
    ) throws {
        try Operations.withAuthority(settings) { authority in
            // Only then is it asked for a password.
            try requireFree(user, authority)
            let password = try PasswordInput.read(fromStandardInput: passwordStdin)
            let outcome = try Blocking.run {
                try await authority.accounts.create(
                    user, password: password, at: WallClock.unixMilliseconds)
            }
            switch outcome {
            case .created(let created):
                try CommandAudit.record(settings, .userCreated, of: created)
                UserReport.show(created, json: json)
            case .loginTaken, .emailTaken, .noSuchParent: throw refusal(outcome, of: user)
            }
        }
    }

    static func list(_ settings: Settings, json: Bool) throws {
        try Operations.withAuthority(settings) { authority in
            var report = UserReport.List(json: json)
            var last: Int64 = 0
            while true {
                let page = try Blocking.run { [last] in
                    try await authority.accounts.list(after: last, limit: pageRows)
                }
                report.show(page)
                guard page.count == pageRows, let id = page.last?.id else { break }
                last = id
            }
            report.end()
        }
    }

    static func suspend(_ settings: Settings, _ user: UserReference, json: Bool) throws {
        try withUser(user, settings) { authority, known in
            let suspended = try Blocking.run {
                try await authority.accounts.suspend(known.id, at: WallClock.unixMilliseconds)
            }
            guard let suspended else { throw missing(user) }
            try CommandAudit.record(
                settings, .userSuspended, of: known,
                outcome: known.status == .suspended ? .unchanged : .done)
            UserReport.show(suspended, did: "Suspended \(known.login).", json: json)
        }
    }

    static func activate(_ settings: Settings, _ user: UserReference, json: Bool) throws {
        try withUser(user, settings) { authority, known in
            let active = try Blocking.run {
                try await authority.accounts.activate(known.id, at: WallClock.unixMilliseconds)
            }
            guard let active else { throw missing(user) }
            try CommandAudit.record(
                settings, .userActivated, of: known,
                outcome: known.status == .active ? .unchanged : .done)
            UserReport.show(active, did: "Activated \(known.login).", json: json)
        }
    }

    static func setPassword(
        _ settings: Settings, _ user: UserReference, passwordStdin: Bool, json: Bool
    ) throws {
        try withUser(user, settings) { authority, known in
            let password = try PasswordInput.read(fromStandardInput: passwordStdin)
            let isThere = try Blocking.run {
                try await authority.accounts.setPassword(
                    password, of: known.id, at: WallClock.unixMilliseconds)
            }
            guard isThere else { throw missing(user) }
            try CommandAudit.record(settings, .passwordChanged, of: known)
            UserReport.show(done: "Changed the password of \(known.login).", json: json)
        }
    }

    static func delete(
        _ settings: Settings, _ user: UserReference, json: Bool, isConfirmed: Bool
    ) throws {
        try withUser(user, settings) { authority, known in
            try Terminal.confirm("Delete \(known.login) with all that it has?", isConfirmed)
            switch try Blocking.run({ try await authority.accounts.delete(known.id) }) {
            case .deleted:
                try CommandAudit.record(settings, .userDeleted, of: known)
                UserReport.show(done: "Deleted \(known.login).", json: json)
            case .missing: throw missing(user)
            case .hasSubUsers:
                throw CommandFailure(
                    "\(known.login) has sub users, which have to be deleted before; "
                        + "'signet user list' shows them")
            }
        }
    }

    private static func withUser(
        _ user: UserReference, _ settings: Settings, _ body: (Authority, User) throws -> Void
    ) throws {
        try Operations.withAuthority(settings) { authority in
            let known = try Blocking.run { try await authority.accounts.user(User.Key(user)) }
            guard let known else { throw missing(user) }
            try body(authority, known)
        }
    }

    private static func requireFree(_ user: Accounts.NewUser, _ authority: Authority) throws {
        if let refused = try Blocking.run({ try await authority.accounts.refusal(of: user) }) {
            throw refusal(refused, of: user)
        }
    }

    private static func refusal(
        _ outcome: Accounts.Creation, of user: Accounts.NewUser
    ) -> CommandFailure {
        switch outcome {
        case .loginTaken:
            CommandFailure("there is a user \(user.login.text) already; choose another login")
        case .emailTaken:
            CommandFailure("another user has the address \(user.email.text)")
        case .noSuchParent, .created:
            CommandFailure(
                "there is no user \(user.parent ?? 0) to be the parent; "
                    + "'signet user list' shows them")
        }
    }

    private static func missing(_ user: UserReference) -> CommandFailure {
        let text =
            switch user {
            case .id(let id): "\(id)"
            case .login(let login): login.text
            }
        return CommandFailure("there is no user \(text); 'signet user list' shows them")
    }
}

extension User.Key {
    fileprivate init(_ user: UserReference) {
        switch user {
        case .id(let id): self = .id(id)
        case .login(let login): self = .login(Array(login.text.utf8))
        }
    }
}
