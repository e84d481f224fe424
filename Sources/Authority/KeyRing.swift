internal import SignetCrypto
internal import SignetStorage

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
    /// Of the opened keys that have any.
    private var multiples: [ULID: SharedMultiples] = [:]
    private var lastChange: Int64 = 0
    /// Keys made ahead for the apps with these numbers, sealed, in no store yet.
    private(set) var spares: [Int64: KeyRow] = [:]
    /// The latest moment that the clock ever showed here, in Unix milliseconds.
    private var latest: Int64 = 0

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
        guard case .success(let key) = made else { throw .cryptography }
        return try seal(key, at: now)
    }

    /// The row of a key that signs from now on, of which only the number and the app are missing.
    ///
    /// - Parameters:
    ///   - id: its id; a new one unless given.
    ///   - now: Unix milliseconds.
    func seal(_ key: PrivateKey, id: ULID? = nil, at now: Int64) throws(AuthorityError) -> KeyRow {
        let id = id ?? ULID(milliseconds: UInt64(max(0, now)), random: random)
        do throws(CryptoError) {
            let sealed = try masterKey.seal(key.encoded, context: Self.context(id))
            return KeyRow(
                number: 0, id: id.rowID, app: 0, algorithm: key.algorithm.name,
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
        replaceOpened(by: next)
        lastChange = change
        keys.publish(KeySet(rows.compactMap { next[$0.number] }))
    }

    /// Publishes one more key.
    func add(_ key: RealmKey) {
        opened[key.number] = key
        publishOpened()
    }

    /// Publishes keys that were just written, and no longer those with the numbers `dropped`.
    func apply(_ rows: [KeyRow], dropping dropped: [Int64] = []) throws(AuthorityError) {
        var next = opened
        for number in dropped { next[number] = nil }
        for row in rows { next[row.number] = try open(row) }
        replaceOpened(by: next)
        publishOpened()
    }

    /// What is due with the keys of an app.
    ///
    /// - Parameter now: Unix milliseconds.
    func rotation(_ app: App, at now: Int64) -> KeyRotation {
        KeyRotation(app.terms, at: now, latest: latestTime(now))
    }

    /// Takes notice of the time, and returns the latest that it ever was.
    func latestTime(_ now: Int64) -> Int64 {
        latest = max(latest, now)
        return latest
    }

    /// What has to be written together with a change of the terms of `app` (its state before the
    /// change), so that the key that signs is kept until the tokens that it signed so far have
    /// expired. A conflict of this write means that the keys have changed meanwhile: refresh, ask
    /// again.
    ///
    /// - Parameter now: Unix milliseconds.
    func beforeChange(of app: App, at now: Int64) -> [Mutation] {
        guard let active = keys.current.active(app: app.number) else { return [] }
        let row = rotation(app, at: now).remembering(active.row)
        return row == active.row ? [] : [.moveKey(row, from: .active)]
    }

    /// Makes a key ahead for an app, on the worker pool, unless it has one.
    ///
    /// - Parameter now: Unix milliseconds.
    func makeSpare(for app: App, at now: Int64) async throws(AuthorityError) {
        guard spares[app.number] == nil else { return }
        spares[app.number] = try await makeKey(app.terms.algorithm, at: now)
    }

    /// Forgets the keys made ahead for apps that are not in `directory`, and for those with the
    /// numbers `spent`.
    func dropSpares(notIn directory: AppDirectory, spent: [Int64] = []) {
        guard !spares.isEmpty else { return }
        let apps = Set(directory.all.map(\.number)).subtracting(spent)
        spares = spares.filter { apps.contains($0.key) }
    }

    private func multiples(of key: ULID, _ algorithm: Algorithm) -> SharedMultiples? {
        guard KeyMultiples.areUseful(for: algorithm) else { return nil }
        if let known = multiples[key] { return known }
        let made = SharedMultiples()
        multiples[key] = made
        return made
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
            return try RealmKey(
                row, PrivateKey(algorithm: algorithm, encoded: encoded),
                multiples: multiples(of: ULID(row.id), algorithm))
        } catch {
            throw .cryptography
        }
    }

    /// Keys that are opened no more, or verify nothing, lose their multiples: whoever still has such a key, as in a
    /// snapshot that nobody has read lately, has none with it.
    private func replaceOpened(by next: [Int64: RealmKey]) {
        let verifying = Set(next.values.lazy.filter { !$0.isRevoked }.map(\.id))
        for key in opened.values where !verifying.contains(key.id) {
            multiples.removeValue(forKey: key.id)?.drop()
        }
        opened = next
    }

    private func publishOpened() {
        keys.publish(KeySet(opened.values.sorted { $0.number < $1.number }))
    }

    /// What a sealed key is bound to, so that the keys of two rows can't be exchanged in the file.
    static func context(_ id: ULID) -> [UInt8] {
        Array("signet key \(id.text)".utf8)
    }
}
