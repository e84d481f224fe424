package import SignetCrypto
internal import SignetStorage

/// Every app, as of one moment.
package final class AppDirectory: Sendable {
    private let byID: [ULID: App]
    private let byNumber: [Int64: App]
    /// All apps in the order in which they were made.
    package let all: [App]

    init(_ apps: [App]) {
        all = apps
        byID = Dictionary(apps.map { ($0.id, $0) }) { _, last in last }
        byNumber = Dictionary(apps.map { ($0.number, $0) }) { _, last in last }
    }

    /// The directory with `app` in the place of the one with its number, or at the end.
    func with(_ app: App) -> AppDirectory {
        var apps = all
        if let index = apps.firstIndex(where: { $0.number == app.number }) {
            apps[index] = app
        } else {
            apps.append(app)
        }
        return AppDirectory(apps)
    }

    /// The app with this number in the store; nil when there is none.
    func app(number: Int64) -> App? { byNumber[number] }

    /// The directory without the apps for which `isGone` holds.
    func without(_ isGone: (App) -> Bool) -> AppDirectory {
        AppDirectory(all.filter { !isGone($0) })
    }

    /// The app with this id; nil when there is none.
    package func app(_ id: ULID) -> App? { byID[id] }

    /// The app whose id is written so, in any letter case; nil when there is none.
    package func app(idText: String) -> App? { ULID(idText).flatMap { byID[$0] } }
}

