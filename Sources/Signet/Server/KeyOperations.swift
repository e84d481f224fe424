internal import SignetAuthority
internal import SignetCrypto
internal import SignetHandlers
internal import SignetRuntime
internal import SignetStorage

/// What `signet key …` does in the store.
enum KeyOperations {
    /// A JWK Set of some keys of 8192 bits fits.
    private static let keyFileBytesMax = 65_536

    static func list(_ settings: Settings, app id: String?, json: Bool) throws {
        try Operations.withAuthority(settings) { authority in
            let apps = authority.apps.directory.current.all
            let shown = try id.map { [try app($0, of: authority)] } ?? apps
            KeyReport.show(
                authority.keyRing.keys.current, of: shown, id == nil ? Realm.allCases : [],
                json: json)
        }
    }

    static func rotate(_ settings: Settings, app id: String, json: Bool) throws {
        try Operations.withAuthority(settings) { authority in
            let app = try app(id, of: authority)
            let next = try Blocking.run {
                try await authority.apps.publishNextKey(of: app, at: WallClock.unixMilliseconds)
            }
            try CommandAudit.record(
                settings, .keyRotated, of: .key(next.key.idText), "published")
            KeyReport.show(next: next.key, signsFrom: next.signsFrom, of: app, json: json)
        }
    }

    static func rotate(_ settings: Settings, _ realm: Realm, json: Bool) throws {
        try Operations.withAuthority(settings) { authority in
            let key = try Blocking.run {
                let now = WallClock.unixMilliseconds
                return switch realm {
                case .namedTokens: try await authority.namedTokens.rotateKey(at: now)
                case .signIn:
                    try await authority.apps.rotateKey(
                        of: realm, settings.signIn.algorithm.algorithm, at: now)
                case .frontend:
                    try await authority.apps.rotateKey(
                        of: realm, settings.frontend.algorithm.algorithm, at: now)
                case .apiTokens: try await authority.apps.rotateAPITokenKey(at: now)
                }
            }
            try CommandAudit.record(settings, .keyRotated, of: .key(key.idText), realm.name)
            KeyReport.show(new: key, of: realm, json: json)
        }
    }

    static func revoke(_ settings: Settings, key id: ULID, json: Bool) throws {
        try Operations.withAuthority(settings) { authority in
            let keys = authority.keyRing.keys.current
            let apps = authority.apps.directory.current.all
            if let (realm, key) = realmKey(id, keys) {
                let now = try Blocking.run {
                    try await authority.apps.revokeKey(id, of: realm)
                }
                try CommandAudit.record(
                    settings, .keyRevoked, of: .key(id.text), realm.name,
                    outcome: now ? .done : .unchanged)
                return KeyReport.show(revoked: key, now: now, of: realm, json: json)
            }
            guard let key = keys.key(id),
                let app = apps.first(where: { keys.keys(app: $0.number).contains { $0 === key } })
            else {
                throw CommandFailure("there is no key \(id); 'signet key list' shows them")
            }
            let now = try Blocking.run {
                try await authority.apps.revokeKey(id, of: app, at: WallClock.unixMilliseconds)
            }
            try CommandAudit.record(
                settings, .keyRevoked, of: .key(id.text), outcome: now ? .done : .unchanged)
            KeyReport.show(revoked: key, now: now, of: app, json: json)
        }
    }

    static func importFile(
        _ settings: Settings, app id: String, file path: String, json: Bool
    ) throws {
        try Operations.withAuthority(settings) { authority in
            let app = try app(id, of: authority)
            let file = try keyFile(path, for: app)
            // Our key ids are ULIDs; another `kid` can't be kept.
            let id = file.keyID.flatMap { ULID($0) }
            let outcome = try Blocking.run {
                try await authority.apps.importKey(
                    file.key, id: id, into: app, at: WallClock.unixMilliseconds)
            }
            switch outcome {
            case .imported(let key):
                try CommandAudit.record(settings, .keyImported, of: .key(key.idText))
                KeyReport.show(imported: key, of: app, json: json)
            case .known(let key):
                throw CommandFailure(
                    "\(path) is not imported: app \(app.idText) has this key already, as "
                        + "\(key.idText) (\(key.phaseName))")
            case .idIsTaken:
                throw CommandFailure(
                    "\(path) is not imported: there is another key with its kid; remove the kid "
                        + "from the file, and the key gets a new one")
            }
        }
    }

    /// The key of a realm that has this id.
    private static func realmKey(_ id: ULID, _ keys: KeySet) -> (Realm, RealmKey)? {
        for realm in Realm.allCases {
            if let key = keys.keys(app: realm.number).first(where: { $0.id == id }) {
                return (realm, key)
            }
        }
        return nil
    }

    /// The key that a file holds for an app.
    private static func keyFile(_ path: String, for app: App) throws(CommandFailure) -> KeyFile {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileBytes.read(path: path, bytesMax: keyFileBytesMax)
        } catch {
            throw CommandFailure("\(path) can't be read: \(error)")
        }
        do throws(KeyFile.Problem) {
            return try KeyFile(bytes, for: app.terms.algorithm)
        } catch {
            throw CommandFailure("\(path) is not imported: \(error.text(for: app))")
        }
    }

    private static func app(_ id: String, of authority: Authority) throws(CommandFailure) -> App {
        guard let app = authority.apps.directory.current.app(idText: id) else {
            throw CommandFailure("there is no app \(id); 'signet app list' shows them")
        }
        return app
    }
}
