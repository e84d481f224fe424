internal import SignetAuthority
internal import SignetCrypto
internal import SignetStorage

/// Signing keys as the command line shows them. No private key is ever among it.
enum KeyReport {
    /// The keys of `apps` and `realms`.
    static func show(_ keys: KeySet, of apps: [App], _ realms: [Realm], json: Bool) {
        let ofApps = apps.flatMap { app in
            let own = keys.keys(app: app.number)
            return own.map {
                Row(owner: .app(app), key: $0, expiry: app.expiry(of: $0, among: own))
            }
        }
        let ofRealms = realms.flatMap { realm in
            keys.keys(app: realm.number).map {
                Row(owner: .realm(realm), key: $0, expiry: $0.expires)
            }
        }
        let rows = ofApps + ofRealms
        if json {
            Terminal.show("[\(rows.map(\.object).joined(separator: ","))]")
            return
        }
        let table = Table(
            header: ["id", "app", "algorithm", "phase", "signs from", "until"],
            rows: rows.map { row in
                [
                    row.key.idText, row.owner.text, row.key.algorithmName, row.key.phaseName,
                    moment(row.key.activated), row.expiry == 0 ? "" : moment(row.expiry),
                ]
            })
        for line in table.lines { Terminal.show(line) }
    }

    /// A next key that was published.
    static func show(next key: RealmKey, signsFrom: Int64, of app: App, json: Bool) {
        if json {
            Terminal.show(
                "{\"key_id\":\(JSONText.quoted(key.idText)),"
                    + "\"app_id\":\(JSONText.quoted(app.idText)),\"signs_from\":\(signsFrom)}")
            return
        }
        Terminal.show("Key \(key.idText) is published and signs from \(moment(signsFrom)) on.")
    }

    /// A key that was revoked, now or before.
    static func show(revoked key: RealmKey, now: Bool, of app: App, json: Bool) {
        if json {
            Terminal.show(
                "{\"key_id\":\(JSONText.quoted(key.idText)),"
                    + "\"app_id\":\(JSONText.quoted(app.idText)),\"was_revoked_before\":\(!now)}")
        } else if now {
            Terminal.show("Key \(key.idText) of app \(app.idText) is revoked.")
        } else {
            Terminal.show("Key \(key.idText) of app \(app.idText) was revoked before.")
        }
    }

    /// A new key of a realm, which signs at once.
    static func show(new key: RealmKey, of realm: Realm, json: Bool) {
        if json {
            Terminal.show(
                "{\"key_id\":\(JSONText.quoted(key.idText)),"
                    + "\"realm\":\(JSONText.quoted(realm.name)),\"signs_from\":\(key.activated)}")
        } else {
            Terminal.show("Key \(key.idText) signs for \(realm.name).")
        }
    }

    /// A key of a realm that was revoked, now or before.
    static func show(revoked key: RealmKey, now: Bool, of realm: Realm, json: Bool) {
        if json {
            Terminal.show(
                "{\"key_id\":\(JSONText.quoted(key.idText)),"
                    + "\"realm\":\(JSONText.quoted(realm.name)),\"was_revoked_before\":\(!now)}")
        } else {
            let moment = now ? "is revoked" : "was revoked before"
            Terminal.show("Key \(key.idText) of \(realm.name) \(moment).")
        }
    }

    /// A key that was imported.
    static func show(imported key: RealmKey, of app: App, json: Bool) {
        if json {
            Terminal.show(
                "{\"key_id\":\(JSONText.quoted(key.idText)),"
                    + "\"app_id\":\(JSONText.quoted(app.idText)),"
                    + "\"key_algo\":\(JSONText.quoted(key.algorithmName))}")
        } else {
            Terminal.show("Key \(key.idText) signs for app \(app.idText).")
        }
    }

    private enum Owner {
        case app(App)
        case realm(Realm)

        var text: String {
            switch self {
            case .app(let app): app.idText
            case .realm(let realm): realm.name
            }
        }

        var member: String {
            switch self {
            case .app(let app): "\"app_id\":\(JSONText.quoted(app.idText))"
            case .realm(let realm): "\"realm\":\(JSONText.quoted(realm.name))"
            }
        }
    }

    private struct Row {
        let owner: Owner
        let key: RealmKey
        let expiry: Int64

        /// In the words of the API's pub-key item (apps.md) where it has them.
        var object: String {
            "{\"key_id\":\(JSONText.quoted(key.idText)),"
                + "\(owner.member),"
                + "\"key_type\":\(JSONText.quoted(key.algorithm.keyType.name)),"
                + "\"key_algo\":\(JSONText.quoted(key.algorithmName)),"
                + "\"phase\":\(JSONText.quoted(key.phaseName)),"
                + "\"published\":\(key.published),\"signs_from\":\(key.activated),"
                + "\"exp_time\":\(expiry)}"
        }
    }

    /// To the second.
    private static func moment(_ second: Int64) -> String {
        Timestamp(seconds: Int(second), milliseconds: 0).description.replacing(".000Z", with: "Z")
    }
}

extension KeyFile.Problem {
    /// What to say about the file of a key for `app`.
    func text(for app: App) -> String {
        let algorithm = app.algorithmName
        return switch self {
        case .notAKey: "it is neither a PEM nor a JWK"
        case .encrypted: "the key has a password; decrypt it first, with openssl pkey"
        case .publicOnly: "it is a public key, and only a private key can sign"
        case .otherKind where app.terms.algorithm.isSymmetric:
            "the app signs with \(algorithm), which takes a shared secret: a JWK with kty oct"
        case .otherKind: "the app signs with \(algorithm), which takes a private key, not a secret"
        case .noneInSet: "no private key of the set can be used for \(algorithm)"
        case .severalInSet: "several keys of the set can be used for \(algorithm); leave one"
        case .unusable(.weakKey) where app.terms.algorithm.isSymmetric:
            "the secret is shorter than the hash of \(algorithm)"
        case .unusable(.weakKey): "the key is weak; RSA keys have 2048 bits at least"
        case .unusable(.wrongAlgorithm): "the key does not fit the app's algorithm, \(algorithm)"
        case .unusable(.inconsistentKey): "its numbers do not form a key"
        case .unusable(.unsupportedKey):
            "Signet does not sign with this kind of key, or not for this use"
        case .unusable: "it is damaged, or not a key"
        }
    }
}
