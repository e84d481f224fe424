internal import SignetCrypto
internal import SignetStorage

/// Every usable key, as of one moment.
package struct KeySet: Sendable {
    private var byID: [ULID: RealmKey] = [:]
    private var activeByApp: [Int64: RealmKey] = [:]
    private var keysByApp: [Int64: [RealmKey]] = [:]
    private let jwksByApp: [Int64: JWKSDocument]
    /// The public keys of all apps.
    package let jwks: JWKSDocument

    init(_ keys: [RealmKey]) {
        for key in keys {
            byID[key.id] = key
            keysByApp[key.row.app, default: []].append(key)
            if key.row.phase == .active { activeByApp[key.row.app] = key }
        }
        jwks = JWKSDocument(keys)
        jwksByApp = keysByApp.mapValues { JWKSDocument($0) }
    }

    /// The public keys of an app; none when it has none, or when there is no such app.
    package func jwks(app: Int64) -> JWKSDocument { jwksByApp[app] ?? .empty }

    /// The key that signs for an app; nil when it has none.
    package func active(app: Int64) -> RealmKey? { activeByApp[app] }

    /// The keys of an app, oldest first.
    package func keys(app: Int64) -> [RealmKey] { keysByApp[app] ?? [] }

    /// The key that a token's `kid` names, of whatever realm; nil when there is none.
    func key(_ id: ULID) -> RealmKey? { byID[id] }

    /// The key of an app with this number in the store.
    func key(number: Int64, app: Int64) -> RealmKey? {
        keysByApp[app]?.first { $0.number == number }
    }

    /// The key of an app that a token's `kid` names; nil when the app has no such key. A key of
    /// another realm is never found.
    func key(_ id: ULID, app: Int64) -> RealmKey? {
        guard let key = byID[id], key.row.app == app else { return nil }
        return key
    }
}

/// The owner of the signing keys: makes, seals, opens and publishes them.
///
/// Loops never ask the actor on a request's way; they read `keys`, an immutable snapshot.
package actor KeyRing {
    private let executor: any LoopExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// The keys as of now, for every loop.
    package nonisolated let keys: Snapshot<KeySet>
    private let masterKey: MasterKey
    private let workers: any Workers
    private let random = RandomPool()
    private var opened: [Int64: RealmKey] = [:]
    private var lastChange: Int64 = 0

    /// - Parameter executor: where the actor runs; it keeps it alive.
    init(masterKey: MasterKey, workers: any Workers, on executor: any LoopExecutor) {
        self.executor = executor
        self.masterKey = masterKey
        self.workers = workers
        keys = Snapshot(KeySet([]))
    }

    /// Makes a key pair (or a secret) on the worker pool and seals it. It is not stored or
    /// published; its row has no number and no app yet.
    ///
    /// - Parameter now: Unix milliseconds.
    func makeKey(_ algorithm: Algorithm, at now: Int64) async throws(AuthorityError) -> KeyRow {
        let made = try await workers.run { () -> Result<PrivateKey, CryptoError> in
            Result { () throws(CryptoError) in try PrivateKey.generate(algorithm) }
        }
        do throws(CryptoError) {
            let key = try made.get()
            let id = ULID(milliseconds: UInt64(now), random: random)
            let sealed = try masterKey.seal(key.encoded, context: Self.context(id))
            return KeyRow(
                number: 0, id: id.rowID, app: 0, algorithm: algorithm.name,
                sealedPrivateKey: sealed,
                publicKey: key.publicKey?.der ?? [], phase: .active,
                created: now / 1000, activated: now / 1000, expires: 0)
        } catch {
            throw .cryptography
        }
    }

    /// Publishes the keys of `rows` in place of all earlier ones, unless later ones are published
    /// already. Keys of an algorithm that this version does not know are left out. Throws
    /// `wrongMasterKey` when one does not open.
    ///
    /// - Parameter change: the newest change of the store that `rows` include.
    func publish(_ rows: [KeyRow], asOf change: Int64) throws(AuthorityError) {
        guard change >= lastChange else { return }
        var next: [Int64: RealmKey] = [:]
        for row in rows where Algorithm(name: row.algorithm) != nil {
            if let known = opened[row.number], known.row == row {
                next[row.number] = known
            } else {
                next[row.number] = try open(row)
            }
        }
        opened = next
        lastChange = change
        keys.publish(KeySet(rows.compactMap { next[$0.number] }))
    }

    /// Publishes one more key.
    func add(_ key: RealmKey) {
        opened[key.number] = key
        keys.publish(KeySet(opened.values.sorted { $0.number < $1.number }))
    }

    /// Opens the sealed key of a row. Throws `wrongMasterKey` when it was sealed with another one.
    func open(_ row: KeyRow) throws(AuthorityError) -> RealmKey {
        guard let algorithm = Algorithm(name: row.algorithm) else { throw .cryptography }
        let encoded: [UInt8]
        do throws(CryptoError) {
            encoded = try masterKey.open(
                row.sealedPrivateKey, context: Self.context(ULID(row.id)))
        } catch {
            throw .wrongMasterKey
        }
        do throws(CryptoError) {
            return try RealmKey(row, PrivateKey(algorithm: algorithm, encoded: encoded))
        } catch {
            throw .cryptography
        }
    }

    /// What a sealed key is bound to, so that the keys of two rows can't be exchanged in the file.
    private static func context(_ id: ULID) -> [UInt8] {
        Array("signet key \(id.text)".utf8)
    }
}
