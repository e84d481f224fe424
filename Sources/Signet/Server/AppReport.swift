internal import SignetAuthority
internal import SignetHandlers

/// Apps as the command line shows them.
enum AppReport {
    /// A new app with its key.
    static func show(_ created: Apps.Created, json: Bool) {
        let key = String(decoding: created.appKey, as: UTF8.self)
        if json {
            Terminal.show(
                "{\"app_id\":\(JSONText.quoted(created.app.idText)),"
                    + "\"app_key\":\(JSONText.quoted(key)),"
                    + "\"algo\":\(JSONText.quoted(created.app.algorithmName))}")
        } else {
            Terminal.show("App id:  \(created.app.idText)")
            Terminal.show("App key: \(key)  (shown this once, keep it safe)")
        }
    }

    /// The new key of an app.
    static func show(newKey key: [UInt8], of app: App, json: Bool) {
        let key = String(decoding: key, as: UTF8.self)
        if json {
            Terminal.show(
                "{\"app_id\":\(JSONText.quoted(app.idText)),\"app_key\":\(JSONText.quoted(key))}")
        } else {
            Terminal.show("App key: \(key)  (shown this once, keep it safe)")
        }
    }

    /// The new signing key of an app; only its public part.
    static func show(newSigningKey key: RealmKey, of app: App, json: Bool) {
        let publicKey = key.publicKeyText.map { String(decoding: $0, as: UTF8.self) }
        if json {
            Terminal.show(
                "{\"app_id\":\(JSONText.quoted(app.idText)),"
                    + "\"new_public_key\":\(publicKey.map(JSONText.quoted) ?? "null"),"
                    + "\"algo\":\(JSONText.quoted(key.algorithmName))}")
        } else {
            Terminal.show("Key id:     \(key.idText)")
            if let publicKey { Terminal.show("Public key: \(publicKey)") }
        }
    }

    /// That something was done to an app.
    static func show(done text: String, json: Bool) {
        Terminal.show(json ? #"{"status":"ok"}"# : text)
    }

    /// A list of apps.
    static func show(_ apps: [App], json: Bool) {
        if json {
            Terminal.show("[\(apps.map(object).joined(separator: ","))]")
            return
        }
        let table = Table(
            header: ["id", "name", "algorithm", "token", "refresh", "description"],
            rows: apps.map { app in
                [
                    app.idText, app.terms.name, app.algorithmName, "\(app.terms.tokenExpire)s",
                    "\(app.terms.refreshExpire)s", app.terms.description,
                ]
            })
        for line in table.lines { Terminal.show(line) }
    }

    /// One app.
    static func show(_ app: App, json: Bool) {
        if json {
            Terminal.show(object(app))
            return
        }
        let members = AppObject(app).members
        let width = members.map(\.name.count).max() ?? 0
        for (name, value) in members {
            let padding = String(repeating: " ", count: width - name.count)
            let text =
                switch value {
                case .text(let text): JSONText.printable(text)
                case .number(let number): "\(number)"
                }
            Terminal.show("\(name):\(padding) \(text)")
        }
        if let limit = app.rateLimit {
            Terminal.show("Limited to \(limit.count) calls in \(limit.periodSeconds) s.")
        }
    }

    private static func object(_ app: App) -> String {
        let fields = AppObject(app).members.map { name, value in
            let text =
                switch value {
                case .text(let text): JSONText.quoted(text)
                case .number(let number): "\(number)"
                }
            return "\(JSONText.quoted(name)):\(text)"
        }
        return "{\(fields.joined(separator: ","))}"
    }
}

extension App.Terms {
    /// What `signet app create` was told.
    init(_ app: NewApp) {
        self.init(
            name: app.name, algorithm: app.algorithm,
            tokenExpire: Int64(app.tokenExpire), refreshExpire: Int64(app.refreshExpire),
            rotationPeriod: Int64(app.rotationPeriod))
        description = app.description
        tokenNotBefore = Int64(app.tokenNotBefore)
        refreshNotBefore = Int64(app.refreshNotBefore)
        refreshGrace = Int64(app.refreshGrace)
        requiredClaims = app.requiredClaims
    }
}
