internal import SignetAuthority
internal import SignetHandlers
internal import SignetRuntime

/// What `signet app …` does in the store.
enum AppOperations {
    static func create(_ settings: Settings, _ app: NewApp, json: Bool) throws {
        try Operations.withAuthority(settings) { authority in
            let created = try Blocking.run {
                try await authority.apps.create(App.Terms(app), at: WallClock.unixMilliseconds)
            }
            AppReport.show(created, json: json)
            try CommandAudit.record(settings, .appCreated, of: .app(created.app.idText))
        }
    }

    static func list(_ settings: Settings, json: Bool) throws {
        try Operations.withAuthority(settings) { authority in
            AppReport.show(authority.apps.directory.current.all, json: json)
        }
    }

    static func show(_ settings: Settings, id: AppID, json: Bool) throws {
        try withApp(id, settings) { _, app in AppReport.show(app, json: json) }
    }

    static func rotateKey(_ settings: Settings, id: AppID, json: Bool) throws {
        try withApp(id, settings) { authority, app in
            let key = try Blocking.run {
                try await authority.apps.rotateAppKey(app, at: WallClock.unixMilliseconds)
            }
            guard let key else { throw missing(id) }
            // Before anything that may fail: it is shown this once.
            AppReport.show(newKey: key, of: app, json: json)
            try CommandAudit.record(settings, .keyRotated, of: .app(id.text), "app key")
        }
    }

    static func rotateSigningKeys(
        _ settings: Settings, id: AppID, json: Bool, isConfirmed: Bool
    ) throws {
        try withApp(id, settings) { authority, app in
            try Terminal.confirm(
                "Replace the keys of \(app.terms.name)? All of its tokens die.", isConfirmed)
            let key = try Blocking.run {
                let now = WallClock.unixMilliseconds
                return try await authority.apps.rotateKeys(
                    of: app, endingSessionsThrough: authority.newestSessionID(at: now), at: now)
            }
            AppReport.show(newSigningKey: key, of: app, json: json)
            try CommandAudit.record(settings, .keyRotated, of: .app(id.text), "signing keys")
        }
    }

    static func delete(
        _ settings: Settings, id: AppID, json: Bool, isConfirmed: Bool
    ) throws {
        try withApp(id, settings) { authority, app in
            try Terminal.confirm(
                "Delete \(app.terms.name) with its keys and all of its sessions?", isConfirmed)
            try Blocking.run { try await authority.apps.delete(app) }
            try CommandAudit.record(settings, .appDeleted, of: .app(id.text))
            AppReport.show(done: "Deleted \(app.terms.name).", json: json)
        }
    }

    static func flush(_ settings: Settings, id: AppID, json: Bool) throws {
        try withApp(id, settings) { authority, app in
            try Blocking.run {
                let now = WallClock.unixMilliseconds
                try await authority.apps.flush(
                    app, through: authority.newestSessionID(at: now), at: now)
            }
            try CommandAudit.record(settings, .sessionEnded, of: .app(id.text), "all sessions")
            AppReport.show(done: "Ended all sessions of \(app.terms.name).", json: json)
        }
    }

    static func limit(_ settings: Settings, id: AppID, to rate: Rate?, json: Bool) throws {
        try withApp(id, settings) { authority, app in
            let isThere = try Blocking.run {
                try await authority.apps.setRateLimit(rate.map { RateLimit($0) }, of: app)
            }
            guard isThere else { throw missing(id) }
            try CommandAudit.record(settings, .appChanged, of: .app(id.text), "rate limit")
            let text = rate.map { "\($0)" } ?? "rate_limits.app"
            AppReport.show(done: "\(app.terms.name) is limited to \(text).", json: json)
        }
    }

    private static func withApp(
        _ id: AppID, _ settings: Settings, _ body: (Authority, App) throws -> Void
    ) throws {
        try Operations.withAuthority(settings) { authority in
            guard let app = authority.apps.directory.current.app(idText: id.text) else {
                throw missing(id)
            }
            try body(authority, app)
        }
    }

    private static func missing(_ id: AppID) -> CommandFailure {
        CommandFailure("there is no app \(id.text); 'signet app list' shows them")
    }
}