/// The owner of the apps. Loops read `directory`, an immutable snapshot.
package actor Apps {
    /// A new app, and its key, which is shown this once and kept only as a hash.
    package struct Created: Sendable {
        package let app: App
        package let appKey: [UInt8]
        package let signingKey: RealmKey
    }

    private let executor: any LoopExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// The apps as of now, for every loop.
    package nonisolated let directory: Snapshot<AppDirectory>
    /// The SHA-256 of the root key, as of now.
    package nonisolated let rootKeyHash: Snapshot<[UInt8]>
    let store: any Store
    let keyRing: KeyRing
    private let random = RandomPool()
    let ended: EndedTokens
    private let userChanges: UserChanges
    private let namedTokenChanges: NamedTokenChanges
    /// The newest change of the store that is published, and the newest that was looked at.
    private var lastChange: Int64 = 0
    private var lastSeen: Int64 = 0
    /// The highest numbers known to be taken, in the store or by a call of `create` under way.
    private var lastAppNumber: Int64 = 0
    var lastKeyNumber: Int64 = 0
    private var isFollowing = false
    var isRotatingKeys = false

    init(
        store: any Store, keyRing: KeyRing, ended: EndedTokens, userChanges: UserChanges,
        namedTokenChanges: NamedTokenChanges, on executor: any LoopExecutor
    ) {
        self.executor = executor
        self.store = store
        self.keyRing = keyRing
        self.ended = ended
        self.userChanges = userChanges
        self.namedTokenChanges = namedTokenChanges
        directory = Snapshot(AppDirectory([]))
        rootKeyHash = Snapshot([])
    }

    /// Makes an app with its key, durably, and publishes both.
    ///
    /// - Parameter now: Unix milliseconds.
    package func create(_ terms: App.Terms, at now: Int64) async throws(AuthorityError) -> Created {
        let appKey = random.keyText()
        var row = AppRow(
            terms, number: 0, id: ULID(milliseconds: UInt64(now), random: random), appKey: appKey,
            at: now)
        var keyRow = try await keyRing.makeKey(terms.algorithm, at: now)
        try await insert(&row, &keyRow)

        // Opened from the row, so that the key works as it was stored.
        let signingKey = try await keyRing.open(keyRow)
        guard let app = App(row) else { throw .cryptography }
        await publish(orElse: {
            await keyRing.add(signingKey)
            directory.publish(directory.current.with(app))
        })
        return Created(app: app, appKey: appKey, signingKey: signingKey)
    }

    /// Stores a new app and its key under the next free numbers.
    private func insert(
        _ app: inout AppRow, _ key: inout KeyRow
    ) async throws(AuthorityError) {
        // The command line may take the same numbers in the same store at the same moment.
        for _ in 0..<Self.attemptsMax {
            lastAppNumber += 1
            lastKeyNumber += 1
            app.number = lastAppNumber
            key.number = lastKeyNumber
            key.app = app.number
            if try await store.writeUnlessConflict([.insertApp(app), .insertKey(key)]) { return }
            try await refresh()
        }
        throw .overloaded
    }

    /// Replaces what the owner of an app decides, durably. The algorithm stays.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: false when there is no such app any more.
    package func update(
        _ app: App, _ terms: App.Terms, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        func change(_ row: inout AppRow) {
            row.set(terms)
            row.updated = now / 1000
        }
        var row = app.row
        change(&row)
        for _ in 0..<Self.attemptsMax {
            guard let known = directory.current.app(app.id) else { return false }
            // The key that signs is kept for what it signed under the terms until now.
            let keys = await keyRing.beforeChange(of: known, at: now)
            if try await write([.updateApp(row)] + keys, of: app, change) { return true }
        }
        throw .overloaded
    }

    /// Gives an app a new key, durably; the old one, and what was signed in by it, is dead when this returns.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: the new app key, shown this once; nil when there is no such app any more.
    package func rotateAppKey(_ app: App, at now: Int64) async throws(AuthorityError) -> [UInt8]? {
        let key = random.keyText()
        let hash = SHA256Digest.digest(key)
        let isThere = try await write(
            [.replaceAppKey(app: app.number, hash: hash, at: now / 1000)], of: app
        ) { row in
            row.keyHash = hash
            row.updated = now / 1000
        }
        guard isThere else { return nil }
        #if DEBUG
            FaultPoint.appKeyWritten.pass()
        #endif
        await putInForce()
        return key
    }

    /// Deletes an app with its keys and its sessions, durably; nobody is let in any more when this
    /// returns. Nothing happens when there is no such app.
    package func delete(_ app: App) async throws(AuthorityError) {
        do throws(StoreError) {
            try await store.write([
                .deleteApp(number: app.number),
                .removeProperty(name: RateLimit.propertyName(of: app.id)),
            ])
        } catch {
            throw .storeUnavailable
        }
        await publish(orElse: {
            directory.publish(directory.current.without { $0.number == app.number })
        })
        await putInForce()
    }

    /// Ends all sessions of an app, and those that were signed in by its key, durably and everywhere, however
    /// many there are.
    ///
    /// - Parameters:
    ///   - newest: the newest session that ends.
    ///   - now: Unix milliseconds.
    package func flush(
        _ app: App, through newest: Int64, at now: Int64
    ) async throws(AuthorityError) {
        let expires = now / 1000 + Self.tokenLifeSecondsMax
        do throws(StoreError) {
            try await store.write([
                .endSessions(app: app.number, through: newest, expires: expires)
            ])
        } catch {
            throw .storeUnavailable
        }
        ended.endSessions(
            app: app.number, through: newest, expires: expires, at: now / 1000)
        await putInForce()
    }

    /// Writes and publishes a change of one app, which must leave alone what it does not change: two
    /// administrators at once must not undo each other.
    ///
    /// - Parameter change: the same, for when it can't be read back.
    /// - Returns: false when there is no such app any more, or its keys are others than the mutations
    ///   say; both can be seen then.
    private func write(
        _ mutations: [Mutation], of app: App, _ change: (inout AppRow) -> Void
    ) async throws(AuthorityError) -> Bool {
        guard try await store.writeUnlessConflict(mutations) else {
            try await refresh()
            return false
        }
        await publish(orElse: {
            for case .moveKey(let key, _) in mutations { try? await keyRing.apply([key]) }
            guard let known = directory.current.app(app.id) else { return }
            var row = known.row
            change(&row)
            guard let changed = App(row, rateLimit: known.rateLimit) else { return }
            directory.publish(directory.current.with(changed))
        })
        return true
    }

    /// Replaces the root key, durably; the old one is dead when this returns.
    ///
    /// - Returns: the new root key, shown this once.
    package func rotateRootKey() async throws(AuthorityError) -> [UInt8] {
        let key = random.keyText()
        try await setRootKey(key)
        return key
    }

    /// Makes `key` the root key, durably.
    ///
    /// - Returns: whether it was another one before, or none.
    @discardableResult
    package func setRootKey(_ key: [UInt8]) async throws(AuthorityError) -> Bool {
        let hash = SHA256Digest.digest(key)
        let isNew = !constantTimeEqual(hash, rootKeyHash.current)
        do throws(StoreError) {
            try await store.write([.setProperty(name: Self.rootKeyProperty, value: hash)])
        } catch {
            throw .storeUnavailable
        }
        await publish(orElse: { rootKeyHash.publish(hash) })
        return isNew
    }

    /// Publishes what the store holds now.
    package func refresh() async throws(AuthorityError) {
        let contents = try await load()
        lastAppNumber = max(lastAppNumber, contents.lastAppNumber)
        lastKeyNumber = max(lastKeyNumber, contents.lastKeyNumber)
        // No app is ever seen without its keys: deleted ones go before theirs, new ones come after.
        if contents.lastChange >= lastChange {
            let numbers = Set(contents.apps.map(\.number))
            directory.publish(directory.current.without { !numbers.contains($0.number) })
        }
        try await keyRing.publish(contents.keys, asOf: contents.lastChange)
        // A later refresh may have overtaken this one while it waited.
        guard contents.lastChange >= lastChange else { return }
        lastChange = contents.lastChange
        let apps = contents.apps.compactMap { row in
            let limit = contents.properties[RateLimit.propertyName(of: ULID(row.id))]
            return App(row, rateLimit: limit.flatMap { RateLimit(property: $0) })
        }
        directory.publish(AppDirectory(apps))
        rootKeyHash.publish(contents.properties[Self.rootKeyProperty] ?? [])
    }

    /// Publishes what other processes on the store have changed since the last time, if anything.
    package func followChanges() async throws(AuthorityError) {
        // A slow store must not gather questions.
        guard !isFollowing else { return }
        isFollowing = true
        defer { isFollowing = false }
        let news: [ChangeRow]
        do throws(StoreError) {
            news = try await store.changes(after: lastSeen)
        } catch {
            throw .storeUnavailable
        }
        guard let newest = news.last?.sequence else { return }
        // Keys first: whoever sees all sessions of an app ended is signed for by its new key.
        defer {
            for change in news {
                ended.apply(change)
                userChanges.apply(change)
                namedTokenChanges.apply(change)
            }
        }
        // What this server ended itself needs no reading of apps and keys.
        if news.contains(where: { $0.kind.concernsTables && $0.sequence > lastChange }) {
            try await refresh()
        }
        lastSeen = max(lastSeen, newest)
    }

    /// Has every loop know what was ended by the change that was just written. If that can't be read
    /// now, it is followed a moment later.
    func putInForce() async {
        guard let news = try? await store.changes(after: lastSeen) else { return }
        // Once more when it is followed: an end can be told twice.
        for change in news { ended.apply(change) }
    }

    /// Publishes what was just written. It is done and must be told, so when the store can't be
    /// read now, `known` publishes what we know of it.
    func publish(orElse known: () async -> Void) async {
        do throws(AuthorityError) {
            try await refresh()
        } catch {
            await known()
        }
    }

    /// How often a change that others were faster with is tried again.
    static let attemptsMax = 20
    /// No token lives longer (apps.md, "create").
    private static let tokenLifeSecondsMax: Int64 = 31_536_000
    private static let rootKeyProperty = "root-key-hash"

    private func load() async throws(AuthorityError) -> StoreContents {
        do throws(StoreError) {
            return try await store.load()
        } catch {
            throw .storeUnavailable
        }
    }
}

extension ChangeKind {
    /// Whether apps, keys or properties changed, and not only sessions.
    fileprivate var concernsTables: Bool {
        switch self {
        case .appInserted, .appUpdated, .appDeleted, .keyInserted, .keyUpdated, .keyDeleted,
            .propertyChanged:
            true
        case .sessionEnded, .appSessionsEnded, .subjectSessionsEnded, .userInserted, .userUpdated,
            .userDeleted, .namedTokenInserted, .namedTokenDeleted:
            false
        }
    }
}
