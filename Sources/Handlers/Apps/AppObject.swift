internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// GET `/app/{app_id}`: the app itself.
    func showApp(_ app: App, _ exchange: Exchange) {
        exchange.response.body.append(literal: #"{"app":"#)
        exchange.response.body.append(app: app)
        exchange.response.body.append(literal: "}")
    }

    /// GET `/root/list`: every app.
    func listApps(_ exchange: Exchange) {
        exchange.response.body.append(literal: #"{"apps":["#)
        for (index, app) in credentials.directory.all.enumerated() {
            if index > 0 { exchange.response.body.append(literal: ",") }
            exchange.response.body.append(app: app)
        }
        exchange.response.body.append(literal: "]}")
    }
}

extension [UInt8] {
    /// Appends the app object of apps.md.
    fileprivate mutating func append(app: App) {
        let terms = app.terms
        append(literal: #"{"id":"#)
        append(jsonString: app.idText)
        append(literal: #","name":"#)
        append(jsonString: terms.name)
        append(literal: #","description":"#)
        append(jsonString: terms.description)
        append(literal: #","token_expiry":"#)
        append(decimal: terms.tokenExpire)
        append(literal: #","token_notbefore":"#)
        append(decimal: terms.tokenNotBefore)
        append(literal: #","refresh_expiry":"#)
        append(decimal: terms.refreshExpire)
        append(literal: #","refresh_notbefore":"#)
        append(decimal: terms.refreshNotBefore)
        append(literal: #","key_type":"#)
        append(jsonString: app.keyTypeName)
        append(literal: #","algo":"#)
        append(jsonString: app.algorithmName)
        append(literal: #","rotation_period":"#)
        append(decimal: terms.rotationPeriod)
        append(literal: #","add_time":"#)
        append(decimal: app.added)
        append(literal: #","update_time":"#)
        append(decimal: app.updated)
        append(literal: #","last_key_rotate":"#)
        append(decimal: app.lastKeyRotation)
        append(literal: "}")
    }
}
