package import SignetCrypto
package import SignetStorage

/// Every usable key, as of one moment. A class, so that who reads a snapshot of it takes one reference
/// and not one of each table.
package final class KeySet: Sendable {
    private let byID: [ULID: RealmKey]
    private let activeByApp: [Int64: RealmKey]
    private let keysByApp: [Int64: [RealmKey]]
    private let jwksByApp: [Int64: JWKSDocument]
    /// The public keys of all apps and realms.
    package let jwks: JWKSDocument

    init(_ keys: [RealmKey]) {
        byID = Dictionary(keys.map { ($0.id, $0) }) { _, last in last }
        keysByApp = Dictionary(grouping: keys, by: \.app)
        let active = keys.filter(\.isActive)
        activeByApp = Dictionary(active.map { ($0.app, $0) }) { _, last in last }
        jwks = JWKSDocument(keys)
        jwksByApp = keysByApp.mapValues { JWKSDocument($0) }
    }

    /// The public keys of an app; none when it has none, or when there is no such app.
    package func jwks(app: Int64) -> JWKSDocument { jwksByApp[app] ?? .empty }

    /// The key that signs for an app; nil when it has none.
    package func active(app: Int64) -> RealmKey? { activeByApp[app] }

    /// How many keys sign for owners of a kind, and since when the oldest of them does, in Unix seconds.
    package struct Signing: Sendable {
        package var count = 0
        package var since = Int64.max
    }

    /// The keys that sign, of all apps (nil) and of each realm that has one.
    package var signing: [Realm?: Signing] {
        var found: [Realm?: Signing] = [:]
        for (app, key) in activeByApp {
            let realm = app < 0 ? Realm(rawValue: -app) : nil
            var signing = found[realm] ?? Signing()
            signing.count += 1
            signing.since = min(signing.since, key.activated)
            found[realm] = signing
        }
        return found
    }

    /// The keys of an app, oldest first.
    package func keys(app: Int64) -> [RealmKey] { keysByApp[app] ?? [] }

    /// The key that a token's `kid` names, of whatever realm; nil when there is none.
    package func key(_ id: ULID) -> RealmKey? { byID[id] }

    /// The key of an app with this number in the store.
    func key(number: Int64, app: Int64) -> RealmKey? {
        keysByApp[app]?.first { $0.number == number }
    }

    /// The key of an app that a token's `kid` names; nil when the app has no such key. A key of
    /// another realm is never found.
    func key(_ id: ULID, app: Int64) -> RealmKey? {
        guard let key = byID[id], key.app == app else { return nil }
        return key
    }
}
