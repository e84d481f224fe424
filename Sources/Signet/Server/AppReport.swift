internal import SignetAuthority
internal import SignetCrypto

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
        let width = members(app).map(\.name.count).max() ?? 0
        for (name, value, _) in members(app) {
            let padding = String(repeating: " ", count: width - name.count)
            Terminal.show("\(name):\(padding) \(JSONText.printable(value))")
        }
    }

    private static func object(_ app: App) -> String {
        let fields = members(app).map { name, value, isNumber in
            "\(JSONText.quoted(name)):\(isNumber ? value : JSONText.quoted(value))"
        }
        return "{\(fields.joined(separator: ","))}"
    }

    /// The members of the API's app object (apps.md), in its words.
    private static func members(_ app: App) -> [(name: String, value: String, isNumber: Bool)] {
        let terms = app.terms
        return [
            ("id", app.idText, false), ("name", terms.name, false),
            ("description", terms.description, false),
            ("token_expiry", "\(terms.tokenExpire)", true),
            ("token_notbefore", "\(terms.tokenNotBefore)", true),
            ("refresh_expiry", "\(terms.refreshExpire)", true),
            ("refresh_notbefore", "\(terms.refreshNotBefore)", true),
            ("key_type", app.keyTypeName, false), ("algo", app.algorithmName, false),
            ("rotation_period", "\(terms.rotationPeriod)", true),
            ("add_time", "\(app.added)", true), ("update_time", "\(app.updated)", true),
            ("last_key_rotate", "\(app.lastKeyRotation)", true),
        ]
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
    }
}
