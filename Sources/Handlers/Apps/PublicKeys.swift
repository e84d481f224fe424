internal import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

extension AppsDialect {
    /// GET `/app/{app_id}/pub-keys`: the app's keys.
    func listPublicKeys(_ app: App, _ exchange: Exchange) {
        let now = exchange.receivedAt / 1000
        exchange.response.body.append(literal: #"{"keys":["#)
        let keys = authority.keyRing.keys.current.keys(app: app.number)
        for (index, key) in keys.enumerated() {
            if index > 0 { exchange.response.body.append(literal: ",") }
            let expiry = app.expiry(of: key, among: keys)
            exchange.response.body.append(key: key, of: app, expiry: expiry, at: now)
        }
        exchange.response.body.append(literal: "]}")
    }
}

extension [UInt8] {
    /// Appends the pub-key item of apps.md.
    fileprivate mutating func append(
        key: RealmKey, of app: App, expiry: Int64, at now: Int64
    ) {
        // A key that is due to be replaced and is not yet (the store fails) signs all the same.
        let isExpired = key.isReplaced && expiry <= now
        append(literal: #"{"key_id":"#)
        append(jsonString: key.idText)
        append(literal: #","public_key":"#)
        append(publicKey: key)
        append(literal: #","key_type":"#)
        append(jsonString: app.keyTypeName)
        append(literal: #","key_algo":"#)
        append(jsonString: key.algorithmName)
        append(literal: #","exp_time":"#)
        append(decimal: expiry)
        append(literal: #","is_expired":"#)
        append(literal: isExpired ? #""yes""# : #""no""#)
        append(literal: #","is_revoked":"#)
        append(literal: key.isRevoked ? #""yes""# : #""no""#)
        append(literal: "}")
    }
}
