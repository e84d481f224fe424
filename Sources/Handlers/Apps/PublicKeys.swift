internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// GET `/app/{app_id}/pub-keys`: the app's keys.
    func listPublicKeys(_ app: App, _ exchange: Exchange) {
        let now = exchange.receivedAt / 1000
        exchange.response.body.append(literal: #"{"keys":["#)
        for (index, key) in authority.keyRing.keys.current.keys(app: app.number).enumerated() {
            if index > 0 { exchange.response.body.append(literal: ",") }
            exchange.response.body.append(key: key, of: app, at: now)
        }
        exchange.response.body.append(literal: "]}")
    }
}

extension [UInt8] {
    /// Appends the pub-key item of apps.md.
    fileprivate mutating func append(key: RealmKey, of app: App, at now: Int64) {
        // An active key signs until it is replaced; its age is counted from when it began to.
        let expires = key.expires != 0 ? key.expires : key.activated + app.terms.rotationPeriod
        append(literal: #"{"key_id":"#)
        append(jsonString: key.idText)
        append(literal: #","public_key":"#)
        append(publicKey: key)
        append(literal: #","key_type":"#)
        append(jsonString: app.keyTypeName)
        append(literal: #","key_algo":"#)
        append(jsonString: key.algorithmName)
        append(literal: #","exp_time":"#)
        append(decimal: expires)
        append(literal: #","is_expired":"#)
        append(literal: expires <= now ? #""yes""# : #""no""#)
        append(literal: #","is_revoked":"#)
        append(literal: key.isRevoked ? #""yes""# : #""no""#)
        append(literal: "}")
    }
}
